"""The whole life of several grants: any order, any clock, any replay, and late workers. Checks the invariants I1 to I6
of docs/faults.md; each decision is compared with the one of `GrantModel`.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mailconnect.grants.decision import Decision, Issued
from mailconnect.grants.envelope import issued_as_code, unwrap_data_key
from mailconnect.grants.errors import InvalidToken, MalformedToken
from mailconnect.grants.grant import TOKEN_FIELDS, Grant, GrantState
from mailconnect.grants.lifetimes import Lifetimes
from mailconnect.grants.narrowing import narrow
from mailconnect.grants.props import Props, keep_session_facts, open_props, open_session_facts
from mailconnect.grants.provider_refresh.lease import LEASE_SECONDS, release_lease, take_lease
from mailconnect.grants.provider_refresh.refreshed import seal_refreshed, store_refreshed
from mailconnect.grants.retirement import Reason, postpone, retire, retire_expired, revoke
from mailconnect.grants.tokens.access import authenticate, used
from mailconnect.grants.tokens.redemption import Redemption, redeem
from mailconnect.grants.tokens.rotation import Rotation, rotate
from mailconnect.grants.tokens.token import Token, TokenKind, mint
from mailconnect.grants.update import Equals, Update, applied
from tests.grants.grant_model import GrantModel, Verdict
from tests.grants.scenario import (
    CONSENTED,
    LIFETIMES,
    NOW,
    OTHER_CHALLENGE,
    RESOURCE,
    SCOPE,
    SESSION_FACTS,
    authorized,
    bound,
    redemption_of,
    stored_bytes,
)
from tests.grants.strict_provider import StrictProvider

REFRESH_TAKES = 8  # seconds at most, from the lease to the provider's answer
FIELDS = {field.name for field in fields(Grant)}
LIFETIMES_OF = (
    LIFETIMES,
    Lifetimes(code=20, access=40, refresh_idle=300, grant=1500, refresh_grace=10),
    Lifetimes(refresh_grace=0),
    Lifetimes(access=900, refresh_grace=600),
)
SCOPES = (
    None,
    frozenset({"mailboxes:read"}),
    frozenset({"session:read"}),
    frozenset(SCOPE.split()),
    frozenset({"mailboxes:read", "mailboxes:write"}),
    frozenset({"junk"}),
)

Request = Redemption | Rotation


PAUSES = (20, 20, 40, 40, 59, 60, 60, 61, 300, 300, 3600, 90 * 86_400, 366 * 86_400)


def mostly(usual: Any, *unusual: Any) -> st.SearchStrategy[Any]:
    """Nine times in ten."""
    return st.sampled_from((usual,) * 9 * (len(unusual) or 1) + unusual)


@dataclass(slots=True)
class Attempt:
    """A request whose worker has read the grant, perhaps decided, and not yet written."""

    request: Request
    seen: Grant
    model: GrantModel
    decided: Decision | None
    decided_at: int


@dataclass(slots=True)
class Refresher:
    """A worker that refreshes at the provider. `at` is real time, which no clock's error touches."""

    attempt_id: str
    seen: Grant
    taken_at: int | None = None
    obtained: Props | None = None


