"""An assistant's request to write a draft, checked before any mail is read for it."""

from collections.abc import Sequence
from enum import StrEnum

from mailconnect.encoding import fast_json
from mailconnect.encoding.discreet import Discreet
from mailconnect.mail.address import Address
from mailconnect.mail.draft.draft import PartOf, TextFile
from mailconnect.writing.errors import Unwritable

MAX_FILES = 20
_LONGEST_FILE_NAME = 120
_TEXT_TYPES = {
    "csv": "text/csv",
    "htm": "text/plain",
    "html": "text/plain",  # shown as its source: a page could run
    "ics": "text/calendar",
    "md": "text/markdown",
    "vcf": "text/vcard",
}


class Mode(StrEnum):
    NEW = "new"
    REPLY = "reply"
    REPLY_ALL = "replyAll"
    FORWARD = "forward"
    REPLACE = "replace"

    @property
    def reads_a_message(self) -> bool:
        return self in {Mode.REPLY, Mode.REPLY_ALL, Mode.FORWARD}


class DraftRequest(Discreet, frozen=True):
    """None means: not said. An answer then has its own recipients and subject, and a replacement keeps what was there.

    `body` is Markdown. `sender` is an address or an identity's id.
    """

    mode: Mode = Mode.NEW
    email_id: str | None = None
    draft_id: str | None = None
    to: tuple[Address, ...] | None = None
    cc: tuple[Address, ...] | None = None
    bcc: tuple[Address, ...] | None = None
    subject: str | None = None
    body: str | None = None
    sender: str | None = None
    signature: bool = True
    quote: bool = True
    keep_attachments: bool = True
    files: Sequence[PartOf | TextFile] = ()

    @property
    def content(self) -> bytes:
        """The whole of it, the same for the same request."""
        return fast_json.encode(self)


def text_file(name: str, text: str) -> TextFile:
    """Raises Unwritable for a name that is no file name."""
    named = name.strip()
    if (
        not named
        or len(named) > _LONGEST_FILE_NAME
        or any(not each.isprintable() or each in '/\\:*?"<>|' for each in named)
    ):
        raise Unwritable(
            f"The name of an attached text must be a file name of at most {_LONGEST_FILE_NAME} characters, "
            "such as `notes.txt`."
        )
    return TextFile(named, text, _TEXT_TYPES.get(named.rpartition(".")[2].lower(), "text/plain"))
