"""The sweep revokes ended grants at the provider and erases them, whatever happens in between."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import anyio
import msgspec
import pytest

from mailconnect.audit import Audit
from mailconnect.grants.errors import SealBroken
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.props import seal_props
from mailconnect.grants.provider_refresh.lease import LEASE_SECONDS
from mailconnect.grants.retirement import Reason
from mailconnect.keys.port import KeyUnavailable
from mailconnect.mail.errors import (
    MailboxError,
    NotAnswering,
    Throttled,
    Unauthorized,
    UnexpectedAnswer,
    Unreachable,
    UpstreamFault,
)
from mailconnect.pseudonyms import grant_hash
from mailconnect.store.audit import ERASURES, KEPT, PAGE, Actor, AuditPage, Event, What
from mailconnect.store.counters import Counter
from mailconnect.store.errors import RecordUnknown, StoreUnavailable
from mailconnect.store.ledger import Entry
from mailconnect.store.memory import MemoryAuditEvents, MemoryClients, MemoryCounters, MemoryGrants, MemoryLedger
from mailconnect.sweep.due_grants import HAND_OVER_SECONDS
from mailconnect.sweep.owner_erasure import LATEST_EVENT
from mailconnect.sweep.receipts import RECEIPT_LIFETIME
from mailconnect.sweep.revocation import GIVE_UP_AFTER, KEY_LOST_AFTER
from mailconnect.sweep.sweep import Sweep
from tests.provider.one_grant import CLIENT_OF_BEFORE, DATA_KEY, EARLY, EXPIRED, FRESH, OneGrant, one_grant
from tests.provider.strict_provider import LIFETIME, LOST, nothing
from tests.provider.watched_grants import Fault
from tests.store.clients_contract import PUBLIC

pytestmark = pytest.mark.anyio

DAY = 86_400
TROUBLE = [Unreachable(), NotAnswering(), Throttled("429"), Unauthorized("401"), UnexpectedAnswer("400")]


class Killed(BaseException):
    """kill -9: no handler of the program's sees it."""


class Opener:
    """The revocation wrap, which may be stuck or lead nowhere."""

    def __init__(self) -> None:
        self.fails: Exception | None = None
        self.opened: list[str] = []

    async def open_data_key(self, sealed: bytes, grant_id: str) -> bytes:
        if self.fails is not None:
            raise self.fails
        self.opened.append(grant_id)
        return DATA_KEY


class WatchedLedger(MemoryLedger):
    def __init__(self) -> None:
        super().__init__()
        self.before = nothing

    async def put(self, entry: Entry, now: int) -> None:
        await self.before("receipt")
        await super().put(entry, now)


@dataclass
class Sweeping:
    one: OneGrant
    opener: Opener = field(default_factory=Opener)
    clients: MemoryClients = field(default_factory=MemoryClients)
    ledger: WatchedLedger = field(default_factory=WatchedLedger)
    counters: MemoryCounters = field(default_factory=MemoryCounters)

    @property
    def sweep(self) -> Sweep:
        return Sweep(
            clients=self.clients,
            grants=self.one.grants,
            ledger=self.ledger,
            counters=self.counters,
            audit=self.one.audit,
            outbox=self.one.outbox,
            opener=self.opener,
            oauth=self.one.provider,
            clock=self.one.clock,
        )

    def receipts(self) -> list[dict[str, object]]:
        return [json.loads(entry.value) for entry in self.ledger._entries.values()]

    def change(self, **values: object) -> None:
        self.one.grants._grants[self.one.id] = replace(self.grant(), **values)

    def grant(self) -> Grant:
        grant = self.one.grant
        assert grant is not None
        return grant

    async def until(self, seconds: int) -> None:
        """A round each minute, for so long after now."""
        end = self.one.clock.now + seconds
        while self.one.clock.now < end and self.one.grant is not None:
            self.one.clock.now = max(self.one.clock.now + 60, min(self.grant().due_at, end))
            await self.sweep.run()


async def disconnected(*, api_token: bool = False) -> Sweeping:
    one = one_grant(FRESH, api_token=api_token)
    await one.retire()
    return Sweeping(one)


@pytest.fixture
def audited(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.INFO, "mailconnect.audit")
    return lambda: [json.loads(record.message)["event"] for record in caplog.records]


# In the ordinary case


async def test_a_disconnected_grant_is_revoked_and_erased_and_a_receipt_says_so(
    audited: Callable[[], list[str]],
) -> None:
    sweeping = await disconnected()
    one = sweeping.one
    assert await sweeping.sweep.run() == 1
    assert one.provider.revoked == ["fmr1-canary-0"]
    assert one.grant is None
    assert sweeping.receipts() == [
        {
            "grant": grant_hash(one.id),
            "reason": "owner_disconnected",
            "retired_at": one.clock(),
            "erased_at": one.clock(),
            "provider": "revoked",
        }
    ]
    assert audited() == ["operator_door_opened", "erased"]
    assert await sweeping.sweep.run() == 0


