"""How to add this service to each assistant: the steps and the text to copy, as each one wants them in autumn 2026.

The pages, `/connect.md`, the terminal, and by `make documents` README.md and docs/ say it from here.
"""

import base64
import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

NAME = "mailconnect"
"""The connection's name in an assistant's own configuration: a word that none of them refuses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assistant:
    """`steps` are mailconnect.endpoints.pages.markdown inline text; `takes` says in a word how much there is to do.

    `snippet` makes the text to copy from the URL of `/mcp`, `command` the one-line version of it for a terminal, `link`
    the address that opens the assistant where it is added. `hosted`: it calls from its own servers, not from here.
    `command_does` is how many of the steps the command takes the place of.
    """

    key: str
    name: str
    takes: str
    steps: tuple[str, ...]
    hosted: bool
    snippet: Callable[[str], str] | None = None
    snippet_goes_to: str = ""
    on_the_terminal: bool = False
    command: Callable[[str], str] | None = None
    command_does: int = 1
    link: Callable[[str], str] | None = None
    link_says: str = ""

    @property
    def plain_name(self) -> str:
        """Without what stands in brackets: as known_assistants.toml calls it."""
        return self.name.partition(" (")[0]

    def steps_away_from(self, page: str) -> tuple[str, ...]:
        """The steps where there is no button below them; `page`, which is inline text, is where the button is."""
        return tuple(
            step.replace(f"**{self.link_says}** below", f"**{self.link_says}** on {page}") for step in self.steps
        )

    def terminal(self, url: str) -> str:
        """One line for the terminal that `make run` was typed in."""
        line = self.command(url) if self.command else url
        return f"{line} (only from a public https address)" if self.hosted and url.startswith("http:") else line


def _claude_code(url: str) -> str:
    return f"claude mcp add --transport http {NAME} {shlex.quote(url)}"


def _codex(url: str) -> str:
    return f"codex mcp add {NAME} --url {shlex.quote(url)}\ncodex mcp login {NAME}"


def _codex_command(url: str) -> str:
    return " && ".join(_codex(url).splitlines())


def _cursor(url: str, *, indent: int | None = 2) -> str:
    return json.dumps({"mcpServers": {NAME: {"url": url}}}, indent=indent)


def _vscode(url: str) -> str:
    return json.dumps({"servers": {NAME: {"type": "http", "url": url}}}, indent=2)


def _vscode_command(url: str) -> str:
    return f"code --add-mcp {shlex.quote(json.dumps({'name': NAME, 'type': 'http', 'url': url}))}"


def _cursor_link(url: str) -> str:
    config = base64.b64encode(json.dumps({"url": url}).encode()).decode()
    return f"cursor://anysphere.cursor-deeplink/mcp/install?{urlencode({'name': NAME, 'config': config})}"


def _vscode_link(url: str) -> str:
    return f"vscode:mcp/install?{quote(json.dumps({'name': NAME, 'type': 'http', 'url': url}), safe='')}"


ASSISTANTS = (
    Assistant(
        key="poke",
        name="Poke",
        takes="paste the address",
        hosted=True,
        steps=(
            "Open [poke.com/integrations/new](https://poke.com/integrations/new).",
            "Give it a **Name** and, as **MCP Server URL**, the address below. Leave the API key empty.",
            "Choose **Create Integration**. Poke brings you to the page where you decide.",
        ),
        snippet=lambda url: url,
        snippet_goes_to="MCP Server URL",
        on_the_terminal=True,
        command=lambda url: f"https://poke.com/integrations/new, MCP Server URL {url}",
        link=lambda _: "https://poke.com/integrations/new",
        link_says="Open Poke",
    ),
    Assistant(
        key="claude",
        name="Claude (web, desktop, mobile)",
        takes="paste the address",
        hosted=True,
        steps=(
            "Open [claude.ai/customize/connectors](https://claude.ai/customize/connectors).",
            "Choose **+**, then **Add custom connector**. Enter a name and the address below, and nothing else.",
            "Choose **Add**, then **Connect**, and decide on the page that opens.",
            "On a Team or Enterprise plan an owner has to add it for the organization first.",
        ),
        snippet=lambda url: url,
        snippet_goes_to="Remote MCP server URL",
        link=lambda _: "https://claude.ai/customize/connectors",
        link_says="Open Claude",
    ),
    Assistant(
        key="claude-code",
        name="Claude Code",
        takes="one command",
        hosted=False,
        steps=(
            "Run the command below in a terminal. `--scope user` before the name makes it serve all your projects.",
            "In Claude Code type `/mcp`, choose **mailconnect**, then **Authenticate**, and decide in the browser.",
        ),
        snippet=_claude_code,
        snippet_goes_to="Terminal",
        on_the_terminal=True,
        command=_claude_code,
    ),
    Assistant(
        key="chatgpt",
        name="ChatGPT",
        takes="paste the address",
        hosted=True,
        steps=(
            "On the web, open **Settings**, **Apps**, **Advanced settings**, and switch **Developer mode** on.",
            "In a company's workspace an administrator has to allow that first.",
            "Choose **Create app**. Enter a name, the address below, and **OAuth** as authentication.",
            "Choose **Create**, and decide on the page that opens.",
            "In a chat, find it under **+**, **More**, **Developer mode**.",
        ),
        snippet=lambda url: url,
        snippet_goes_to="MCP Server URL",
    ),
    Assistant(
        key="cursor",
        name="Cursor",
        takes="one click",
        hosted=False,
        steps=(
            "Choose **Add to Cursor** below. Or put the text into `~/.cursor/mcp.json`, beside other `mcpServers`.",
            "Open **Cursor Settings**, **Tools & MCP**. At **mailconnect** choose **Needs login**.",
            "Decide in the browser.",
        ),
        snippet=_cursor,
        snippet_goes_to="~/.cursor/mcp.json",
        on_the_terminal=True,
        command=lambda url: f"in ~/.cursor/mcp.json {_cursor(url, indent=None)}",
        link=_cursor_link,
        link_says="Add to Cursor",
    ),
    Assistant(
        key="vscode",
        name="VS Code",
        takes="one click",
        hosted=False,
        steps=(
            "Choose **Add to VS Code** below, then **Install**.",
            "Or run **MCP: Open User Configuration** and put the text there, beside other `servers`.",
            "Choose **Start** at the entry, allow the sign-in, and decide in the browser.",
        ),
        snippet=_vscode,
        snippet_goes_to="mcp.json",
        on_the_terminal=True,
        command=_vscode_command,
        command_does=2,
        link=_vscode_link,
        link_says="Add to VS Code",
    ),
    Assistant(
        key="codex",
        name="Codex",
        takes="two commands",
        hosted=False,
        steps=(
            "Run the two commands below in a terminal; the second one opens the browser, where you decide.",
            "Should an older Codex refuse the answer because of its issuer, update it.",
        ),
        snippet=_codex,
        snippet_goes_to="Terminal",
        on_the_terminal=True,
        command=_codex_command,
    ),
)
"""In the order in which they are shown."""
