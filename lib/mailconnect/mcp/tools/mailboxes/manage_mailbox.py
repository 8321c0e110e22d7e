"""manage_mailbox: makes, renames, moves and deletes mailboxes; those with a role stay as they are."""

from collections.abc import Mapping
from typing import Any

from mailconnect.mcp.message import text_result, tool_error
from mailconnect.mcp.tool import CHANGES, Arguments, Call, Tool

SCOPE = "mailboxes:write"
TOP = "/"


def _arguments() -> type[Arguments]:
    from mailconnect.mcp.arguments.manage_mailbox import ManageMailbox  # noqa: PLC0415 -- brings pydantic

    return ManageMailbox


async def _run(call: Call, arguments: Any) -> Mapping[str, Any]:
    from mailconnect.mail.query.errors import QueryError  # noqa: PLC0415
    from mailconnect.mcp.tools.mailboxes.names import unknown  # noqa: PLC0415

    try:
        return text_result(await _done(call, arguments))
    except QueryError as error:
        return tool_error(unknown(call, error.text))


async def _done(call: Call, arguments: Any) -> str:
    """The change that was made, and how to undo it. Raises QueryError, MailboxError."""
    from mailconnect.mcp.tools.mailboxes.names import may_name  # noqa: PLC0415

    mail = call.context.mail
    match arguments.action:
        case "create":
            name, parent = _split(arguments.name, arguments.parent)
            made = await mail.create_mailbox(name, parent)
            return (
                f"Made the mailbox {_shown(made.name)} [mailboxId {made.id}]. To undo: action delete while it is empty."
            )
        case "rename":
            before, after = await mail.rename_mailbox(arguments.mailbox, arguments.name)
            was = _shown(before.name) if may_name(call) else "it"
            names = f"{was} to {_shown(after.name)}"
            return f"Renamed {names} [mailboxId {after.id}]. To undo: rename it back."
        case "move":
            before, after = await mail.move_mailbox(arguments.mailbox, _place(arguments.parent))
            named = _shown(after.name) if may_name(call) else "it"
            back = before.parent_id or TOP
            return f"Moved {named} [mailboxId {after.id}]. To undo: action move with parent {back}."
    gone = await mail.delete_mailbox(arguments.mailbox)
    named = f" {_shown(gone.name)}" if may_name(call) else ""
    return (
        f"Deleted the empty mailbox{named}. To undo: action create with this name and parent "
        f"{gone.parent_id or TOP}; its mailboxId will be another."
    )


def _place(parent: str | None) -> str | None:
    """None for the top."""
    return None if parent is None or parent.strip() == TOP else parent


def _split(name: str, parent: str | None) -> tuple[str, str | None]:
    """Models write a path for a name: then the mailbox before the last slash is the parent."""
    above, slash, last = name.strip(TOP).rpartition(TOP)
    if parent is None and slash and last.strip():
        return last.strip(), above
    return name.strip(), _place(parent)


def _shown(name: str) -> str:
    from mailconnect.mcp.tools.emails.quoted import inline  # noqa: PLC0415

    return f'"{inline(name, longest=100)}"'


MANAGE_MAILBOX = Tool(
    name="manage_mailbox",
    title="Make and change folders",
    description=(
        "Makes a mailbox (folder or label), renames or moves one, or deletes an empty one. Inbox, archive, drafts, "
        "sent, trash and junk stay as they are. Call list_mailboxes first if you do not know the names. To put emails "
        "into a mailbox, use update_emails."
    ),
    arguments=_arguments,
    output_schema=None,
    scopes=(SCOPE,),
    run=_run,
    annotations={**CHANGES, "idempotentHint": False},
)