async def test_a_receipt_names_nobody_and_is_kept_for_400_days() -> None:
    sweeping = await disconnected()
    grant = sweeping.grant()
    await sweeping.sweep.run()
    key, entry = next(iter(sweeping.ledger._entries.items()))
    assert key == entry.key == f"receipt:{grant_hash(grant.id)}"
    assert entry.expires_at == sweeping.one.clock() + RECEIPT_LIFETIME == sweeping.one.clock() + 400 * DAY
    text = entry.value.decode() + key
    for private in (grant.id, grant.owner, grant.client_id, grant.client_name, "canary"):
        assert private not in text


async def test_a_receipts_days_begin_when_it_is_written_and_not_when_the_grant_ended() -> None:
    sweeping = await disconnected()
    ended = sweeping.one.clock()
    sweeping.one.clock.now += 3 * DAY  # in which the sweep did not run
    await sweeping.sweep.run()
    [entry] = sweeping.ledger._entries.values()
    assert json.loads(entry.value)["retired_at"] == ended
    assert entry.expires_at == ended + 3 * DAY + RECEIPT_LIFETIME


async def test_a_living_grant_is_let_be() -> None:
    sweeping = Sweeping(one_grant(FRESH))
    assert await sweeping.sweep.run() == 0
    assert sweeping.grant().state is GrantState.ACTIVE
    assert sweeping.opener.opened == []


async def test_a_grant_that_nobody_used_for_too_long_ends() -> None:
    sweeping = Sweeping(one_grant(FRESH))
    sweeping.one.clock.now = sweeping.grant().idle_expires_at - 1
    assert await sweeping.sweep.run() == 0
    sweeping.one.clock.now += 1
    assert await sweeping.sweep.run() == 1
    assert sweeping.receipts()[0]["reason"] == Reason.EXPIRED
    assert sweeping.one.provider.dead


async def test_a_code_that_nobody_redeemed_ends_with_its_tokens() -> None:
    sweeping = Sweeping(one_grant(FRESH))
    now = sweeping.one.clock()
    sweeping.change(state=GrantState.AUTHORIZED, idle_expires_at=now, due_at=now, access_hash=None, refresh_hash=None)
    assert await sweeping.sweep.run() == 1
    assert sweeping.one.provider.revoked == ["fmr1-canary-0"]


async def test_a_grant_that_was_used_in_the_last_moment_lives_on() -> None:
    sweeping = Sweeping(one_grant(FRESH))
    now = sweeping.one.clock()
    sweeping.change(due_at=now)

    async def before(step: str) -> None:
        if step == "retire":
            sweeping.change(due_at=now + 90 * DAY)

    sweeping.one.grants.before = before
    assert await sweeping.sweep.run() == 0
    assert sweeping.grant().state is GrantState.ACTIVE
    assert sweeping.one.provider.revoked == []


async def test_without_a_refresh_token_the_access_token_is_revoked() -> None:
    sweeping = await disconnected()
    sweeping.one.provider.rotating = False
    tokens = msgspec.structs.replace(sweeping.one.props, refresh_token=None)
    grant = sweeping.grant()
    sweeping.change(props=seal_props(tokens, grant, DATA_KEY, sweeping.one.entropy, version=grant.props_version))
    await sweeping.sweep.run()
    assert sweeping.one.provider.revoked == ["fmu1-canary-0"]


async def test_the_newest_token_is_the_one_that_is_revoked() -> None:
    one = one_grant(EXPIRED)
    assert await one.call() == "served"
    await one.retire()
    await Sweeping(one).sweep.run()
    assert one.provider.revoked == ["fmr1-canary-1"]
    assert one.provider.revoked_as == [CLIENT_OF_BEFORE]
    assert one.provider.dead


@pytest.mark.row("F-40")
@pytest.mark.parametrize("days", [1, 60, 89])
async def test_a_clock_that_goes_ahead_within_a_grants_life_and_comes_back_ends_nothing(days: int) -> None:
    sweeping = Sweeping(one_grant(EARLY))
    one = sweeping.one
    one.clock.now += days * 86_400
    assert await sweeping.sweep.run() == 0
    assert await one.call() == "served"
    one.clock.now -= days * 86_400
    assert await sweeping.sweep.run() == 0
    assert [await one.call(), await one.call()] == ["served", "served"]
    assert set(one.provider.presented.values()) == {1}


@pytest.mark.row("F-40")
async def test_a_clock_that_goes_beyond_it_is_believed_once_the_sweep_comes_by() -> None:
    sweeping = Sweeping(one_grant(EARLY))
    grant, now = sweeping.grant(), sweeping.one.clock.now
    assert grant.alive(now)
    assert not grant.alive(now + 400 * 86_400)
    assert await sweeping.one.call() == "served"
    sweeping.one.clock.now += 400 * 86_400
    assert await sweeping.sweep.run() == 1
    sweeping.one.clock.now = now
    assert await sweeping.one.call() == "401"


