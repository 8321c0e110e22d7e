"""A person's session on their own page: what its cookie opens, and what its forms prove (OWASP ASVS 7.2, 3.5.1).

The cookie is 256 random bits. The ledger has, under their hash, a record that is sealed under them: it names nobody,
and to a thief of the store it opens nothing.
"""

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, field

from mailconnect.clock import Entropy
from mailconnect.grants.envelope import derive, seal, unseal
from mailconnect.grants.errors import SealBroken
from mailconnect.ledger_keys import LedgerKind, ledger_key

LIFETIME = 900
"""Seconds from the sign-in; a session is not prolonged."""

FRESH = 300
"""Seconds from the sign-in in which everything may be deleted (ASVS 7.5.3)."""


class FormForged(Exception):
    """The form is not from a page that this session was shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSession:
    """`series` is the same in all sessions of one person: when the ledger has it no more, all of them have ended.

    `by_api_token`: an API token showed who it is, which may be one that may only read. `proof` is what we vouch for it
    with (mailconnect.keys.port): a writer of the store can seal a session, and cannot make that.
    """

    owner: str
    username: str = field(repr=False)
    series: str = field(repr=False)
    signed_in_at: int
    by_api_token: bool = False
    proof: str = field(default="", repr=False)

    def fresh(self, now: int) -> bool:
        return now - self.signed_in_at <= FRESH


def session_key(secret: bytes) -> str:
    """Where the ledger has it."""
    return ledger_key(LedgerKind.SESSION, hashlib.sha256(secret).hexdigest())


def proven(session: AccountSession, secret: bytes) -> str:
    """The text that `proof` is made of."""
    return f"{session_key(secret)} {session.owner} {session.signed_in_at} {session.by_api_token}"


def series_key(owner: str) -> str:
    return ledger_key(LedgerKind.SESSIONS, owner)


def seal_session(session: AccountSession, secret: bytes, entropy: Entropy) -> bytes:
    return seal(_key(secret), json.dumps(asdict(session)).encode(), ("session", session_key(secret)), entropy)


def open_session(sealed: bytes, secret: bytes) -> AccountSession:
    """SealBroken unless it was sealed under this cookie."""
    try:
        return AccountSession(**json.loads(unseal(_key(secret), sealed, ("session", session_key(secret)))))
    except (ValueError, TypeError):
        raise SealBroken("session_form") from None


def form_token(secret: bytes, action: str) -> str:
    """The secret word in the form that this session sends to `action`."""
    return hmac.digest(secret, b"mailconnect account form\0" + action.encode(), "sha256").hex()


def check_form_token(text: str, secret: bytes, action: str) -> None:
    """Raises FormForged."""
    if not hmac.compare_digest(text.encode("utf-8", "replace"), form_token(secret, action).encode()):
        raise FormForged


def _key(secret: bytes) -> bytes:
    return derive(secret, salt=b"", info="account session")
