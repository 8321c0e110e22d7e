"""Which clients were proven to work, and in which versions: what `make test-clients` writes into the documents."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

_HERE = Path(__file__).parent
ROOT = _HERE.parents[1]
DOCUMENTS = (ROOT / "docs" / "clients.md", ROOT / "README.md")
BEGIN, END = "<!-- written by make test-clients -->", "<!-- until here -->"

_STEPS = {
    "test_it_registers_connects_and_calls_both_tools": "registers",
    "test_it_connects_by_its_document_and_registers_nowhere": "document",
    "test_it_refreshes_an_expired_access_token_by_itself": "refreshes",
    "test_once_revoked_it_asks_the_person_again_and_is_connected_anew": "reconnects",
    "test_it_searches_reads_a_thread_and_reads_a_pdf": "reads mail",
}
_HEAD = """\
| Client | Version | Revisions | Registers itself | By its document | Refreshes | Reconnects | Reads mail |
|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A client, by its name and by the package that it is."""

    name: str
    package: str

    def version(self) -> str:
        """The one that is installed for the tests."""
        npm = json.loads((_HERE / "typescript" / "package.json").read_text())["dependencies"]
        if self.package in npm:
            return str(npm[self.package]).rpartition("@")[2]
        requirements = "".join((_HERE / one / "requirements.txt").read_text() for one in ("fastmcp", "langchain"))
        pinned = re.search(rf"^{self.package}==(\S+)", requirements, re.MULTILINE)
        return pinned[1] if pinned else version(self.package)


PYTHON_SDK = Known("Python SDK", "mcp")
SDK_OF_POKE = Known("TypeScript SDK, as Poke runs it", "@modelcontextprotocol/sdk")
LAST_SDK = Known("TypeScript SDK, the last 1.x", "@modelcontextprotocol/sdk-1.32")
TYPESCRIPT_CLIENT = Known("TypeScript client", "@modelcontextprotocol/client")
AI_SDK = Known("Vercel AI SDK's client", "@ai-sdk/mcp")
FASTMCP = Known("FastMCP's client", "fastmcp")
LANGCHAIN = Known("LangChain's MCP adapters", "langchain-mcp-adapters")
MCP_REMOTE = Known("mcp-remote", "mcp-remote")
INSPECTOR = Known("MCP Inspector", "@modelcontextprotocol/inspector")
CLIENTS = (PYTHON_SDK, SDK_OF_POKE, LAST_SDK, TYPESCRIPT_CLIENT, AI_SDK, FASTMCP, LANGCHAIN, MCP_REMOTE, INSPECTOR)


@dataclass
class Proof:
    """What was seen, of each client: a step counts if it was gone through in every way that the client has."""

    revisions: defaultdict[Known, set[str]] = field(default_factory=lambda: defaultdict(set))
    steps: dict[tuple[Known, str], bool] = field(default_factory=dict)

    def note(self, client: Known, test: str, revision: str, *, passed: bool) -> None:
        if test in _STEPS:
            key = (client, _STEPS[test])
            self.steps[key] = passed and self.steps.get(key, True)
            self.revisions[client].add(revision)

    def whole(self) -> bool:
        """Every client was tried, and whatever was tried went well."""
        return all(self.steps.values()) and self.revisions.keys() == {*CLIENTS}

    def table(self) -> str:
        return _HEAD + "".join(self._row(client) for client in CLIENTS)

    def _row(self, client: Known) -> str:
        proven = ["yes" if (client, step) in self.steps else "no" for step in _STEPS.values()]
        cells = [client.name, client.version(), ", ".join(sorted(self.revisions[client])), *proven]
        return f"| {' | '.join(cells)} |\n"


def written(text: str) -> str:
    """The table that stands in a document."""
    return text.partition(f"{BEGIN}\n")[2].partition(END)[0]


def write(table: str, documents: Iterable[Path] = DOCUMENTS) -> None:
    for path in documents:
        before, begin, rest = path.read_text("utf-8").partition(f"{BEGIN}\n")
        path.write_text(before + begin + table + END + rest.partition(END)[2], "utf-8")