# Tokens that cannot be revoked


async def outcome_of(sweeping: Sweeping) -> object:
    assert await sweeping.sweep.run() == 1
    assert sweeping.one.grant is None
    [receipt] = sweeping.receipts()
    return receipt["provider"]


async def test_an_api_token_is_the_persons_own_and_is_forgotten() -> None:
    sweeping = await disconnected(api_token=True)
    assert await outcome_of(sweeping) == "api_token_forgotten"
    assert sweeping.one.provider.asked == {}


async def test_a_grant_of_a_provider_that_is_not_configured_any_more_is_erased() -> None:
    sweeping = await disconnected()
    sweeping.change(provider="https://other.example")
    assert await outcome_of(sweeping) == "provider_not_configured"
    assert sweeping.one.provider.asked == {}
    assert sweeping.opener.opened == []


async def test_where_a_provider_offers_no_revocation_the_receipt_says_so() -> None:
    sweeping = await disconnected()
    sweeping.one.provider.revocable = False
    assert await outcome_of(sweeping) == "no_revocation_endpoint"


@pytest.mark.row("ST-03")
async def test_a_seal_that_does_not_open_keeps_nothing_alive() -> None:
    sweeping = await disconnected()
    sweeping.opener.fails = SealBroken("sealed_tag")
    assert await outcome_of(sweeping) == "not_readable"


@pytest.mark.row("ST-03")
async def test_props_of_another_grant_keep_nothing_alive() -> None:
    sweeping = await disconnected()
    sweeping.change(props=sweeping.grant().data_key)
    assert await outcome_of(sweeping) == "not_readable"
    assert sweeping.one.provider.revoked == []


# The provider's trouble, and the keys'


@pytest.mark.row("F-38")
@pytest.mark.parametrize("error", TROUBLE)
async def test_while_the_provider_cannot_be_told_the_grant_stays_dead_and_waits(error: MailboxError) -> None:
    sweeping = await disconnected()
    sweeping.one.provider.answers["revoke"] = [error]
    now = sweeping.one.clock()
    assert await sweeping.sweep.run() == 0
    assert sweeping.grant().state is GrantState.RETIRED
    assert (sweeping.grant().due_at, sweeping.grant().revoke_attempts) == (now + 60, 1)
    assert sweeping.receipts() == []
    assert await sweeping.one.call() == "401"
    assert await sweeping.sweep.run() == 0, "not before it is due"
    sweeping.one.clock.now += 60
    assert await sweeping.sweep.run() == 1
    assert sweeping.receipts()[0]["provider"] == "revoked"
    assert sweeping.receipts()[0]["retired_at"] == now


@pytest.mark.row("F-38")
@pytest.mark.parametrize(("error", "asked"), [(Unreachable(), 1), (NotAnswering(), 1), (Throttled("429"), 2)])
async def test_a_round_does_not_wait_for_each_grant_where_nobody_answers(error: MailboxError, asked: int) -> None:
    sweeping = await disconnected()
    other = replace(sweeping.grant(), id="0" * 22)
    props = seal_props(sweeping.one.props, other, DATA_KEY, sweeping.one.entropy, version=other.props_version)
    await sweeping.one.grants.put(replace(other, props=props))
    sweeping.one.provider.answers["revoke"] = [error] * asked
    await sweeping.sweep.run()
    assert sweeping.one.provider.asked["revoke"] == asked
    sweeping.one.clock.now += 60
    await sweeping.sweep.run()
    assert sweeping.one.grants._grants == {}
    assert len(sweeping.receipts()) == 2


@pytest.mark.row("F-38")
async def test_the_pauses_grow_to_six_hours() -> None:
    sweeping = await disconnected()
    sweeping.one.provider.answers["revoke"] = [Throttled("429")] * 30
    pauses: list[int] = []
    for _ in range(12):
        await sweeping.sweep.run()
        pauses.append(sweeping.grant().due_at - sweeping.one.clock())
        sweeping.one.clock.now = sweeping.grant().due_at
    assert pauses == [60, 120, 240, 480, 960, 1920, 3840, 7680, 15_360, 21_600, 21_600, 21_600]


