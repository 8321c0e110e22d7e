"""`/connect.md`: how to connect, for an agent: one address, what it speaks, and the steps for each assistant."""

from mailconnect.endpoints.pages.assistants import ASSISTANTS, Assistant
from mailconnect.mcp.versions import LEGACY, MODERN
from mailconnect.oauth.scopes import NEVER, SCOPES
from mailconnect.settings import Settings

_ENDING = """\
## How to end it

Remove the server in the assistant, or revoke its token (RFC 7009): the connection has ended that moment. The mailbox
owner can also narrow it or end it at `/account`, in a browser, or withdraw the access at the mail provider."""


def connect_document(settings: Settings) -> str:
    sections = [_section(assistant, settings) for assistant in ASSISTANTS]
    return "\n\n".join([_opening(settings), *sections, f"{_ENDING}\n"])


def _opening(settings: Settings) -> str:
    scopes = "\n".join(f"- `{scope.name}`: {scope.title}. {scope.detail}" for scope in SCOPES.values())
    never = "\n".join(f"- {one}." for one in NEVER)
    return f"""\
# Connect an assistant to a mailbox by {settings.service_name}

- MCP server: {settings.resource}
- Transport: Streamable HTTP, stateless. Revisions {", ".join((MODERN, *LEGACY))}.
- Authorization: OAuth 2.1 with PKCE (S256). The client registers itself: no client ID, secret or API key is needed.
- Metadata: {settings.issuer}/.well-known/oauth-authorization-server
- The mailbox owner decides in a browser. Do not decide for them, and do not ask for their password or API token.

## Scopes

{scopes}

## What no scope allows

{never}"""


def _section(assistant: Assistant, settings: Settings) -> str:
    lines = [f"## {assistant.name}", ""]
    if assistant.hosted and not settings.secure:
        lines += [f"{assistant.name} calls from its own servers and cannot reach this address.", ""]
    steps = assistant.steps_away_from(f"{settings.issuer}/connect")
    lines += [f"{number}. {step}" for number, step in enumerate(steps, 1)]
    if assistant.snippet:
        lines += ["", f"{assistant.snippet_goes_to}:", "", "```", assistant.snippet(settings.resource), "```"]
    return "\n".join(lines)
