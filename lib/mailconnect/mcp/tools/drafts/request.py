"""The arguments of write_draft as a request."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mailconnect.mail.address import Address
from mailconnect.mail.draft.draft import PartOf
from mailconnect.writing.recipients import parsed
from mailconnect.writing.request import DraftRequest, Mode, text_file

if TYPE_CHECKING:
    from mailconnect.mcp.arguments.write_draft import WriteDraft

_EMPTY = ["none"]


def requested(arguments: "WriteDraft") -> DraftRequest:
    """Raises Unwritable."""
    return DraftRequest(
        mode=Mode(arguments.mode),
        email_id=arguments.emailId,
        draft_id=arguments.draftId,
        to=_people(arguments.to, "to"),
        cc=_people(arguments.cc, "cc"),
        bcc=_people(arguments.bcc, "bcc"),
        subject=arguments.subject,
        body=arguments.body,
        sender=arguments.sender,
        signature=arguments.signature,
        quote=arguments.quote,
        keep_attachments=arguments.keepAttachments,
        files=tuple(
            text_file(one.name or "", one.text)
            if one.text is not None
            else PartOf(one.emailId or "", one.attachmentId or "")
            for one in arguments.attach or ()
        ),
    )


def _people(given: Sequence[str] | None, argument: str) -> tuple[Address, ...] | None:
    if given is None:
        return None
    return () if [*given] == _EMPTY else tuple(parsed(given, argument=argument))
