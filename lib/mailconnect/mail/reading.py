"""Messages to be read: which, how much of each, and what came of it."""

from collections.abc import Sequence

from mailconnect.encoding.discreet import Discreet
from mailconnect.mail.mailbox.mailbox import Mailbox
from mailconnect.mail.message import Message

MAX_MESSAGES = 10


class Reading(Discreet, frozen=True):
    """Either `ids` or `thread_id` is given. Of a thread, the `maximum` newest messages are read, after `skip` newer.

    `content`: with bodies and attachments. `threading`: with the ids that an answer refers to. `longest` is the maximum
    of octets of each body that the provider sends.
    """

    ids: Sequence[str] = ()
    thread_id: str | None = None
    content: bool = True
    maximum: int = MAX_MESSAGES
    skip: int = 0
    longest: int = 262_144
    threading: bool = False


class Messages(Discreet, frozen=True):
    """`found` are in the order of the ids asked for; of a thread, the newest is first.

    `missing` are ids that are not there (any more). `omitted` counts older messages of the thread. `unreadable` counts
    messages that could not be understood. `first_of_sender` are the ids of messages before which nothing had come from
    the same address; it is learned of messages that were asked for by their ids, and of the others nothing is known.
    """

    found: Sequence[Message]
    missing: Sequence[str] = ()
    omitted: int = 0
    unreadable: int = 0
    mailboxes: Sequence[Mailbox] = ()
    first_of_sender: frozenset[str] = frozenset()
