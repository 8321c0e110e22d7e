"""What the model knows of consents, codes and connections: who may do what, by which text, and until when."""

import base64
import hashlib
from dataclasses import dataclass, field

from mailconnect.grants.lifetimes import EXPIRY_LEEWAY, Lifetimes
from tests.endpoints.wire import Client

LIFETIMES = Lifetimes()

RUNGS = ("mailboxes:read", "emails:metadata", "emails:read")

NEEDED = {
    "list_mailboxes": "mailboxes:read",
    "search_emails": "emails:metadata",
    "find_contacts": "contacts:read",
    "get_session": "session:read",
}
"""By tool."""

MAILBOX_OF = {"ua11ce000": "alice", "ub0b00000": "bob"}


def rung(name: str) -> frozenset[str]:
    """The maximum that an owner allows by this choice on a page."""
    return frozenset(RUNGS[: RUNGS.index(name) + 1]) | {"session:read"}


@dataclass(frozen=True)
class Consent:
    """A consent that an owner gave in their own browser; `verifier` is the client's."""

    owner: str
    client: Client
    scopes: frozenset[str]
    verifier: str

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass(eq=False)
class Code:
    text: str
    consent: Consent
    at: int
    touched: bool = False
    """The thief has presented it."""
    spent: bool = False
    void: bool = False

    def is_good(self, now: int) -> bool:
        return not self.spent and not self.void and now < self.at + LIFETIMES.code


@dataclass(eq=False)
class Access:
    scopes: frozenset[str]
    expires_at: int


@dataclass(eq=False)
class Connection:
    """`refresh` has when each refresh token was rotated, None for the newest."""

    id: str
    consent: Consent
    scopes: frozenset[str]
    access: dict[str, Access] = field(default_factory=dict)
    refresh: dict[str, int | None] = field(default_factory=dict)
    ended: bool = False
    touched: bool = False
    """A stolen token of its own was used, or used twice: it may have been ended for that."""

    @property
    def newest(self) -> str:
        return next(text for text, rotated_at in self.refresh.items() if rotated_at is None)

    def may_refresh(self, text: str, client_id: str, now: int) -> bool:
        return not self.ended and client_id == self.consent.client.id and not self.is_replay(text, now)

    def is_replay(self, text: str, now: int) -> bool:
        rotated_at = self.refresh[text]
        return rotated_at is not None and now >= rotated_at + LIFETIMES.refresh_grace

    def may_call(self, text: str, tool: str, now: int) -> bool:
        access = self.access.get(text)
        if access is None or self.ended or now >= access.expires_at + EXPIRY_LEEWAY:
            return False
        return NEEDED[tool] in access.scopes & self.scopes
