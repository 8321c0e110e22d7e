"""request_access: what the grant lacks, and where the owner allows it."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from mailconnect.mcp.context import Context
from mailconnect.mcp.errors import InsufficientScope
from mailconnect.mcp.message import text_result
from mailconnect.mcp.tool import Arguments, Call, Tool
from mailconnect.mcp.versions import STEPS_UP
from mailconnect.oauth.scopes import SCOPES


@cache
def _arguments() -> type[Arguments]:
    from mailconnect.mcp.arguments.request_access import request_access  # noqa: PLC0415 -- brings pydantic

    return request_access(tuple(SCOPES))


async def _run(call: Call, arguments: Any) -> Mapping[str, Any]:
    """Raises InsufficientScope for a named scope where the client knows what to do then."""
    missing = [scope for name, scope in SCOPES.items() if name not in call.context.granted]
    if arguments.scope is not None:
        missing = [scope for scope in missing if scope.name == arguments.scope]
        if not missing:
            return text_result(_allowed(arguments.scope, call.context))
        if call.revision in STEPS_UP:
            raise InsufficientScope(frozenset({arguments.scope}))
    if not missing:
        return text_result("Everything that mailconnect offers is allowed already.")
    lines = ["The owner does not allow this yet:", *[f"- {one.name}: {one.title}. {one.detail}" for one in missing]]
    where = call.context.account_page
    lines.append(
        f"Only the owner can allow it: at {where}, or by connecting mailconnect in this app again. "
        "Tell them which of it you need and why. Do not ask twice."
    )
    return text_result("\n".join(lines))


def _allowed(scope: str, context: Context) -> str:
    if scope == "contacts:read" and not context.contacts.may_have_contacts():
        return f"{scope} is allowed already, but this mailbox has no address book here. search_emails finds addresses."
    if scope.startswith("masked:") and not context.masked.may_have_masked():
        return f"{scope} is allowed already, but this mailbox has no masked addresses here."
    return f"{scope} is allowed already. Call the tool that needs it."


REQUEST_ACCESS = Tool(
    name="request_access",
    title="Ask for more access",
    description=(
        "Says what the owner of the mailbox has not allowed yet, what allowing it would mean, and where they can do "
        "so. Call it when the person asks for something that no listed tool can do. It changes nothing by itself."
    ),
    arguments=_arguments,
    output_schema=None,
    scopes=(),
    run=_run,
    annotations={"readOnlyHint": True, "destructiveHint": False, "idempotentHint": True, "openWorldHint": False},
)
