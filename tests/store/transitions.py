"""Every transition of a grant as a store meets it: the grant as it was, and the update that the rules ask for."""

import dataclasses
import random
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from mailconnect.clock import Entropy
from mailconnect.grants.authorization import Consented, authorize, new_grant_key
from mailconnect.grants.decision import Decision, Issued, TokenPair
from mailconnect.grants.envelope import issued_as_refresh_token, unwrap_data_key
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.lifetimes import Lifetimes
from mailconnect.grants.narrowing import narrow
from mailconnect.grants.props import Props, SessionFacts, keep_session_facts
from mailconnect.grants.provider_refresh.lease import LEASE_SECONDS, release_lease, take_lease
from mailconnect.grants.provider_refresh.refreshed import hand_over, seal_refreshed, store_refreshed
from mailconnect.grants.provider_refresh.refusal import LASTING, accepted, refused
from mailconnect.grants.retirement import Reason, postpone, retire, retire_expired, revoke
from mailconnect.grants.sending import Choice, SendingPolicy, choose
from mailconnect.grants.tokens.access import announced, used
from mailconnect.grants.tokens.redemption import Redemption, redeem
from mailconnect.grants.tokens.rotation import Rotation, rotate
from mailconnect.grants.tokens.token import Token
from mailconnect.grants.update import Absent, After, Condition, Equals, NotAfter, OneOf, Update, Value, applied
from mailconnect.grants.widening import seal_widening_key, widen

NOW = 1_800_000_000
LIFETIMES = Lifetimes()
OWNER = sha256(b"owner").hexdigest()
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
CONSENTED = Consented(
    client_id="client-1",
    client_name="Poke",
    owner=OWNER,
    provider="https://api.fastmail.com",
    scope="mailboxes:read session:read",
    resource="https://bridge.example/mcp",
    notice_version="1",
    redirect_uri="https://poke.example/callback",
    code_challenge=CHALLENGE,
)
PROPS = Props(
    access_token="upstream-access-canary",
    refresh_token="upstream-refresh-canary",
    expires_at=NOW + 3600,
)
SESSION_FACTS = SessionFacts(api_url="https://api.fastmail.com/jmap/api/", account_id="u1234", state="s1")


def seeded(seed: int) -> Entropy:
    return random.Random(seed).randbytes


def authorized(entropy: Entropy, consented: Consented = CONSENTED) -> tuple[Grant, Token]:
    return authorize(
        consented,
        PROPS,
        SESSION_FACTS,
        new_grant_key(entropy),
        b"revocation wrap",
        now=NOW,
        lifetimes=LIFETIMES,
        entropy=entropy,
    )


def redemption(code: Token, *, wants_refresh_token: bool = True) -> Redemption:
    return Redemption(
        code=code,
        client_id=CONSENTED.client_id,
        redirect_uri=CONSENTED.redirect_uri,
        code_challenge=CHALLENGE,
        resource=None,
        wants_refresh_token=wants_refresh_token,
    )


def active(entropy: Entropy) -> tuple[Grant, Token, TokenPair]:
    """With the code that was redeemed."""
    grant, code = authorized(entropy)
    decision = redeem(grant, redemption(code), now=NOW + 1, lifetimes=LIFETIMES, entropy=entropy)
    return after(grant, decision.update), code, pair_of(decision)


def rotated(entropy: Entropy) -> tuple[Grant, TokenPair, TokenPair]:
    """With the tokens before and after."""
    grant, _, first = active(entropy)
    decision = rotation(grant, first, NOW + 100, entropy)
    return after(grant, decision.update), first, pair_of(decision)


def after(grant: Grant, update: Update | None) -> Grant:
    assert update is not None
    result = applied(grant, update)
    assert result is not None
    return result


def pair_of(decision: Decision) -> TokenPair:
    assert isinstance(decision, Issued)
    return decision.tokens


@dataclass(frozen=True, slots=True)
class Transition:
    name: str
    before: Grant
    update: Update


def rotation(grant: Grant, tokens: TokenPair, now: int, entropy: Entropy) -> Decision:
    assert tokens.refresh is not None
    request = Rotation(refresh_token=tokens.refresh, client_id=grant.client_id, scope=None, resource=None)
    return rotate(grant, request, now=now, lifetimes=LIFETIMES, entropy=entropy)


