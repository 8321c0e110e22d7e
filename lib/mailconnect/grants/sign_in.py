"""A sign-in between the owner's consent and the provider's response, and the secrets it is tied to.

The state goes to the provider and comes back with the browser; the binding stays in the browser's cookie. The record
is sealed under both, and the provider's code verifier is derived from both. Neither a thief of the store nor a
reader of the URL can finish or read a sign-in (RFC 9700 §4.7, §2.1.1).
"""

import base64
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, field

from mailconnect.clock import Entropy
from mailconnect.grants.envelope import derive, seal, unseal
from mailconnect.grants.errors import SealBroken
from mailconnect.ledger_keys import LedgerKind, ledger_key

LIFETIME = 1800
"""Seconds from the decision to the provider's response: enough to look for a password and a second factor."""

DENIED_LIFETIME = 900
"""As long as a consent page can be sent, clocks that differ included (mailconnect.oauth.consent)."""

USED = b"used"
"""The value in the place of a pending record once it has been finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSignIn:
    """A connection that the person approved. `state` is the client's own, `provider_client_id` what we are at the
    provider: the code is given to that client alone, and any of our processes may redeem it.
    """

    client_id: str
    client_name: str
    redirect_uri: str
    scope: str
    resource: str
    code_challenge: str
    notice_version: str
    state: str | None = field(repr=False)
    provider_client_id: str = ""
    sending: str = ""
    """How it may send (mailconnect.grants.sending), where that was chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingAccount:
    """A person on the way to their own page, or to one behind it. `remember`: this browser may approve from then on."""

    next: str
    provider_client_id: str = ""
    remember: bool = False


Pending = PendingSignIn | PendingAccount


def binding_of(browser_secret: bytes) -> bytes:
    """The same for every page of one browser, so that two tabs do not disturb each other."""
    return hmac.digest(browser_secret, b"mailconnect sign-in binding", "sha256")


def state_of(binding: bytes, consent_nonce: bytes) -> str:
    """One for each consent page, so that a double click starts one sign-in."""
    return _base64url(hmac.digest(binding, b"mailconnect sign-in state\0" + consent_nonce, "sha256"))


def provider_code_verifier(binding: bytes, state: str) -> str:
    return _base64url(derive(binding, salt=state.encode(), info="provider code verifier"))


def pending_key(state: str) -> str:
    """Where the ledger has it."""
    return ledger_key(LedgerKind.PENDING, hashlib.sha256(state.encode()).hexdigest())


def denied_key(state: str) -> str:
    return f"denied:{hashlib.sha256(state.encode()).hexdigest()}"


def seal_pending(pending: Pending, state: str, binding: bytes, entropy: Entropy) -> bytes:
    written = {name: value for name, value in asdict(pending).items() if name != "sending" or value}
    return seal(_key(binding, state), json.dumps(written).encode(), ("pending", pending_key(state)), entropy)


def open_pending(sealed: bytes, state: str, binding: bytes) -> Pending:
    """SealBroken unless this browser began this sign-in."""
    try:
        document = json.loads(unseal(_key(binding, state), sealed, ("pending", pending_key(state))))
        return PendingAccount(**document) if "next" in document else PendingSignIn(**document)
    except (ValueError, TypeError):
        raise SealBroken("pending_form") from None


def seal_api_token(api_token: str, browser_secret: bytes, consent_nonce: bytes, entropy: Entropy) -> str:
    """For the page that asks whether a token shall be used that may do more than is needed: the page carries it, and
    it opens only in this browser and for this page's own decision."""
    sealed = seal(_api_token_key(browser_secret, consent_nonce), api_token.encode(), ("api token",), entropy)
    return _base64url(sealed)


def open_api_token(sealed: str, browser_secret: bytes, consent_nonce: bytes) -> str:
    """Raises SealBroken."""
    try:
        octets = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
    except ValueError:
        raise SealBroken("api_token_form") from None
    return unseal(_api_token_key(browser_secret, consent_nonce), octets, ("api token",)).decode()


def _api_token_key(browser_secret: bytes, consent_nonce: bytes) -> bytes:
    return derive(browser_secret, salt=consent_nonce, info="api token to confirm")


def _key(binding: bytes, state: str) -> bytes:
    return derive(binding, salt=state.encode(), info="pending sign-in")


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
