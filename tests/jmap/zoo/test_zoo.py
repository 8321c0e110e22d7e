"""Mail servers as they really are, played by the sandbox: every tool's result is the one that is written down.

Each document beside this file names a persona of the sandbox, what is odd with it, and each tool's text.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.persona import personas
from mailconnect.sandbox.settings import Settings as SandboxSettings
from tests.bridge import running_bridge

pytestmark = pytest.mark.anyio

HERE = Path(__file__).parent
DOCUMENTS = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(HERE.glob("*.json"))}
SEARCH = {"query": "in:inbox", "limit": 7, "collapse": False, "order": "oldest"}
ASKED: dict[str, dict[str, Any]] = {
    "get_session": {},
    "list_mailboxes": {},
    "search_emails": SEARCH,
    "read_emails": {"body": "none"},
    "find_contacts": {"name": "ann"},
}


_DRAWN = ("More: ", "<<mail ", "<</mail ")
"""Lines with something random: a cursor, or a fence's nonce."""


async def results(assistant: Assistant) -> dict[str, list[str]]:
    """The lines of each tool's text. read_emails reads what the search has found."""
    said: dict[str, list[str]] = {}
    for tool, arguments in ASKED.items():
        given = dict(arguments)
        if tool == "read_emails":
            given["emailIds"] = [line.split()[1] for line in said["search_emails"] if line.startswith("emailId ")][:2]
        answered = await assistant.call_tool(tool, given)
        text = answered["content"][0]["text"]
        assert answered["isError"] == text.startswith("This mail provider offers no address book"), (tool, text)
        said[tool] = [line for line in text.splitlines() if not line.startswith(_DRAWN)]
    return said


def test_every_persona_has_its_document() -> None:
    assert set(DOCUMENTS) == set(personas())
    for name, document in DOCUMENTS.items():
        assert document["quirk"]
        assert document["sources"], name


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_each_tool_says_of_the_server_what_is_written_down(name: str, tmp_path: Path) -> None:
    settings = SandboxSettings(persona=personas()[name])
    async with running_bridge(tmp_path, sandbox_settings=settings) as bridge:
        said = await results(await bridge.connected())
    assert said == DOCUMENTS[name]["expected"]
