"""One connection from consent to tokens, as the tests of lib/mailconnect/grants need it."""

import random
from dataclasses import dataclass, fields, replace

from mailconnect.clock import Entropy
from mailconnect.grants.authorization import Consented, NewGrantKey, authorize, new_grant_key
from mailconnect.grants.decision import Decision, Issued, Refused, TokenPair
from mailconnect.grants.envelope import issued_as_access_token, issued_as_refresh_token, seal
from mailconnect.grants.errors import GrantError
from mailconnect.grants.grant import Grant
from mailconnect.grants.lifetimes import Lifetimes
from mailconnect.grants.props import Props, SessionFacts
from mailconnect.grants.tokens.redemption import Redemption, redeem
from mailconnect.grants.tokens.rotation import Rotation, rotate
from mailconnect.grants.tokens.token import Token, TokenKind
from mailconnect.grants.update import Equals, Update, applied

NOW = 1_800_000_000
REDEEMED = NOW + 1
LIFETIMES = Lifetimes(refresh_grace=60)
RESOURCE = "https://bridge.example/mcp"
SCOPE = "mailboxes:read session:read"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
OTHER_CHALLENGE = "BgvCJQBCJrxOQ9HHUFKJCgjyZhNbjqz0ELBNPIJcDg0"
CONSENTED = Consented(
    client_id="client-1",
    client_name="Poke",
    owner="f" * 64,
    provider="https://api.fastmail.com",
    scope=SCOPE,
    resource=RESOURCE,
    notice_version="1",
    redirect_uri="https://poke.example/callback",
    code_challenge=CHALLENGE,
)
PROPS = Props(
    access_token="provider-access-canary",
    refresh_token="provider-refresh-canary",
    obtained_at=NOW,
    expires_at=NOW + 3600,
)
SESSION_FACTS = SessionFacts(api_url="https://api.example/jmap/", account_id="u-canary", state="s1")
OPERATOR_KEY = bytes(range(32))


def seeded(seed: int) -> Entropy:
    return random.Random(seed).randbytes


ENTROPY = seeded(20)


@dataclass(frozen=True, slots=True)
class Connection:
    """A grant with everything in clear that was ever handed out for it."""

    grant: Grant
    new: NewGrantKey
    code: Token
    pairs: tuple[TokenPair, ...] = ()

    @property
    def access(self) -> Token:
        return self.pairs[-1].access

    @property
    def refresh(self) -> Token:
        return refresh_of(self.pairs[-1])

    @property
    def old_refresh(self) -> Token:
        return refresh_of(self.pairs[-2])


def authorized(
    *,
    consented: Consented = CONSENTED,
    props: Props = PROPS,
    now: int = NOW,
    lifetimes: Lifetimes = LIFETIMES,
    entropy: Entropy = ENTROPY,
) -> Connection:
    new = new_grant_key(entropy)
    revocation_wrap = seal(OPERATOR_KEY, new.data_key, ("operator", new.grant_id), entropy)
    grant, code = authorize(
        consented, props, SESSION_FACTS, new, revocation_wrap, now=now, lifetimes=lifetimes, entropy=entropy
    )
    return Connection(grant, new, code)


def active(*, wants_refresh_token: bool = True, lifetimes: Lifetimes = LIFETIMES) -> Connection:
    """Redeemed at REDEEMED."""
    made = authorized(lifetimes=lifetimes)
    decision = redeeming(made, wants_refresh_token=wants_refresh_token, lifetimes=lifetimes)
    return replace(made, grant=after(made.grant, decision.update), pairs=(tokens(decision),))


def rotated(connection: Connection, now: int, *, lifetimes: Lifetimes = LIFETIMES) -> Connection:
    decision = rotating(connection, connection.refresh, now, lifetimes=lifetimes)
    pairs = (*connection.pairs, tokens(decision))
    return replace(connection, grant=after(connection.grant, decision.update), pairs=pairs)


def updated(connection: Connection, update: Update | None) -> Connection:
    return replace(connection, grant=after(connection.grant, update))


def changed(connection: Connection, **values: object) -> Connection:
    """With attributes as no rule would set them."""
    return replace(connection, grant=replace(connection.grant, **values))


def redemption_of(code: Token, *, wants_refresh_token: bool = True) -> Redemption:
    return Redemption(
        code=code,
        client_id=CONSENTED.client_id,
        redirect_uri=CONSENTED.redirect_uri,
        code_challenge=CHALLENGE,
        resource=None,
        wants_refresh_token=wants_refresh_token,
    )


def redeeming(
    connection: Connection, now: int = REDEEMED, *, lifetimes: Lifetimes = LIFETIMES, **differently: object
) -> Decision:
    request = replace(redemption_of(connection.code), **differently)
    return redeem(connection.grant, request, now=now, lifetimes=lifetimes, entropy=ENTROPY)


def rotating(
    connection: Connection, refresh_token: Token, now: int, *, lifetimes: Lifetimes = LIFETIMES, **differently: object
) -> Decision:
    asked = Rotation(refresh_token=refresh_token, client_id=CONSENTED.client_id, scope=None, resource=None)
    request = replace(asked, **differently)
    return rotate(connection.grant, request, now=now, lifetimes=lifetimes, entropy=ENTROPY)


def after(grant: Grant, update: Update | None) -> Grant:
    assert update is not None
    told = [*update.set.values(), *(each.value for each in update.conditions if isinstance(each, Equals))]
    assert None not in told  # which a store's tables could not say: there is `remove`, and Absent
    result = applied(grant, update)
    assert result is not None
    return result


def tokens(decision: Decision) -> TokenPair:
    assert isinstance(decision, Issued), decision
    return decision.tokens


def refusal(decision: Decision) -> GrantError:
    """Of an attempt that costs nothing."""
    assert isinstance(decision, Refused)
    assert decision.update is None
    return decision.error


def refresh_of(pair: TokenPair) -> Token:
    assert pair.refresh is not None
    return pair.refresh


def stops(grant: Grant, update: Update | None, **change: object) -> bool:
    """Whether the update, good for `grant`, finds its conditions broken once the grant was changed meanwhile."""
    assert update is not None
    assert applied(grant, update) is not None
    return applied(replace(grant, **change), update) is None


def bound(grant: Grant, token: Token) -> tuple[str, ...]:
    """The associated data of a live token's wrap, as the grant has it."""
    if token.kind is TokenKind.REFRESH:
        return issued_as_refresh_token(grant, grant.refresh_scope or "", grant.idle_expires_at)
    return issued_as_access_token(grant, grant.access_scope or "", grant.access_expires_at or 0)


def stored_bytes(grant: Grant) -> bytes:
    """Everything a store would hold, and everything a log would print, in one heap."""
    values = [getattr(grant, field.name) for field in fields(grant)]
    heap = [value if isinstance(value, bytes) else str(value).encode() for value in values]
    return b"\0".join([*heap, repr(grant).encode()])
