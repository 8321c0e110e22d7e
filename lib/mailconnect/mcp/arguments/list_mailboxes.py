"""The arguments of list_mailboxes."""

from typing import Annotated

from pydantic import Field

from mailconnect.mcp.arguments.lenient import LenientArguments


class ListMailboxes(LenientArguments):
    role: Annotated[
        str | None,
        Field(
            max_length=64,
            description="Only the mailbox with this role: inbox, archive, drafts, sent, trash, junk, or another.",
        ),
    ] = None
    accountId: Annotated[  # noqa: N815 -- as clients write it
        str | None,
        Field(
            max_length=255,
            description="Another mail account of this person, as get_session names them. Default: their own.",
        ),
    ] = None
    name: Annotated[
        str | None,
        Field(
            max_length=255,
            description="Only mailboxes whose full path, such as Work/Invoices, contains this; case is ignored.",
        ),
    ] = None
