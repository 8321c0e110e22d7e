"""undo_send: takes back a message that the provider still holds."""

from collections.abc import Mapping
from typing import Any

from mailconnect.grants.sending import SEND
from mailconnect.mcp.message import text_result, tool_error
from mailconnect.mcp.tool import Arguments, Call, Tool
from mailconnect.mcp.tools.drafts.send_draft import NOT_HERE
from mailconnect.store.errors import StoreUnavailable

_STOPPED = "stopped: It was not sent, and is a draft again."
_NEVER_SENT = "draft: There is nothing to stop. It was not sent, and is a draft."


def _arguments() -> type[Arguments]:
    from mailconnect.mcp.arguments.send_draft import UndoSend  # noqa: PLC0415 -- brings pydantic

    return UndoSend


async def _run(call: Call, arguments: Any) -> Mapping[str, Any]:
    """NothingWaits, where it has left, is the caller's to tell: every MailboxError says what to do."""
    sending = call.context.sending
    if sending is None:
        return tool_error(NOT_HERE)
    try:
        undone = await sending().undo(arguments.draftId)
    except StoreUnavailable:
        return tool_error("It is not known whether it was stopped. Call undo_send again in a minute.")
    return text_result(_STOPPED if undone else _NEVER_SENT)


UNDO_SEND = Tool(
    name="undo_send",
    title="Stop a message that is held",
    description=(
        "Stops a message that send_draft said is held, and puts it back among the drafts. It works only until the time "
        "that send_draft named: what has left cannot be called back. Call it when the person changes their mind."
    ),
    arguments=_arguments,
    output_schema=None,
    scopes=(SEND,),
    run=_run,
    annotations={"readOnlyHint": False, "destructiveHint": False, "idempotentHint": True, "openWorldHint": True},
)
