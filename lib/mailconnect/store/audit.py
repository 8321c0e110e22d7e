"""Port: the events of the audit, kept for the owner to read; append-only (OWASP ASVS 16.2.1)."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

KEPT = 90 * 86_400
"""Seconds that an event is kept."""

NOBODY = "-"
"""The owner of events before anybody had signed in."""


ERASURES = "erasures"
"""The owner of requests for erasure. The reason of each one is the owner to erase."""


class What(StrEnum):
    """In the order in which they can follow one another."""

    SIGNED_IN = "signed_in"
    CONNECTED = "connected"  # the owner consented and signed in; the reason is the notice that they saw
    CONSENT_DENIED = "consent_denied"
    NARROWED = "narrowed"  # the reason is what went, each with a minus; before version 0.2, what was left
    WIDENED = "widened"  # the reason is what came, each with a plus
    SENDING_CHOSEN = "sending_chosen"  # how it may send; the reason is mailconnect.grants.sending.Choice's text
    MESSAGE_SENT = "message_sent"  # the reason is on whose word, and how many recipients: "approve 3"
    SEND_UNDONE = "send_undone"  # a message that was held back was put among the drafts again
    SEND_LIMITED = "send_limited"  # a message was not sent; the reason is the limit
    SEND_DECLINED = "send_declined"  # the owner was asked whether a message may leave, and said no
    BROWSER_TRUSTED = "browser_trusted"  # the reason is its kind, as "Safari on iPhone"
    BROWSER_FORGOTTEN = "browser_forgotten"
    LISTED = "listed"
    EXPORTED = "exported"
    ERASURE_REQUESTED = "erasure_requested"
    TOKEN_REPEATED = "token_repeated"  # a used refresh token got its tokens again; the reason is where it came from
    TOKEN_REVOKED = "token_revoked"  # one access token, by its assistant
    GRANT_RETIRED = "grant_retired"  # mailconnect.grants.retirement.Reason says why: also replays and disconnects
    WRAP_OPENED = "operator_door_opened"  # a grant's provider tokens were opened, to revoke them
    ERASED = "erased"  # the reason is the outcome at the provider


class Actor(StrEnum):
    OWNER = "owner"
    ASSISTANT = "assistant"
    OPERATOR = "operator"
    PROVIDER = "provider"
    SERVICE = "service"  # this program by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`id` is unique and begins with the time, so that events sort by it. `grant` is pseudonyms.grant_hash.

    `door` is the entry point, `source` the address family: the names are stored.
    """

    id: str
    owner: str
    at: int
    what: str
    actor: str
    door: str
    source: str
    grant: str | None = None
    client_id: str | None = None
    client_name: str | None = None
    reason: str | None = None
    request: str | None = None
    expires_at: int


_PLACE: dict[str, int] = {what: place for place, what in enumerate(What)}


def latest_first(events: Iterable[Event]) -> list[Event]:
    """The latest first. Ids of one second are in no order, so events of one second follow the order of What."""
    return sorted(events, key=lambda event: (event.at, _PLACE.get(event.what, 0), event.id), reverse=True)


PAGE = 500
"""Events in one page, unless another limit is given."""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """`events` are as latest_first has them. `unknown` counts those in a form that this version does not know.
    `earlier`, where there are more, is the id before which they go on.
    """

    events: list[Event]
    unknown: int = 0
    earlier: str | None = None


class AuditEvents(Protocol):
    """Every method raises StoreUnavailable."""

    async def append(self, event: Event) -> None:
        """Durable on return. An event is never changed: where one with this id is there, it stays as it is."""

    async def of_owner(self, owner: str, now: int, *, limit: int = PAGE, before: str | None = None) -> AuditPage:
        """The last `limit` by their ids that are kept of an owner, or of those `before` that id; none that expired."""

    async def remove(self, event: Event) -> None:
        """For the erasure of an owner's data only. Removing an event that is gone is no error."""

    async def delete_expired(self, now: int) -> int:
        """How many events went. A store that expires items by itself returns 0."""


async def pages_of(audit: AuditEvents, owner: str, now: int) -> AsyncIterator[AuditPage]:
    """All events of an owner, with one page of them in memory. Raises StoreUnavailable."""
    page = await audit.of_owner(owner, now)
    yield page
    while page.earlier is not None:
        page = await audit.of_owner(owner, now, before=page.earlier)
        yield page
