"""Whom an answer goes to, what it is about, and what it refers to (RFC 5322 §3.6.2 to §3.6.4)."""

import re
from collections.abc import Iterable, Sequence

from mailconnect.encoding.discreet import Discreet
from mailconnect.mail.address import Address
from mailconnect.mail.identity import Identity, Sender, is_own, sender_for
from mailconnect.mail.message import Envelope
from mailconnect.render.characters import one_line
from mailconnect.writing.recipients import is_plain

LONGEST_SUBJECT = 500
_MAX_REFERENCES = 50
_MAX_OF_REFERENCES = 4_000  # characters
_REPLY = re.compile(r"(?:re|aw|sv|vs|antw|odp|rif|r|res)(?:\[\d{1,3}\])?\s*[:：]", re.IGNORECASE)  # noqa: RUF001 -- as mail programs write it
_FORWARD = re.compile(r"(?:fwd?|wg|tr|rv|enc|i)\s*[:：]", re.IGNORECASE)  # noqa: RUF001


class ReplyRecipients(Discreet, frozen=True):
    """Whom it goes to by itself. `careful` are sentences of ours."""

    to: tuple[Address, ...]
    cc: tuple[Address, ...] = ()
    careful: tuple[str, ...] = ()


def to_sender(about: Envelope, identities: Sequence[Identity]) -> ReplyRecipients:
    """To the Reply-To, else the From; an answer to a message of the owner's own goes to whom that went."""
    if about.sender and all(is_own(identities, one.email) for one in about.sender):
        return ReplyRecipients(about.to)
    if not about.reply_to:
        return ReplyRecipients(about.sender)
    senders = {one.email.lower() for one in about.sender}
    elsewhere = [one.email for one in about.reply_to if one.email.lower() not in senders]
    return ReplyRecipients(about.reply_to, careful=tuple(_elsewhere(email) for email in elsewhere[:3]))


def to_all(about: Envelope, identities: Sequence[Identity]) -> ReplyRecipients:
    """Besides, to everybody else whom the message went to, but not to the owner."""
    first = to_sender(about, identities)
    others = first.to if first.to is about.to else (*first.to, *about.to)
    return ReplyRecipients(
        tuple(_not_own(others, identities)) or first.to, tuple(_not_own(about.cc, identities)), first.careful
    )


def sender_by(about: Envelope, identities: Sequence[Identity]) -> Sender | None:
    """The address that the message came to, or from which the owner sent it. None where none of them is known."""
    people = (*about.sender, *about.to, *about.cc, *about.bcc, *about.delivered_to)
    return sender_for(identities, (one.email for one in people if is_plain(one.email)))


def reply_subject(subject: str) -> str:
    text = subject_line(subject)
    return text if _REPLY.match(text) else subject_line(f"Re: {text}")


def forward_subject(subject: str) -> str:
    text = subject_line(subject)
    return text if _FORWARD.match(text) else subject_line(f"Fwd: {text}")


def subject_line(text: str) -> str:
    """On one line, whatever it was."""
    return one_line(" ".join(text.split()), longest=LONGEST_SUBJECT)


def references(about: Envelope) -> tuple[str, ...]:
    """The parent's References and its Message-ID; where it has none, its only In-Reply-To stands for them.

    A long chain keeps its first and its newest, as many as fit in a header field.
    """
    above = about.references or (about.in_reply_to if len(about.in_reply_to) == 1 else ())
    chain = [*dict.fromkeys((*above, *about.message_ids[:1]))]
    while len(chain) > _MAX_REFERENCES or (len(chain) > 1 and sum(map(len, chain)) > _MAX_OF_REFERENCES):
        del chain[1 if len(chain) > 2 else 0]
    return tuple(chain)


def _not_own(people: Iterable[Address], identities: Sequence[Identity]) -> Iterable[Address]:
    return (one for one in people if not is_own(identities, one.email))


def _elsewhere(email: str) -> str:
    return f"careful: the answer goes to {one_line(email, longest=120)}, which is not the address it came from."