class LifeCycle(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.entropy = random.Random(7).randbytes
        self.elapsed = 0
        self.clock_error = 0
        self.grants: dict[str, Grant] = {}
        self.models: dict[str, GrantModel] = {}
        self.providers: dict[str, StrictProvider] = {}
        self.secrets: dict[str, list[bytes]] = {}
        self.tokens: list[Token] = []
        self.succeeded: set[str] = set()
        self.attempts: list[Attempt] = []
        self.writes: list[tuple[str, Update, Callable[[GrantModel], GrantModel]]] = []
        self.refreshers: list[Refresher] = []
        self.outlived: set[str] = set()  # provider tokens that a holder used and did not replace within its lease
        self.lost: set[str] = set()  # what the provider answered to a worker that died of it
        self.unchecked: set[str] = set()

    @property
    def now(self) -> int:
        return NOW + self.elapsed + self.clock_error

    def of(self, data: st.DataObject) -> str:
        """Rather one that lives."""
        living = [grant_id for grant_id, model in self.models.items() if model.alive(self.now)]
        return data.draw(st.sampled_from(living * 9 + list(self.grants)[-3:]))

    def keep_secret(self, grant_id: str, *secrets: str | bytes) -> None:
        self.secrets[grant_id] += [secret.encode() if isinstance(secret, str) else secret for secret in secrets]

    def write(self, grant_id: str, update: Update) -> bool:
        assert update.set.keys() | update.remove <= FIELDS
        assert update.set.keys().isdisjoint(update.remove)
        assert all(isinstance(value, str | int | bytes) for value in update.set.values())
        after = applied(self.grants[grant_id], update)
        if after is None:
            return False
        self.grants[grant_id] = after
        self.unchecked.add(grant_id)
        return True

    # --- time

    @rule(seconds=st.integers(0, 4) | st.integers(5, 15) | st.sampled_from(PAUSES))
    def time_passes(self, seconds: int) -> None:
        self.elapsed += seconds

    @rule(seconds=st.integers(1, 300))
    def the_clock_goes_back(self, seconds: int) -> None:
        self.clock_error = max(self.clock_error - seconds, -300)

    # --- from consent to tokens

    @initialize()
    def someone_connects(self) -> None:
        self.connect(LIFETIMES, "client-1", redeemed=True)

    @precondition(lambda self: sum(model.alive(self.now) for model in self.models.values()) < 3)
    @rule(
        lifetimes=st.sampled_from(LIFETIMES_OF),
        client_id=st.sampled_from(["client-1", "client-2"]),
        redeemed=st.booleans(),
    )
    def connect(self, lifetimes: Lifetimes, client_id: str, redeemed: bool) -> None:
        provider = StrictProvider(str(len(self.grants)))
        props = provider.issue(self.now)
        consented = replace(CONSENTED, client_id=client_id)
        made = authorized(consented=consented, props=props, now=self.now, lifetimes=lifetimes, entropy=self.entropy)
        grant_id = made.grant.id
        self.grants[grant_id], self.providers[grant_id], self.secrets[grant_id] = made.grant, provider, []
        self.models[grant_id] = GrantModel(
            client_id=client_id,
            lifetimes=lifetimes,
            scope=frozenset(SCOPE.split()),
            consented=frozenset(SCOPE.split()),
            code=made.code,
            code_until=self.now + lifetimes.code,
            expires_at=self.now + lifetimes.grant,
            idle_until=self.now + lifetimes.code,
            data_key=made.new.data_key,
            props=props,
        )
        self.handed_out(made.code)
        self.keep_secret(grant_id, made.new.data_key, props.access_token, props.refresh_token or "")
        self.unchecked.add(grant_id)
        if redeemed:
            self.settle(replace(redemption_of(made.code), client_id=client_id))

    def handed_out(self, *tokens: Token | None) -> None:
        for token in tokens:
            if token is not None and token not in self.tokens:
                self.tokens.append(token)
                self.keep_secret(token.grant_id, token.text, token.text[26:69], token.secret)

    def redemption(self, data: st.DataObject) -> Redemption:
        grant_id = data.draw(st.sampled_from(list(self.grants)))
        model = self.models[grant_id]
        made_up = mint(TokenKind.CODE, grant_id, self.entropy)
        return Redemption(
            code=data.draw(mostly(model.code, made_up)),
            client_id=data.draw(mostly(model.client_id, "client-3")),
            redirect_uri=data.draw(mostly(CONSENTED.redirect_uri, "https://evil.example/")),
            code_challenge=data.draw(mostly(CONSENTED.code_challenge, OTHER_CHALLENGE)),
            resource=data.draw(mostly(None, RESOURCE, "https://other.example/mcp")),
            wants_refresh_token=data.draw(mostly(True, False)),
        )

    def rotation(self, data: st.DataObject) -> Rotation:
        grant_id = self.of(data)
        model = self.models[grant_id]
        made_up = mint(TokenKind.REFRESH, grant_id, self.entropy, family_key=self.entropy(32))
        return Rotation(
            refresh_token=data.draw(st.sampled_from((*model.refreshes[::-1], *model.refreshes[-1:], made_up))),
            client_id=data.draw(mostly(model.client_id, "client-3")),
            scope=data.draw(mostly(*SCOPES)),
            resource=data.draw(mostly(None, RESOURCE, "https://other.example/mcp")),
        )

    @rule(data=st.data(), at_once=mostly(True, False))
    def a_refresh_token_is_presented(self, data: st.DataObject, at_once: bool) -> None:
        self.present(self.rotation(data), at_once, data)

    @rule(data=st.data(), at_once=st.booleans(), code=mostly(False, True))
    def some_token_is_presented(self, data: st.DataObject, at_once: bool, code: bool) -> None:
        waiting = any(model.redeemed_at is None and not model.ended for model in self.models.values())
        self.present(self.redemption(data) if code or waiting else self.rotation(data), at_once, data)

    def present(self, request: Request, at_once: bool, data: st.DataObject) -> None:
        if at_once:
            self.settle(request)
            return
        grant_id = token_of(request).grant_id
        attempt = Attempt(request, self.grants[grant_id], self.models[grant_id], None, self.now)
        if data.draw(st.booleans()):
            attempt.decided = self.decide(request, attempt.seen, attempt.model)
        self.attempts.append(attempt)

    @precondition(lambda self: self.attempts)
    @rule(data=st.data())
    def a_late_worker_writes(self, data: st.DataObject) -> None:
        """On what it saw when it began; where the grant has changed since, it begins again as the shell does."""
        attempt = self.attempts.pop(data.draw(st.integers(0, len(self.attempts) - 1)))
        if attempt.decided is None:
            attempt.decided_at = self.now
            attempt.decided = self.decide(attempt.request, attempt.seen, attempt.model)
        if attempt.decided.update is not None:
            grant_id = attempt.seen.id
            model = replace(self.models[grant_id], scope=attempt.model.scope)
            if self.write(grant_id, attempt.decided.update):
                assert verdict_of(attempt.decided) is model.expects(attempt.request, attempt.decided_at)
                self.happened(attempt.request, attempt.decided, attempt.decided_at)
            else:
                self.settle(attempt.request)

    def settle(self, request: Request) -> None:
        grant_id = token_of(request).grant_id
        decision = self.decide(request, self.grants[grant_id], self.models[grant_id])
        if decision.update is not None:
            assert self.write(grant_id, decision.update)
        self.happened(request, decision, self.now)

    def decide(self, request: Request, grant: Grant, model: GrantModel) -> Decision:
        rules = redeem if isinstance(request, Redemption) else rotate
        decision = rules(grant, request, now=self.now, lifetimes=model.lifetimes, entropy=self.entropy)
        verdict = verdict_of(decision)
        assert verdict is model.expects(request, self.now)
        if verdict is Verdict.REPEATED:
            left = frozenset(model.pairs[-1].scope.split()) & model.scope
            assert decision.tokens == replace(model.pairs[-1], scope=" ".join(sorted(left)))
        elif verdict is Verdict.ISSUED and isinstance(request, Rotation):
            asked = model.scope if request.scope is None else request.scope & model.scope
            assert frozenset(decision.tokens.scope.split()) == asked
        printed = repr(decision).encode()
        assert not [
            secret for secret in (*secrets_of(decision), token_of(request).text[26:].encode()) if secret in printed
        ]
        return decision

    def happened(self, request: Request, decision: Decision, decided_at: int) -> None:
        grant_id = token_of(request).grant_id
        model = self.models[grant_id]
        if not isinstance(decision, Issued):
            self.models[grant_id] = replace(model, ended=model.ended or decision.update is not None)
            return
        if decision.update is not None:
            # I4: a code or a refresh token has one successor, however often it is presented.
            rotation = isinstance(request, Rotation)
            # An older refresh token leads to the newest, and this one is succeeded.
            spent = model.refreshes[-1] if rotation else token_of(request)
            assert spent.text not in self.succeeded
            self.succeeded.add(spent.text)
            self.handed_out(decision.tokens.access, decision.tokens.refresh)
            pair = decision.tokens
            assert frozenset(pair.scope.split()) <= frozenset(SCOPE.split())
            assert pair.access.grant_id == grant_id
            self.models[grant_id] = (
                model.rotated(pair, request, decided_at) if rotation else model.redeemed(pair, decided_at)
            )

    # --- using and ending

    @precondition(lambda self: self.tokens)
    @rule(data=st.data(), resource=mostly(RESOURCE, "https://other.example/mcp"))
    def a_token_is_used(self, data: st.DataObject, resource: str) -> None:
        self.use(data.draw(st.sampled_from(self.tokens)), resource)

    def use(self, token: Token, resource: str) -> None:
        grant, model = self.grants[token.grant_id], self.models[token.grant_id]
        allowed = model.opens(token, resource, self.now)
        if allowed is None:
            with pytest.raises(InvalidToken) as caught:
                authenticate(grant, token, resource, self.now)
            assert token.text[26:] not in repr(caught.value)
            return
        access = authenticate(grant, token, resource, self.now)
        assert access.scope == allowed
        assert open_props(grant, access.data_key()) == model.props
        assert open_session_facts(grant, access.data_key()) == SESSION_FACTS

    @precondition(lambda self: self.tokens)
    @rule(data=st.data(), right_client=mostly(True, False), at_once=st.booleans())
    def a_token_is_revoked(self, data: st.DataObject, right_client: bool, at_once: bool) -> None:
        kind = data.draw(mostly(TokenKind.ACCESS, TokenKind.REFRESH, TokenKind.CODE))
        token = data.draw(st.sampled_from([token for token in self.tokens if token.kind is kind] or self.tokens))
        grant_id = token.grant_id
        client_id = self.models[grant_id].client_id if right_client else "client-3"
        try:
            update = revoke(self.grants[grant_id], token.text, client_id, self.now)
        except MalformedToken:
            assert token.kind is TokenKind.CODE
            return
        after = self.models[grant_id].revoked(token, client_id)
        assert (update is None) == (after == self.models[grant_id])
        if update is None:
            return
        if at_once:
            assert self.write(grant_id, update)
            self.models[grant_id] = after
        else:
            self.writes.append((grant_id, update, lambda model: model.revoked(token, client_id)))

    @rule(data=st.data(), reason=mostly(Reason.EXPIRED, *Reason), at_once=st.booleans())
    def a_grant_is_retired(self, data: st.DataObject, reason: Reason, at_once: bool) -> None:
        grant_id = data.draw(st.sampled_from([*self.grants]))
        model = self.models[grant_id]
        if reason is Reason.EXPIRED:
            update, expects = retire_expired(self.now), not model.ended and model.idle_until <= self.now
        else:
            update, expects = retire(reason, self.now), not model.ended
        if at_once:
            assert self.write(grant_id, update) is expects
            self.models[grant_id] = replace(model, ended=model.ended or expects)
        elif not model.ended:
            self.writes.append((grant_id, update, lambda model: replace(model, ended=True)))

    @precondition(lambda self: any(len(model.scope) > 1 for model in self.models.values()))
    @rule(data=st.data(), without=st.sampled_from([*SCOPE.split(), "junk", SCOPE]), at_once=st.booleans())
    def a_grant_is_narrowed(self, data: st.DataObject, without: str, at_once: bool) -> None:
        """At once, never to nothing, and not of a grant that has meanwhile been narrowed otherwise or ended."""
        grant_id = self.of(data)
        model = self.models[grant_id]
        less = model.scope - frozenset(without.split())
        update = narrow(self.grants[grant_id], frozenset(without.split()))
        assert (update is not None) is (model.active and bool(less) and less != model.scope)
        if update is None:
            return
        if at_once:
            assert self.write(grant_id, update)
            self.models[grant_id] = replace(model, scope=less)
        else:
            self.writes.append((grant_id, update, lambda model: replace(model, scope=less)))

    @rule(data=st.data(), what=st.sampled_from(["use", "session facts", "another sweep"]))
    def something_small_is_noted(self, data: st.DataObject, what: str) -> None:
        grant = self.grants[self.of(data)]
        model = self.models[grant.id]
        if what == "another sweep":
            assert self.write(grant.id, postpone(grant, self.now + 60)) is model.ended
            return
        noted = used(grant, self.now)
        if what == "session facts":
            noted = keep_session_facts(SESSION_FACTS, grant, model.data_key, self.entropy)
        if noted is not None:
            self.writes.append((grant.id, noted, lambda model: model))

    @precondition(lambda self: self.writes)
    @rule(data=st.data())
    def a_late_write_arrives(self, data: st.DataObject) -> None:
        grant_id, update, happens = self.writes.pop(data.draw(st.integers(0, len(self.writes) - 1)))
        model = self.models[grant_id]
        if self.write(grant_id, update):
            assert model.active or (not model.ended and happens(model).ended)
            self.models[grant_id] = happens(model)

    # --- refreshing at the provider

    @rule(data=st.data(), steps=st.integers(0, 3))
    def a_refresher_reads(self, data: st.DataObject, steps: int) -> None:
        grant = self.grants[self.of(data)]
        if self.models[grant.id].active:
            one = Refresher(f"attempt-{len(self.refreshers)}-{self.elapsed}-{self.entropy(4).hex()}", grant)
            self.refreshers.append(one)
            for _ in range(steps):
                if one in self.refreshers:
                    self.go_on(one, "answered", None)

    @precondition(lambda self: self.refreshers)
    @rule(data=st.data(), outcome=mostly("answered", "unavailable", "died"), pause=st.sampled_from([None, 30]))
    def a_refresher_goes_on(self, data: st.DataObject, outcome: str, pause: int | None) -> None:
        self.go_on(data.draw(st.sampled_from(self.refreshers)), outcome, pause)

    def go_on(self, one: Refresher, outcome: str, pause: int | None) -> None:
        if one.taken_at is None:
            self.take(one)
        elif one.obtained is not None:
            self.store(one, one.obtained)
        elif outcome == "unavailable" or self.elapsed - one.taken_at > REFRESH_TAKES:
            self.give_up(one, pause)
        else:
            self.call(one, died=outcome == "died")

    def take(self, one: Refresher) -> None:
        grant_id = one.seen.id
        model = self.models[grant_id]
        free = model.lease_free(one.seen.props_version, one.seen.lease_id, self.now)
        assert self.write(grant_id, take_lease(one.seen, one.attempt_id, self.now)) is free
        if not free:
            self.refreshers.remove(one)
            return
        # I2: nobody else can still be calling the provider with these props.
        for other in self.refreshers:
            if other.seen.id == grant_id and other.taken_at is not None:
                outlived = self.elapsed - other.taken_at >= LEASE_SECONDS
                assert outlived or other.seen.props_version < one.seen.props_version
        one.taken_at = self.elapsed
        self.models[grant_id] = model.leased(one.attempt_id, self.now + LEASE_SECONDS)

    def call(self, one: Refresher, *, died: bool) -> None:
        grant_id = one.seen.id
        provider = self.providers[grant_id]
        presented = open_props(one.seen, self.models[grant_id].data_key).refresh_token or ""
        if presented in provider.used:
            # I1: only where a holder outlived its lease with the answer unsaved is a token used twice.
            assert provider.dead or presented in self.outlived or self.unsaved(grant_id)
        obtained = provider.refresh(presented, self.now)
        if obtained is None:
            self.refreshers.remove(one)
            self.provider_ended(one)
        elif died:
            self.refreshers.remove(one)
            self.outlived.add(presented)
            self.lost.add(provider.live)
        else:
            one.obtained = obtained
            self.keep_secret(grant_id, obtained.access_token, obtained.refresh_token or "")

    def unsaved(self, grant_id: str) -> bool:
        """Whether a process holds the provider's response for longer than the lease."""
        late = [one for one in self.refreshers if one.seen.id == grant_id and one.obtained is not None]
        return any(self.elapsed - (one.taken_at or 0) >= LEASE_SECONDS for one in late)

    def give_up(self, one: Refresher, pause: int | None) -> None:
        grant_id = one.seen.id
        not_before = None if pause is None else self.now + pause
        held = self.grants[grant_id].lease_id == one.attempt_id
        assert self.write(grant_id, release_lease(one.attempt_id, not_before=not_before)) is held
        if held:
            model = self.models[grant_id].leased(None, 0)
            self.models[grant_id] = model if not_before is None else replace(model, not_before=not_before)
        self.refreshers.remove(one)

    def provider_ended(self, one: Refresher) -> None:
        """`invalid_grant`: ours ends too, unless another worker's refresh was stored meanwhile."""
        model = self.models[one.seen.id]
        end = retire(Reason.PROVIDER_ENDED, self.now, Equals("props_version", one.seen.props_version))
        ends = not model.ended and model.version == one.seen.props_version
        assert self.write(one.seen.id, end) is ends
        self.models[one.seen.id] = replace(model, ended=model.ended or ends)

    def store(self, one: Refresher, obtained: Props) -> None:
        """In time, or as late as may be: it is stored unless the grant ended or something newer is there (I1)."""
        grant_id = one.seen.id
        model = self.models[grant_id]
        update = store_refreshed(seal_refreshed(one.seen, obtained, one.attempt_id, model.data_key, self.entropy))
        saves = model.active and model.version == one.seen.props_version
        assert self.write(grant_id, update) is saves
        if saves:
            self.models[grant_id] = model.refreshed(obtained)
            # F-17: the same write again changes nothing, and whose it was is known.
            assert not self.write(grant_id, update)
            assert self.grants[grant_id].refreshed_by == one.attempt_id
        elif model.active:
            assert self.grants[grant_id].refreshed_by != one.attempt_id
        self.refreshers.remove(one)
        if self.elapsed - (one.taken_at or 0) >= LEASE_SECONDS:
            self.outlived.add(open_props(one.seen, model.data_key).refresh_token or "")

    # --- what must be so after every step

    @invariant()
    def grants_are_as_their_stories(self) -> None:
        for grant_id in self.unchecked:
            grant, model = self.grants[grant_id], self.models[grant_id]
            state = GrantState.RETIRED if model.ended else GrantState.ACTIVE if model.active else GrantState.AUTHORIZED
            assert grant.state is state
            assert grant.props_version == model.version
            assert model.ended or grant.idle_expires_at == grant.due_at == model.idle_until
            assert grant.expires_at == model.expires_at
            self.nothing_is_in_clear(grant)
            if model.ended:
                self.nothing_opens(grant, model)
            else:
                self.live_tokens_open_the_props(grant, model)
        self.unchecked.clear()

    def nothing_is_in_clear(self, grant: Grant) -> None:
        """I6."""
        heap = stored_bytes(grant)
        assert not [secret for secret in self.secrets[grant.id] if secret in heap]

    def nothing_opens(self, grant: Grant, model: GrantModel) -> None:
        """I3."""
        assert not [name for name in TOKEN_FIELDS if getattr(grant, name) is not None]
        for pair in model.pairs:
            self.use(pair.access, RESOURCE)
        for token in model.refreshes:
            assert revoke(grant, token.text, model.client_id, self.now) is None

    def live_tokens_open_the_props(self, grant: Grant, model: GrantModel) -> None:
        if model.redeemed_at is None:
            assert unwrap_data_key(grant.code_wrap or b"", model.code, issued_as_code(grant)) == model.data_key
        else:
            assert grant.code_wrap is None
        for token in model.refreshes[-1:]:
            assert grant.refresh_hash == token.hash()
            assert unwrap_data_key(grant.refresh_wrap or b"", token, bound(grant, token)) == model.data_key
        for access in (model.current, model.previous):
            if access is not None:
                self.use(access.token, RESOURCE)
        assert open_props(grant, model.data_key) == model.props

    @invariant()
    def no_provider_token_is_lost(self) -> None:
        """I1: the one that the provider takes is stored, or in the hands of a worker that will store it."""
        for grant_id, provider in self.providers.items():
            model = self.models[grant_id]
            if model.ended or provider.dead or provider.live in self.lost:
                continue
            held = {one.obtained.refresh_token for one in self.refreshers if one.obtained is not None}
            assert provider.live in held | {model.props.refresh_token}


def token_of(request: Request) -> Token:
    return request.code if isinstance(request, Redemption) else request.refresh_token


def verdict_of(decision: Decision) -> Verdict:
    if isinstance(decision, Issued):
        return Verdict.REPEATED if decision.update is None else Verdict.ISSUED
    return Verdict.REFUSED if decision.update is None else Verdict.ENDED


def secrets_of(decision: Decision) -> list[bytes]:
    if not isinstance(decision, Issued):
        return []
    issued = [token for token in (decision.tokens.access, decision.tokens.refresh) if token is not None]
    return [secret for token in issued for secret in (token.text[26:].encode(), repr(token.secret)[2:-1].encode())]


@pytest.mark.parametrize(
    ("examples", "steps"),
    [pytest.param(25, 150, id="in short"), pytest.param(100, 150, id="at length", marks=pytest.mark.fuzz)],
)
def test_no_order_of_requests_breaks_what_holds_of_a_grant(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        LifeCycle,
        settings=settings(
            derandomize=True, database=None, deadline=None, max_examples=examples, stateful_step_count=steps
        ),
    )
