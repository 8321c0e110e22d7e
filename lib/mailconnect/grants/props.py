"""The sealed values of a grant: the props, which are the provider's tokens, and the session facts.

The facts are the little of a JMAP session that is kept: where calls go, so that a tool call is one request. They are
sealed apart from the props: they may be written while a refresh is under way, and must never cost a refreshed token.
"""

from math import inf

from msgspec.json import Decoder

from mailconnect.clock import Entropy
from mailconnect.encoding import fast_json
from mailconnect.encoding.discreet import Discreet
from mailconnect.grants.envelope import seal, unseal
from mailconnect.grants.errors import SealBroken
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.update import Equals, Update


class Props(Discreet, frozen=True, kw_only=True):
    """`refresh_token` is None for an API token, which is not refreshed; `expires_at` is None where no end is known.
    `client_id` is ours at the provider when it issued the tokens: they serve no other client (RFC 6749 §6)."""

    access_token: str
    refresh_token: str | None = None
    obtained_at: int = 0
    expires_at: int | None = None
    client_id: str = ""

    def due_for_refresh(self, now: int) -> bool:
        """Five minutes before its end, or in the last quarter of a token that lives for less than twenty."""
        return self._left(now) <= min(300, self._lifetime() // 4)

    def serves(self, now: int) -> bool:
        """Whether the provider will still take it, though clocks differ by up to a minute."""
        return self.serves_for(now) > 0

    def serves_for(self, now: int) -> float:
        """Seconds."""
        return self._left(now) - min(60, self._lifetime() // 8)

    def _left(self, now: int) -> float:
        return inf if self.expires_at is None or self.refresh_token is None else self.expires_at - now

    def _lifetime(self) -> int:
        return max((self.expires_at or 0) - self.obtained_at, 0)


_PROPS = Decoder(Props)


def seal_props(props: Props, grant: Grant, data_key: bytes, entropy: Entropy, *, version: int) -> bytes:
    return seal(data_key, fast_json.encode(props), _props_place(grant, version), entropy)


def open_props(grant: Grant, data_key: bytes) -> Props:
    """The provider's tokens in clear. Only who holds the data key gets here: a live token's bearer, or `sweep`."""
    try:
        # A newer release, running beside this one during a deployment, may have written more: that is passed over.
        return _PROPS.decode(unseal(data_key, grant.props, _props_place(grant, grant.props_version)))
    except ValueError:
        raise SealBroken("props_form") from None


def _props_place(grant: Grant, version: int) -> tuple[str, ...]:
    """This grant, client and owner, in this version of the provider's tokens."""
    return ("props", grant.id, grant.client_id, grant.owner, str(version))


class SessionFacts(Discreet, frozen=True, kw_only=True, omit_defaults=True):
    """`state` is the session's when it was read: when the provider answers with another, it is read again.

    `download_url` is empty where the session had none, and in facts that were kept by an older version.
    `contacts_account_id` is empty where the session had no address book, and None in facts of an older version.
    `has_masked`: it offered masked addresses; None in such facts. `most_objects` is what the server gives at once in a
    /get, 0 in such facts.

    `disagreed_at` is when a response named another state than the session that was read right after it (epoch seconds),
    0 where they agreed.
    """

    api_url: str
    account_id: str
    state: str
    download_url: str = ""
    contacts_account_id: str | None = None
    has_masked: bool | None = None
    most_objects: int = 0
    disagreed_at: int = 0


_FACTS = Decoder(SessionFacts)


def seal_session_facts(facts: SessionFacts, grant: Grant, data_key: bytes, entropy: Entropy) -> bytes:
    return seal(data_key, fast_json.encode(facts), _facts_place(grant), entropy)


def open_session_facts(grant: Grant, data_key: bytes) -> SessionFacts:
    """SealBroken when they are not this grant's, or the grant has none any more."""
    try:
        # A newer release, running beside this one during a deployment, may have written more: that is passed over.
        return _FACTS.decode(unseal(data_key, grant.session_facts or b"", _facts_place(grant)))
    except ValueError:
        raise SealBroken("session_facts_form") from None


def keep_session_facts(facts: SessionFacts, grant: Grant, data_key: bytes, entropy: Entropy) -> Update:
    sealed = seal_session_facts(facts, grant, data_key, entropy)
    return Update((Equals("state", GrantState.ACTIVE),), {"session_facts": sealed})


def _facts_place(grant: Grant) -> tuple[str, ...]:
    return ("session", grant.id, grant.client_id, grant.owner)
