"""A search for emails: what is asked, and one page of what is found."""

from collections.abc import Sequence
from enum import StrEnum

from mailconnect.encoding.discreet import Discreet
from mailconnect.mail.mailbox.mailbox import Mailbox
from mailconnect.mail.message import Envelope
from mailconnect.mail.query.tree import Query


class Order(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"


class Search(Discreet, frozen=True):
    """`mailbox` is an id, path, name or role, in which alone is searched. `collapse`: one hit per thread.

    `position` counts hits before the page; `anchor` is the id of the last hit before it, or None: a provider that
    knows the anchor continues after it, and by position otherwise. `snippets`: with the words around what matched.
    """

    query: Query
    limit: int
    mailbox: str | None = None
    order: Order = Order.NEWEST
    collapse: bool = True
    position: int = 0
    anchor: str | None = None
    snippets: bool = False


class Hit(Discreet, frozen=True):
    """`snippet` is text as the provider cut it, without markup; None where it was not asked for or not given."""

    envelope: Envelope
    snippet: str | None = None


class SearchPage(Discreet, frozen=True):
    """`total` is None where the provider does not count. `has_more`: another page follows.

    `position` counts hits before this page, `consumed` the ids in it, which may be more than `hits`: an email deleted
    meanwhile has none. `unreadable` counts emails that could not be understood. `left_out` are the roles of mailboxes
    that were not searched. `notes` are sentences for a model. `mailboxes` are the account's, to name where a hit lies.
    """

    hits: Sequence[Hit]
    total: int | None
    has_more: bool
    position: int
    consumed: int
    last_id: str | None = None
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unreadable: int = 0
    mailboxes: Sequence[Mailbox] = ()
