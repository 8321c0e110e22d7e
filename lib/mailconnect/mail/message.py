"""One message, as far as it was asked for."""

from datetime import datetime

from mailconnect.encoding.discreet import Discreet
from mailconnect.mail.address import Address


class Attachment(Discreet, frozen=True):
    """A part that is not the body. `id` names it within its message. `size` is in octets, after decoding."""

    id: str
    name: str
    type: str
    size: int
    is_inline: bool = False


class Envelope(Discreet, frozen=True):
    """An email's sender, recipients, date, subject and mailboxes. It has nothing of the body.

    `mailbox_ids` name its mailboxes. `keywords` are in small letters, with JMAP's `$` (RFC 8621 §4.1.1). `received_at`
    has an offset, and is None where the provider names no readable date. `size` is in octets.
    """

    id: str
    thread_id: str
    mailbox_ids: tuple[str, ...] = ()
    keywords: frozenset[str] = frozenset()
    received_at: datetime | None = None
    sender: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    subject: str = ""
    size: int = 0
    has_attachment: bool = False
    authentication_results: tuple[str, ...] = ()
    """Every Authentication-Results header from the top (RFC 8601). The sender may have written the lower ones."""
    can_be_unsubscribed: bool = False
    message_ids: tuple[str, ...] = ()
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    """Message-ID, In-Reply-To and References without angle brackets, where `Reading.threading` asked for them."""
    sent_at: datetime | None = None
    """The Date header with its own offset, asked for likewise."""
    delivered_to: tuple[Address, ...] = ()
    """Where the provider delivered it, by Delivered-To and its like; asked for likewise. The sender may forge them."""


class Content(Discreet, frozen=True):
    """A message's content. `plain` and `html` are its two bodies, None where it lacks one; `calendar` an invitation.

    `is_cut`: the provider sent only the beginning. `has_encoding_problem`: some characters could not be decoded.
    """

    plain: str | None = None
    html: str | None = None
    calendar: str | None = None
    attachments: tuple[Attachment, ...] = ()
    is_cut: bool = False
    has_encoding_problem: bool = False


class Message(Discreet, frozen=True):
    """`content` is None where only the envelope was asked for."""

    envelope: Envelope
    content: Content | None = None