def _transitions() -> Iterator[tuple[str, Grant, Update | None]]:
    entropy = seeded(1)
    fresh, code = authorized(entropy)
    without = redemption(code, wants_refresh_token=False)
    for name, request in (("redeem", redemption(code)), ("redeem without a refresh token", without)):
        yield name, fresh, redeem(fresh, request, now=NOW + 1, lifetimes=LIFETIMES, entropy=entropy).update

    grant, code, first = active(entropy)
    replay = redeem(grant, redemption(code), now=NOW + 30, lifetimes=LIFETIMES, entropy=entropy)
    yield "redeem a code again", grant, replay.update
    yield "rotate", grant, rotation(grant, first, NOW + 100, entropy).update
    revoked_access = after(grant, revoke(grant, first.access.text, grant.client_id, NOW + 50))
    yield "rotate without an access token", revoked_access, rotation(revoked_access, first, NOW + 100, entropy).update

    twice, first, second = rotated(entropy)
    assert second.refresh is not None
    yield "rotate again", twice, rotation(twice, second, NOW + 200, entropy).update
    revoked_now = after(twice, revoke(twice, second.access.text, twice.client_id, NOW + 150))
    yield "rotate again without an access token", revoked_now, rotation(revoked_now, second, NOW + 200, entropy).update
    yield "replay a refresh token", twice, rotation(twice, first, NOW + 1000, entropy).update
    yield "revoke the access token", twice, revoke(twice, second.access.text, twice.client_id, NOW + 150)
    yield "revoke the previous access token", twice, revoke(twice, first.access.text, twice.client_id, NOW + 150)
    yield "revoke the refresh token", twice, revoke(twice, second.refresh.text, twice.client_id, NOW + 150)

    yield "take the lease", twice, take_lease(twice, "attempt-1", NOW + 200)
    leased = after(twice, take_lease(twice, "attempt-1", NOW + 200))
    yield "take a lease that ran out", leased, take_lease(leased, "attempt-2", NOW + 200 + LEASE_SECONDS)
    yield "release the lease", leased, release_lease("attempt-1")
    yield "release the lease until later", leased, release_lease("attempt-1", not_before=NOW + 260)
    waited = after(leased, release_lease("attempt-1", not_before=NOW + 260))
    yield "take the lease after a wait", waited, take_lease(waited, "attempt-3", NOW + 260)
    data_key = unwrap_data_key(
        twice.refresh_wrap or b"",
        second.refresh,
        issued_as_refresh_token(twice, twice.refresh_scope or "", twice.idle_expires_at),
    )
    newer = msgspec.structs.replace(PROPS, access_token="newer-upstream-access")
    refreshed = seal_refreshed(leased, newer, "attempt-1", data_key, entropy)
    yield "store what was refreshed", leased, store_refreshed(refreshed)
    yield "release the lease after a lost answer", leased, release_lease("attempt-1", unknown=True)
    unanswered = after(leased, release_lease("attempt-1", unknown=True))
    yield "take the lease after a lost answer", unanswered, take_lease(unanswered, "attempt-4", NOW + 260)
    moved = msgspec.structs.replace(SESSION_FACTS, state="s2")
    yield "keep session facts", leased, keep_session_facts(moved, leased, data_key, entropy)

    yield "note the use", leased, used(leased, NOW + 2 * 3600)
    yield "note that the client opens addresses", leased, announced(leased, "url")
    opening = after(leased, announced(leased, "url"))
    yield "note that it opens them no more", opening, announced(opening, None)
    yield "a refusal by the provider", leased, refused(leased, NOW + 200)
    unwelcome = after(leased, refused(leased, NOW + 200))
    yield "a lasting refusal by the provider", unwelcome, refused(unwelcome, NOW + 200 + LASTING)
    yield "accepted by the provider again", unwelcome, accepted(unwelcome)

    yield "narrow", leased, narrow(leased, frozenset({"mailboxes:read"}))
    narrower = dataclasses.replace(
        leased, scope="mailboxes:read session:read", consented_scope="contacts:read mailboxes:read session:read"
    )
    yield "narrow again", narrower, narrow(narrower, frozenset({"contacts:read", "mailboxes:read"}))
    yield "note the use over IPv6", leased, used(leased, NOW + 2 * 3600, "IPv6")

    for reason in Reason:
        yield f"retire: {reason}", leased, retire(reason, NOW + 300)
    yield "retire before redemption", fresh, retire(Reason.OWNER_DISCONNECTED, NOW + 2)
    yield "retire when expired", fresh, retire_expired(fresh.due_at)
    ended = after(leased, retire(Reason.OWNER_DISCONNECTED, NOW + 300))
    yield "postpone the revocation", ended, postpone(ended, NOW + 360)
    yield "store for sweep what was refreshed late", ended, hand_over(refreshed)
    postponed = after(ended, postpone(ended, NOW + 360))
    yield "postpone it again", postponed, postpone(postponed, NOW + 480)

    key = b"widening key"
    able = dataclasses.replace(twice, widening_key=seal_widening_key(key, twice, data_key, entropy))
    yield "widen", able, widen(able, frozenset({"contacts:read"}), "2", key)
    widened = after(able, widen(able, frozenset({"contacts:read"}), "2", key))
    yield "widen again", widened, widen(widened, frozenset({"emails:read"}), "3", key)
    free = Choice(SendingPolicy.FREE, 50)
    yield "choose how it may send", able, choose(able, free, key)
    sending = after(able, choose(able, free, key))
    yield "choose another way", sending, choose(sending, Choice(SendingPolicy.KNOWN, 5), key)
    yield "rotate what was widened", widened, rotation(widened, second, NOW + 200, entropy).update


TRANSITIONS = [Transition(name, before, update) for name, before, update in _transitions() if update is not None]
assert len(TRANSITIONS) == sum(1 for _ in _transitions())


FIELDS = {field.name: field for field in dataclasses.fields(Grant)}
OPTIONAL = sorted(name for name, field in FIELDS.items() if field.default is None)


def any_value(name: str, chance: random.Random) -> Value:
    """Of the type that this field of a grant has."""
    kind = str(FIELDS[name].type)
    if "bytes" in kind:
        return chance.randbytes(40)
    return chance.getrandbits(31) if "int" in kind else chance.randbytes(8).hex()


def breaking(grant: Grant, condition: Condition) -> Iterator[Grant]:
    """The grant changed so that this one condition does not hold, in each way that there is."""
    name = condition.attribute
    values: list[Value | None] = [None] if name in OPTIONAL else []
    match condition:
        case Equals("state", state):
            values += [other for other in GrantState if other is not state]
        case Equals(_, value):
            values.append(value + 1 if isinstance(value, int) else value[:-1])
        case Absent():
            values = [any_value(name, random.Random(5))]
        case OneOf():
            values = [GrantState.RETIRED]
        case After(_, time):
            values += [time, time - 1]
        case NotAfter(_, time):
            values = [time + 1]
    for value in values:
        yield dataclasses.replace(grant, **{name: value})


BROKEN = [
    (transition, number, broken)
    for transition in TRANSITIONS
    for number, condition in enumerate(transition.update.conditions)
    for broken in breaking(transition.before, condition)
]