@pytest.mark.row("F-38", "F-34")
@pytest.mark.parametrize(
    ("error", "days", "outcome"),
    [
        (Unreachable(), GIVE_UP_AFTER // DAY, "not_confirmed"),
        (UnexpectedAnswer("400"), GIVE_UP_AFTER // DAY, "not_confirmed"),
        (KeyUnavailable("disabled"), KEY_LOST_AFTER // DAY, "not_readable"),
    ],
)
async def test_after_days_of_trying_it_is_erased_all_the_same_and_an_alarm_says_so(
    error: MailboxError | KeyUnavailable, days: int, outcome: str, audited: Callable[[], list[str]]
) -> None:
    sweeping = await disconnected()
    if isinstance(error, MailboxError):
        sweeping.one.provider.answers["revoke"] = [error] * 1000
    else:
        sweeping.opener.fails = error
    await sweeping.until(days * DAY - 1)
    assert sweeping.one.grant is not None
    assert "revocation_given_up" not in audited()
    await sweeping.until(3600)
    assert sweeping.one.grant is None
    assert sweeping.receipts()[0]["provider"] == outcome
    assert audited().count("revocation_given_up") == 1


@pytest.mark.row("F-38", "F-34")
@pytest.mark.parametrize("error", [*TROUBLE, UpstreamFault("503"), KeyUnavailable("denied")])
async def test_every_postponement_is_told_with_its_reason(
    error: MailboxError | KeyUnavailable, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "mailconnect.audit")
    sweeping = await disconnected()
    if isinstance(error, MailboxError):
        sweeping.one.provider.answers["revoke"] = [error]
    else:
        sweeping.opener.fails = error
    await sweeping.sweep.run()
    [told] = [line for record in caplog.records if (line := json.loads(record.message))["event"] != What.WRAP_OPENED]
    assert (told["event"], told["grant"]) == ("revocation_postponed", grant_hash(sweeping.one.id))
    assert told["reason"] == type(error).__name__


@pytest.mark.row("F-38", "F-34")
@pytest.mark.parametrize("error", [*TROUBLE, UpstreamFault("503"), KeyUnavailable("denied")])
async def test_the_alarm_rings_within_hours_by_a_single_grants_postponements(
    error: MailboxError | KeyUnavailable, caplog: pytest.LogCaptureFixture
) -> None:
    """infra/observability.yaml: at least one in each of three of six hours, by rounds five minutes apart."""
    caplog.set_level(logging.INFO, "mailconnect.audit")
    sweeping = await disconnected()
    began, hours = sweeping.one.clock.now, set()
    sweeping.one.provider.answers["revoke"] = [error] * 1000 if isinstance(error, MailboxError) else []
    sweeping.opener.fails = error if isinstance(error, KeyUnavailable) else None
    while sweeping.one.clock.now < began + 6 * 3600:
        caplog.clear()
        await sweeping.sweep.run()
        if "revocation_postponed" in caplog.text:
            hours.add((sweeping.one.clock.now - began) // 3600)
        sweeping.one.clock.now += 300
    assert len(hours) >= 3


@pytest.mark.row("F-38")
async def test_of_all_tries_the_first_is_logged_as_an_opening_of_the_wrap(
    audited: Callable[[], list[str]],
) -> None:
    """The alarm for unusually many counts connections, and a person's history need not have forty lines of it."""
    sweeping = await disconnected()
    owner = sweeping.grant().owner
    sweeping.one.provider.answers["revoke"] = [Throttled("429")] * 1000
    await sweeping.until(GIVE_UP_AFTER + DAY)
    assert sweeping.one.grant is None
    assert audited().count("operator_door_opened") == 1
    assert audited().count("revocation_postponed") > 30
    assert (await kept_of(sweeping, owner)).count("operator_door_opened") == 1


@pytest.mark.row("F-34")
async def test_days_without_the_key_are_none_of_those_that_the_provider_is_asked_in() -> None:
    sweeping = await disconnected()
    sweeping.opener.fails = KeyUnavailable("disabled")
    await sweeping.until(GIVE_UP_AFTER + DAY)
    assert sweeping.grant().revoke_attempts is None
    sweeping.opener.fails = None
    sweeping.one.provider.answers["revoke"] = [UpstreamFault("503")] * 3
    await sweeping.until(DAY)
    assert sweeping.receipts()[0]["provider"] == "revoked"


@pytest.mark.row("F-38")
async def test_days_in_which_no_sweep_ran_are_none_of_them_either() -> None:
    sweeping = await disconnected()
    sweeping.one.clock.now += GIVE_UP_AFTER + DAY
    sweeping.one.provider.answers["revoke"] = [Unreachable()]
    await sweeping.until(DAY)
    assert sweeping.receipts()[0]["provider"] == "revoked"


@pytest.mark.row("F-34")
async def test_without_the_key_a_round_asks_once_and_an_hour_later_at_the_latest_again() -> None:
    sweeping = await disconnected()
    await sweeping.one.grants.put(replace(sweeping.grant(), id="0" * 22))
    sweeping.opener.fails = KeyUnavailable("disabled")
    await sweeping.sweep.run()
    assert sum(grant.due_at > sweeping.one.clock() for grant in sweeping.one.grants._grants.values()) == 1
    await sweeping.until(3 * DAY)
    assert sweeping.grant().due_at - sweeping.one.clock() <= 3600


@pytest.mark.row("F-34")
async def test_a_key_that_is_back_opens_what_waited() -> None:
    sweeping = await disconnected()
    sweeping.opener.fails = KeyUnavailable("throttled")
    assert await sweeping.sweep.run() == 0
    sweeping.opener.fails = None
    sweeping.one.clock.now += 60
    assert await sweeping.sweep.run() == 1
    assert sweeping.one.provider.dead


@pytest.mark.row("F-39")
async def test_a_revocation_whose_answer_was_lost_is_repeated_and_harms_nothing() -> None:
    sweeping = await disconnected()
    sweeping.one.provider.answers["revoke"] = [LOST]
    assert await sweeping.sweep.run() == 0
    sweeping.one.clock.now += 60
    assert await sweeping.sweep.run() == 1
    assert sweeping.one.provider.revoked == ["fmr1-canary-0"] * 2
    assert len(sweeping.receipts()) == 1


# Killed, raced, disturbed


async def steps_of(sweeping: Sweeping, *, killed_at: int | None) -> int:
    """Runs a sweep and counts its steps; it is killed before one of them."""
    count = 0

    async def before(_: str) -> None:
        nonlocal count
        if count == killed_at:
            raise Killed
        count += 1

    one = sweeping.one
    one.grants.before = one.outbox.before = one.provider.before = sweeping.ledger.before = before
    try:
        await sweeping.sweep.run()
    except Killed:
        pass
    finally:
        one.grants.before = one.outbox.before = one.provider.before = sweeping.ledger.before = nothing
    return count


async def with_a_token_in_the_outbox() -> OneGrant:
    """The provider takes no other."""
    one = one_grant(EXPIRED)
    one.grants.faults["store"] = [Fault.UNAVAILABLE] * 5
    assert await one.call() == "Busy"
    return one


@pytest.mark.row("F-36")
@pytest.mark.parametrize("waiting", [False, True])
@pytest.mark.parametrize("step", range(9))
async def test_a_sweep_that_is_killed_at_any_step_is_finished_by_the_next(step: int, waiting: bool) -> None:
    made = with_a_token_in_the_outbox if waiting else one_grant_early
    sweeping, whole = Sweeping(await made()), Sweeping(await made())
    sweeping.one.clock.now = whole.one.clock.now = sweeping.grant().idle_expires_at
    assert await steps_of(whole, killed_at=None) == 8  # get, retire, get, look, revoke, receipt, erase, delete
    await steps_of(sweeping, killed_at=step)
    assert await sweeping.one.call() in {"401", "served"}
    assert (sweeping.one.grant is None) == (step > 7)
    await sweeping.sweep.run()
    assert sweeping.one.grant is None
    assert sweeping.one.provider.dead
    assert sweeping.one.waiting is None
    assert len(sweeping.receipts()) == 1


async def one_grant_early() -> OneGrant:
    return one_grant(EARLY)


@pytest.mark.row("F-16", "F-36")
async def test_the_token_in_the_outbox_is_the_one_to_revoke() -> None:
    one = await with_a_token_in_the_outbox()
    await one.retire()
    sweeping = Sweeping(one)
    one.outbox.faults["look"] = [Fault.UNAVAILABLE]
    assert await sweeping.sweep.run() == 0
    assert one.provider.revoked == []
    assert await sweeping.sweep.run() == 0
    assert one.provider.revoked == ["fmr1-canary-1"]
    assert one.provider.dead
    one.clock.now += LEASE_SECONDS + HAND_OVER_SECONDS  # until then more might come
    assert await sweeping.sweep.run() == 1
    assert one.waiting is None


@pytest.mark.row("F-16", "F-36")
async def test_an_outdated_token_in_the_outbox_is_erased_and_not_used() -> None:
    one = await with_a_token_in_the_outbox()
    one.outbox.faults["erase"] = [Fault.UNAVAILABLE]
    one.clock.now += LEASE_SECONDS
    assert await one.call() == "served"
    one.clock.now += LIFETIME
    assert await one.call() == "served"
    await one.retire()
    assert await Sweeping(one).sweep.run() == 1
    assert one.provider.revoked == ["fmr1-canary-2"]
    assert one.waiting is None


@pytest.mark.row("F-36")
async def test_a_disconnected_grant_is_dead_before_the_sweep_begins() -> None:
    sweeping = await disconnected()
    for step in range(4):
        assert await sweeping.one.call() == "401"
        await steps_of(sweeping, killed_at=step)
    assert await sweeping.one.call() == "401"


@pytest.mark.row("F-39")
async def test_two_sweeps_at_once_leave_one_receipt() -> None:
    sweeping = await disconnected()

    async def before(_: str) -> None:
        await anyio.lowlevel.checkpoint()

    one = sweeping.one
    one.grants.before = one.provider.before = sweeping.ledger.before = before
    async with anyio.create_task_group() as group:
        group.start_soon(sweeping.sweep.run)
        group.start_soon(sweeping.sweep.run)
    assert one.grant is None
    assert len(sweeping.receipts()) == 1
    assert set(one.provider.revoked) == {"fmr1-canary-0"}


@pytest.mark.row("F-39")
async def test_two_sweeps_at_once_postpone_once() -> None:
    sweeping = await disconnected()
    both = anyio.Event()
    asking = 0

    async def before(step: str) -> None:
        nonlocal asking
        if step == "revoke":
            asking += 1
            if asking == 2:
                both.set()
            await both.wait()

    sweeping.one.provider.before = before
    sweeping.one.provider.answers["revoke"] = [Throttled("429")] * 2
    async with anyio.create_task_group() as group:
        group.start_soon(sweeping.sweep.run)
        group.start_soon(sweeping.sweep.run)
    assert sweeping.grant().revoke_attempts == 1


@pytest.mark.row("F-21")
@pytest.mark.parametrize("step", ["get", "delete", "retire"])
@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.LOST])
async def test_a_store_that_fails_interrupts_the_round_and_no_more(step: str, fault: Fault) -> None:
    sweeping = Sweeping(one_grant(FRESH))
    sweeping.one.clock.now = sweeping.grant().idle_expires_at
    sweeping.one.grants.faults[step] = [fault]
    await sweeping.sweep.run()
    await sweeping.sweep.run()
    assert sweeping.one.grant is None
    assert len(sweeping.receipts()) == 1


@dataclass
class OfAnotherVersion(MemoryGrants):
    _grants: dict[str, Grant]
    unknown: set[str]

    async def get(self, grant_id: str) -> Grant | None:
        if grant_id in self.unknown:
            raise RecordUnknown("a grant of a newer version")
        return await super().get(grant_id)


@pytest.mark.row("F-42")
async def test_one_record_that_a_newer_version_wrote_holds_up_no_other(
    audited: Callable[[], list[str]],
) -> None:
    sweeping = await disconnected()
    first = replace(sweeping.grant(), id="1" * 22, due_at=1)
    await sweeping.one.grants.put(first)
    sweeping.one.grants.inner = newer = OfAnotherVersion(sweeping.one.grants._grants, {first.id})
    assert await sweeping.sweep.run() == 1
    assert sweeping.one.grant is None
    assert audited().count("sweep_interrupted") == 1
    newer.unknown.clear()
    assert await sweeping.sweep.run() == 1
    assert newer._grants == {}


async def test_a_round_has_so_many_places_and_those_it_cannot_read_take_none(
    audited: Callable[[], list[str]],
) -> None:
    sweeping = await disconnected()
    ended = sweeping.grant()
    newer = OfAnotherVersion(sweeping.one.grants._grants, {f"{number:022}" for number in range(150)})
    sweeping.one.grants.inner = newer
    newer._grants.clear()
    for number in range(150):
        await newer.put(replace(ended, id=f"{number:022}", due_at=1))
    for number in range(1000, 1150):
        await newer.put(replace(ended, id=f"{number:022}", due_at=2))
    await sweeping.sweep.run()
    assert audited().count("erased") == 100
    assert audited().count("sweep_interrupted") == 1
    await sweeping.sweep.run()
    assert audited().count("erased") == 150


@pytest.mark.row("F-42")
async def test_an_erasure_waits_for_the_version_that_can_read_what_is_left() -> None:
    sweeping = Sweeping(one_grant(FRESH))
    other = replace(sweeping.grant(), id="1" * 22)
    await sweeping.one.grants.put(other)
    owner = await asked_for(sweeping)
    sweeping.one.grants.inner = newer = OfAnotherVersion(sweeping.one.grants._grants, {other.id})
    sweeping.one.clock.now += LATEST_EVENT
    await sweeping.sweep.run()
    assert await kept_of(sweeping, owner) == []
    assert await kept_of(sweeping, ERASURES) == [What.ERASURE_REQUESTED]
    newer.unknown.clear()
    for _ in range(3):
        await sweeping.sweep.run()
    assert newer._grants == {}
    assert sweeping.one.events._events == {}


@pytest.mark.row("F-42")
async def test_an_erasure_waits_for_the_version_that_can_read_the_history_too() -> None:
    class Newer(MemoryAuditEvents):
        unknown = 1

        async def of_owner(self, owner: str, now: int, **bounds: Any) -> AuditPage:
            page = await super().of_owner(owner, now, **bounds)
            return page if owner == ERASURES else replace(page, unknown=self.unknown)

    sweeping = Sweeping(one_grant(FRESH))
    sweeping.one.events = events = Newer()
    owner = await asked_for(sweeping)
    sweeping.one.clock.now += LATEST_EVENT
    for unknown, left in ((1, [What.ERASURE_REQUESTED]), (0, [])):
        events.unknown = unknown
        await sweeping.sweep.run()
        await sweeping.sweep.run()
        assert await kept_of(sweeping, owner) == []
        assert await kept_of(sweeping, ERASURES) == left


async def test_more_history_than_a_page_is_erased_too() -> None:
    sweeping = Sweeping(one_grant(FRESH))
    owner = sweeping.grant().owner
    for _ in range(PAGE + 10):
        await sweeping.one.audit.of_owner(What.SIGNED_IN, owner, Actor.OWNER)
    await asked_for(sweeping)
    await sweeping.sweep.run()
    assert await kept_of(sweeping, owner) == []


@pytest.mark.row("F-21")
async def test_a_ledger_that_fails_keeps_the_grant_until_the_receipt_is_written() -> None:
    sweeping = await disconnected()

    async def before(_: str) -> None:
        sweeping.ledger.before = nothing
        raise StoreUnavailable("not now")

    sweeping.ledger.before = before
    assert await sweeping.sweep.run() == 0
    assert sweeping.grant().state is GrantState.RETIRED
    assert await sweeping.sweep.run() == 1


# Everything else that expires


async def test_registrations_ledger_entries_and_counters_go_when_they_have_expired() -> None:
    sweeping = Sweeping(one_grant(FRESH))
    now = sweeping.one.clock()
    await sweeping.clients.put(replace(PUBLIC, created_at=now, expires_at=now + 10))
    await sweeping.ledger.put(Entry(key="pending:1", value=b"x", expires_at=now + 20), now)
    await sweeping.counters.add(Counter("limit:1", 1, now + 15), 2)
    for at, left in ((9, (1, 1, 1)), (10, (0, 1, 1)), (15, (0, 1, 0)), (20, (0, 0, 0))):
        sweeping.one.clock.now = now + at
        await sweeping.sweep.run()
        held = (sweeping.clients._clients, sweeping.ledger._entries, sweeping.counters._counters)
        assert tuple(map(len, held)) == left, at


async def test_an_expired_entry_goes_also_when_the_provider_is_down() -> None:
    sweeping = await disconnected()
    now = sweeping.one.clock()
    sweeping.one.provider.answers["revoke"] = [Unreachable()]
    await sweeping.ledger.put(Entry(key="pending:1", value=b"x", expires_at=now + 20), now)
    sweeping.one.clock.now += 20
    await sweeping.sweep.run()
    assert sweeping.ledger._entries == {}


# Everything of one person, on request


async def asked_for(sweeping: Sweeping) -> str:
    """All of the grant's owner, disconnected and told of; the owner."""
    grant = sweeping.grant()
    await sweeping.one.audit.of_grant(What.CONNECTED, grant, Actor.OWNER, "notice 1")
    await sweeping.one.audit.of_owner(What.EXPORTED, grant.owner, Actor.OWNER)
    await sweeping.one.audit.request_erasure(grant.owner, Actor.OWNER)
    await sweeping.one.retire()
    return grant.owner


async def kept_of(sweeping: Sweeping, owner: str) -> list[str]:
    return [event.what for event in (await sweeping.one.events.of_owner(owner, sweeping.one.clock())).events]


async def test_an_end_leaves_its_history_and_a_request_for_erasure_leaves_none() -> None:
    sweeping = Sweeping(one_grant(FRESH))
    owner = sweeping.grant().owner
    await sweeping.one.audit.of_grant(What.CONNECTED, sweeping.grant(), Actor.OWNER)
    await sweeping.one.retire()
    await sweeping.sweep.run()
    assert await kept_of(sweeping, owner) == ["erased", "operator_door_opened", "connected"]
    await sweeping.one.audit.request_erasure(owner, Actor.OWNER)
    assert await sweeping.sweep.run() == 3
    assert await kept_of(sweeping, owner) == []


async def test_events_of_a_call_under_way_are_erased_too_and_then_the_request_itself() -> None:
    sweeping = Sweeping(one_grant(FRESH))
    grant = sweeping.grant()
    owner = await asked_for(sweeping)
    await sweeping.sweep.run()
    assert await kept_of(sweeping, owner) == []
    sweeping.one.clock.now += LATEST_EVENT - 1
    await sweeping.one.audit.of_grant(What.GRANT_RETIRED, grant, Actor.PROVIDER)
    await sweeping.sweep.run()
    assert await kept_of(sweeping, owner) == []
    assert await kept_of(sweeping, ERASURES) == [What.ERASURE_REQUESTED]
    sweeping.one.clock.now += 1
    await sweeping.sweep.run()
    assert sweeping.one.events._events == {}


@pytest.mark.row("F-38")
async def test_an_erasure_waits_for_a_provider_that_cannot_be_told() -> None:
    sweeping = Sweeping(one_grant(FRESH))
    owner = await asked_for(sweeping)
    sweeping.one.provider.answers["revoke"] = [Throttled("429")] * 1000
    await sweeping.until(GIVE_UP_AFTER + 8 * 3600)
    assert sweeping.one.grant is None
    await sweeping.sweep.run()
    assert await kept_of(sweeping, owner) == []
    assert sweeping.one.events._events == {}


async def test_an_owner_who_connects_anew_during_the_erasure_keeps_what_is_new() -> None:
    sweeping = Sweeping(one_grant(FRESH))
    new = replace(sweeping.grant(), id="1" * 22, created_at=sweeping.one.clock() + 1)
    owner = await asked_for(sweeping)
    sweeping.one.clock.now += 1
    await sweeping.one.grants.put(new)
    await sweeping.one.audit.of_grant(What.CONNECTED, new, Actor.OWNER)
    await sweeping.one.audit.of_owner(What.SIGNED_IN, owner, Actor.OWNER)
    await sweeping.sweep.run()
    assert sorted(await kept_of(sweeping, owner)) == ["connected", "signed_in"]
    sweeping.one.clock.now += LATEST_EVENT
    await sweeping.sweep.run()
    assert sorted(await kept_of(sweeping, owner)) == ["connected", "signed_in"]
    assert await kept_of(sweeping, ERASURES) == []


@pytest.mark.parametrize(
    ("actor", "reason"),
    [(Actor.OWNER, Reason.OWNER_DISCONNECTED), (Actor.OPERATOR, Reason.OPERATOR_DISCONNECTED)],
)
async def test_a_connection_that_the_index_told_of_too_late_is_ended_by_the_erasure(
    actor: Actor, reason: Reason
) -> None:
    sweeping = Sweeping(one_grant(FRESH))
    before, owner = sweeping.grant(), sweeping.grant().owner
    after = replace(before, id="1" * 22, created_at=sweeping.one.clock() + 1)
    another = replace(before, id="2" * 22, owner="another")
    for grant in (after, another):
        await sweeping.one.grants.put(grant)
    await sweeping.one.audit.request_erasure(owner, actor)
    await sweeping.sweep.run()
    assert sweeping.grant().retired_reason == reason
    assert sweeping.one.grants.retired == {before.id: reason}
    await sweeping.sweep.run()
    assert sweeping.one.grant is None
    [receipt] = sweeping.receipts()
    assert receipt["reason"] == reason
    assert await kept_of(sweeping, owner) == []
    sweeping.one.clock.now += LATEST_EVENT
    await sweeping.sweep.run()
    assert sweeping.one.events._events == {}


@pytest.mark.row("F-17")
async def test_a_request_for_erasure_whose_answer_was_lost_is_known_again() -> None:
    class Losing(MemoryAuditEvents):
        made = True

        async def append(self, event: Event) -> None:
            if self.made:
                await super().append(event)
            raise StoreUnavailable("lost")

    events = Losing()
    audit = Audit(events, lambda: 1_800_000_000, bytes)
    await audit.request_erasure("alice", Actor.OWNER)
    assert [one.reason for one in (await events.of_owner(ERASURES, 0)).events] == ["alice"]
    events.made = False
    with pytest.raises(StoreUnavailable):
        await audit.request_erasure("bob", Actor.OWNER)


async def test_an_event_that_cannot_be_kept_holds_nothing_up_and_the_log_says_so(
    audited: Callable[[], list[str]],
) -> None:
    class Away(MemoryAuditEvents):
        async def append(self, event: Event) -> None:
            raise StoreUnavailable("away")

    audit = Audit(Away(), lambda: 1_800_000_000, bytes)
    await audit.of_owner(What.EXPORTED, "alice", Actor.OWNER)
    assert audited() == ["exported", "event_not_kept"]


async def test_another_persons_history_is_not_touched() -> None:
    sweeping = Sweeping(one_grant(FRESH))
    await sweeping.one.audit.of_owner(What.SIGNED_IN, "another", Actor.OWNER)
    await asked_for(sweeping)
    await sweeping.sweep.run()
    assert await kept_of(sweeping, "another") == ["signed_in"]


async def test_history_is_kept_for_90_days() -> None:
    sweeping = Sweeping(one_grant(FRESH))
    await sweeping.one.audit.of_owner(What.SIGNED_IN, "somebody", Actor.OWNER)
    sweeping.one.clock.now += KEPT - 1
    await sweeping.sweep.run()
    assert await kept_of(sweeping, "somebody") == ["signed_in"]
    sweeping.one.clock.now += 1
    await sweeping.sweep.run()
    assert "signed_in" not in [event.what for event in sweeping.one.events._events.values()]
    assert KEPT == 90 * DAY
