"""The arguments of send_draft and undo_send."""

from typing import Annotated

from pydantic import Field

from mailconnect.mcp.arguments.lenient import LenientArguments

_DRAFT_ID = "As write_draft gave it."


class SendDraft(LenientArguments):
    draftId: Annotated[str, Field(max_length=255, description=_DRAFT_ID)]  # noqa: N815 -- as clients write it
    recipients: Annotated[
        list[Annotated[str, Field(max_length=400)]],
        Field(
            min_length=1, max_length=50, description="All addresses of to, cc and bcc again: they must be the draft's."
        ),
    ]
    holdSeconds: Annotated[  # noqa: N815
        int, Field(ge=0, le=300, description="How long it can still be undone, where the provider holds mail.")
    ] = 60
    sendAt: Annotated[  # noqa: N815
        str | None, Field(max_length=40, description="Send later: 2026-12-24T09:00:00+01:00. Held by the provider.")
    ] = None


class UndoSend(LenientArguments):
    draftId: Annotated[str, Field(max_length=255, description="As given to send_draft.")]  # noqa: N815
