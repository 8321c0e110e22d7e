"""A draft: what is to be written, and what the provider stores of it now."""

from collections.abc import Sequence
from datetime import datetime

from mailconnect.encoding.discreet import Discreet
from mailconnect.mail.address import Address
from mailconnect.mail.message import Attachment

DRAFT = "$draft"
"""The keyword (RFC 8621 §4.1.1) that a mail loses when it is sent."""


OF_AN_ASSISTANT = "mc."
"""Prefix of the Message-ID of each draft that an assistant wrote here. No assistant chooses a Message-ID."""


class PartOf(Discreet, frozen=True):
    """An attachment of a message that is there. It is attached by reference: no byte of it is read here.

    `keeps_place`: a picture inside the HTML stays inside it. Otherwise it becomes a file beside the text.
    """

    email_id: str
    attachment_id: str
    keeps_place: bool = False


class TextFile(Discreet, frozen=True):
    """A file whose content is text. `type` is a media type of text, such as text/plain or text/csv."""

    name: str
    text: str
    type: str = "text/plain"


class NewDraft(Discreet, frozen=True):
    """A draft to write. `plain` is the whole text; `html` the same as HTML, or None.

    `message_id`, `in_reply_to` and `references` are without angle brackets (RFC 5322 §3.6.4). All messages of one
    idempotency key have Message-IDs that begin with `key`. `sent_at` is the message's Date.
    """

    sender: Address
    subject: str
    plain: str
    message_id: str
    key: str
    sent_at: datetime
    html: str | None = None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    files: Sequence[PartOf | TextFile] = ()
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()


class Draft(Discreet, frozen=True):
    """A message of the owner's own account as the provider stores it now.

    Providers never change a message: an edited draft has another id. `is_draft` is False once it was sent.
    `bytes_id` names the message's bytes, as the provider names them: other bytes have another. `is_cut`: the bodies are
    longer than what was read of them. `sender` is the From.
    """

    id: str
    account_id: str
    thread_id: str = ""
    message_id: str = ""
    sender: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    subject: str = ""
    plain: str | None = None
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    keywords: frozenset[str] = frozenset()
    mailbox_ids: tuple[str, ...] = ()
    sent_at: datetime | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    bytes_id: str = ""
    is_cut: bool = False

    @property
    def is_draft(self) -> bool:
        return DRAFT in self.keywords

    @property
    def is_of_an_assistant(self) -> bool:
        """Also where its owner has edited it since: mail programs keep the Message-ID."""
        return self.message_id.startswith(OF_AN_ASSISTANT)

    @property
    def recipients(self) -> tuple[Address, ...]:
        """To, Cc and Bcc, as they stand."""
        return (*self.to, *self.cc, *self.bcc)
