"""Refreshing the provider's token under every fault that has a row in docs/faults.md."""

import json
import logging
from dataclasses import replace

import anyio
import pytest
from anyio.lowlevel import checkpoint

from mailconnect.grants.grant import TOKEN_FIELDS, GrantState
from mailconnect.grants.props import Props, seal_props, seal_session_facts
from mailconnect.grants.provider_refresh.lease import LEASE_SECONDS, take_lease
from mailconnect.grants.provider_refresh.refreshed import seal_refreshed, store_refreshed
from mailconnect.grants.provider_refresh.refusal import REFRESH_LASTING
from mailconnect.grants.retirement import Reason
from mailconnect.mail.errors import (
    MailboxError,
    NotAnswering,
    Throttled,
    UnexpectedAnswer,
    Unreachable,
    UpstreamFault,
)
from mailconnect.provider import connection
from mailconnect.provider.attempt import NEEDED_SECONDS
from mailconnect.provider.errors import (
    Busy,
    ClientRefused,
    GrantEnded,
    RefreshRefused,
    RefreshUnderWay,
    TemporarilyRefused,
)
from mailconnect.provider.refresh import WAIT_SECONDS
from mailconnect.pseudonyms import grant_hash
from mailconnect.store.audit import What
from mailconnect.store.errors import StoreUnavailable
from mailconnect.sweep.due_grants import HAND_OVER_SECONDS
from tests.provider.one_grant import (
    CLIENT_OF_BEFORE,
    DATA_KEY,
    EARLY,
    ENDED,
    ENDING,
    EXPIRED,
    FACTS,
    FRESH,
    NOW,
    OneGrant,
    one_grant,
)
from tests.provider.strict_provider import LIFETIME, LOST, nothing
from tests.provider.watched_grants import Fault
from tests.real_scopes import ALL

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("either_store")]

PASSING = [
    UpstreamFault("500"),
    UpstreamFault("502"),
    UpstreamFault("503"),
    UnexpectedAnswer("302"),
]


@pytest.fixture
def audited(caplog: pytest.LogCaptureFixture):
    """The history so far."""
    caplog.set_level(logging.INFO, "mailconnect.audit")
    return lambda: [json.loads(record.message) for record in caplog.records]


def assert_untouched(one: OneGrant) -> None:
    """Alive, with the token it had, and free for the next attempt."""
    grant = one.grant
    assert grant is not None
    assert (grant.state, grant.props_version) == (GrantState.ACTIVE, 1)
    assert one.props.refresh_token == one.provider.refresh_token
    assert grant.lease_id is grant.lease_until is None


def other_refresh(one: OneGrant, attempt_id: str = "another one's"):
    """Another process's refresh is stored, whether the provider knows it or not."""
    props = Props(access_token="fmu1-newer", refresh_token="fmr1-newer", obtained_at=NOW, expires_at=NOW + 9999)
    grant = one.grant
    assert grant is not None
    return store_refreshed(seal_refreshed(grant, props, attempt_id, DATA_KEY, one.entropy))


# In the ordinary case


async def test_a_token_that_is_good_is_not_refreshed() -> None:
    one = one_grant(FRESH)
    assert await one.call() == "served"
    assert one.provider.asked == {"call": 1}
    assert one.grants.done == []


@pytest.mark.row("I1")
@pytest.mark.parametrize("seconds_left", [EARLY, ENDING, EXPIRED])
async def test_a_refreshed_token_is_stored_before_it_is_used(seconds_left: int) -> None:
    one = one_grant(seconds_left)
    steps: list[str] = []

    async def note(step: str) -> None:
        steps.append(step)

    one.grants.before = one.provider.before = note
    assert await one.call() == "served"
    assert steps == ["get", "take", "refresh", "store", "call"]
    assert one.props.refresh_token == one.provider.refresh_token == "fmr1-canary-1"
    assert one.props.access_token == "fmu1-canary-1"
    assert one.props.expires_at == one.clock() + LIFETIME


async def test_a_token_is_refreshed_by_the_client_that_it_was_issued_to_and_stays_that_clients() -> None:
    one = one_grant(EXPIRED)
    assert await one.call() == "served"
    assert one.provider.prepared_as == one.provider.refreshed_as == [CLIENT_OF_BEFORE]
    assert one.props.client_id == CLIENT_OF_BEFORE


async def test_the_holder_of_the_lease_is_the_one_that_refreshed() -> None:
    one, holders = one_grant(EXPIRED), []

    async def before(step: str) -> None:
        if step == "refresh":
            holders.append(one.grant.lease_id if one.grant else None)

    one.provider.before = before
    assert await one.call() == "served"
    assert one.grant
    assert holders == [one.grant.refreshed_by]
    assert len(bytes.fromhex(one.grant.refreshed_by or "")) == 16


async def test_refreshed_tokens_are_returned_as_they_are_stored() -> None:
    one = one_grant(EXPIRED)
    renewed = await one.renew()
    assert renewed.grant == one.grant
    assert renewed.props == one.props


@pytest.mark.row("F-12")
async def test_a_provider_that_does_not_rotate_leaves_us_the_old_token() -> None:
    one = one_grant(EXPIRED)
    one.provider.rotating = False
    assert await one.call() == "served"
    one.clock.now += LIFETIME
    assert await one.call() == "served"
    assert one.props.refresh_token == "fmr1-canary-0"
    assert one.provider.presented == {"fmr1-canary-0": 2}


# The provider's trouble


@pytest.mark.row("F-01")
@pytest.mark.parametrize("error", PASSING)
async def test_a_failed_refresh_changes_nothing(error: MailboxError) -> None:
    one = one_grant(EXPIRED)
    one.provider.answers["refresh"] = [error]
    assert await one.call() == type(error).__name__
    assert_untouched(one)
    assert one.provider.asked["refresh"] == 1
    assert await one.call() == "served"


@pytest.mark.row("F-03")
async def test_where_nothing_was_sent_it_is_tried_once_more() -> None:
    one = one_grant(EXPIRED)
    one.provider.answers["refresh"] = [Unreachable("ConnectError")]
    assert await one.call() == "served"
    assert one.provider.presented == {"fmr1-canary-0": 1}
    assert one.provider.refreshed_as == [CLIENT_OF_BEFORE] * 2
    assert [0.05 <= pause <= 0.25 for pause in one.slept] == [True]


@pytest.mark.row("F-03")
async def test_where_nothing_was_sent_it_is_not_tried_a_third_time() -> None:
    one = one_grant(EXPIRED)
    one.provider.answers["refresh"] = [Unreachable("ConnectError")] * 3
    assert await one.call() == Unreachable.__name__
    assert one.provider.asked["refresh"] == 2
    assert_untouched(one)


@pytest.mark.row("F-03")
@pytest.mark.parametrize("lacking", ["lease", "request"])
async def test_it_is_not_tried_a_second_time_without_the_time_for_it(lacking: str) -> None:
    one = one_grant(EXPIRED)
    one.provider.answers["refresh"] = [Unreachable("ConnectTimeout")]

    async def before(step: str) -> None:
        if step == "refresh":
            one.clock.now += LEASE_SECONDS if lacking == "lease" else 0
            one.seconds_left = 900.0 if lacking == "lease" else NEEDED_SECONDS - 1

    one.provider.before = before
    assert await one.call() == Unreachable.__name__
    assert one.provider.asked["refresh"] == 1
    assert_untouched(one)


@pytest.mark.row("F-01")
@pytest.mark.parametrize("error", [*PASSING, Throttled("429"), ClientRefused(), LOST, TemporarilyRefused()])
async def test_a_valid_token_is_used_when_it_cannot_be_refreshed(error: MailboxError) -> None:
    one = one_grant(EARLY)
    one.provider.answers["refresh"] = [error]
    assert await one.call() == "served"
    assert one.grant is not None
    assert one.grant.state is GrantState.ACTIVE


@pytest.mark.row("F-02")
@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (Throttled("429", retry_after=20), 20),
        (Throttled("429"), 30),
        (Throttled("429", retry_after=3600), 600),
        (TemporarilyRefused("temporary"), 30),
        (UpstreamFault("503", retry_after=45), 45),
    ],
)
async def test_nobody_asks_again_before_the_time_the_provider_named(error: MailboxError, pause: int) -> None:
    one = one_grant(EXPIRED)
    one.provider.answers["refresh"] = [error]
    assert await one.call() == type(error).__name__
    assert_untouched(one)
    one.clock.now += pause - 1
    with pytest.raises(Throttled) as throttled:
        await one.renew()
    assert (str(throttled.value), throttled.value.retry_after) == ("429", 1)
    assert one.provider.asked["refresh"] == 1
    assert one.slept == []
    one.clock.now += 1
    assert await one.call() == "served"
    assert one.grant is not None
    assert one.grant.not_before is None


@pytest.mark.row("F-05")
@pytest.mark.parametrize(("seconds", "tries"), [(2, 3), (3, 1), (8, 1)])
@pytest.mark.parametrize("error", [Unreachable(), NotAnswering(), UpstreamFault("504")])
async def test_calls_whose_token_is_good_are_not_each_held_up_by_a_slow_token_endpoint(
    error: MailboxError, seconds: int, tries: int
) -> None:
    one = one_grant(EARLY)
    one.provider.answers["refresh"] = [error] * 9

    async def before(step: str) -> None:
        one.clock.now += seconds if step == "refresh" and not one.provider.asked["refresh"] else 0

    one.provider.before = before
    assert [await one.call() for _ in range(3)] == ["served"] * 3
    assert one.grants.done.count("take") == tries
    one.provider.answers.clear()
    one.clock.now += 30
    assert await one.call() == "served"
    assert one.provider.generation == 1


@pytest.mark.row("F-05")
@pytest.mark.parametrize("seconds_left", [100, 80, 61])
async def test_the_pause_after_a_slow_refresh_is_over_when_the_token_serves_no_more(seconds_left: int) -> None:
    one = one_grant(seconds_left)
    one.provider.answers["refresh"] = [NotAnswering()]

    async def before(step: str) -> None:
        one.clock.now += 8 if step == "refresh" else 0

    one.provider.before = before
    assert await one.call() == "served"
    one.clock.now = max(one.clock.now, NOW + LIFETIME - 60)
    assert await one.call() == "served"
    assert one.provider.generation == 1


@pytest.mark.row("F-05")
async def test_a_slow_token_endpoint_holds_nobody_up_who_needs_it() -> None:
    one = one_grant(EXPIRED)
    one.provider.answers["refresh"] = [NotAnswering()]

    async def before(step: str) -> None:
        one.clock.now += 8 if step == "refresh" else 0

    one.provider.before = before
    assert [await one.call(), await one.call()] == [NotAnswering.__name__, "served"]


@pytest.mark.row("F-04")
async def test_after_a_lost_answer_the_same_token_is_tried_again() -> None:
    one = one_grant(EXPIRED)
    one.provider.rotating = False
    one.provider.answers["refresh"] = [LOST]
    assert await one.call() == NotAnswering.__name__
    assert_untouched(one)
    assert await one.call() == "served"


@pytest.mark.row("F-04")
@pytest.mark.parametrize("error", [LOST, UnexpectedAnswer("HTML"), UpstreamFault("502")])
async def test_a_lost_answer_is_marked_until_another_one_comes(error: MailboxError, audited) -> None:
    one = one_grant(EXPIRED)
    one.provider.rotating = False
    one.provider.answers["refresh"] = [error]
    await one.call()
    assert one.grant is not None
    assert one.grant.refresh_unknown is not None
    assert audited() == [{"event": "refresh_unknown", "grant": grant_hash(one.id)}]
    assert await one.call() == "served"
    assert one.grant.refresh_unknown is None


@pytest.mark.row("F-04")
@pytest.mark.parametrize("error", [Unreachable("DNS"), Throttled("429"), ClientRefused(), TemporarilyRefused()])
async def test_an_answer_that_says_that_nothing_was_done_is_none(error: MailboxError) -> None:
    one = one_grant(EXPIRED)
    one.provider.answers["refresh"] = [error, error]
    await one.call()
    assert one.grant is not None
    assert one.grant.refresh_unknown is None


@pytest.mark.row("F-04")
@pytest.mark.parametrize("error", [NotAnswering("metadata"), UnexpectedAnswer("HTML"), UpstreamFault("502")])
async def test_a_failure_before_the_token_is_sent_leaves_nothing_in_doubt(error: MailboxError, audited) -> None:
    one = one_grant(EXPIRED)
    one.provider.answers["prepare"] = [error]
    assert await one.call() == type(error).__name__
    assert_untouched(one)
    assert one.grant is not None
    assert one.grant.refresh_unknown is None
    assert one.provider.asked["refresh"] == 0
    assert audited() == []
    assert await one.call() == "served"


@pytest.mark.row("F-02")
async def test_metadata_that_asks_for_a_pause_gets_it() -> None:
    one = one_grant(EXPIRED)
    one.provider.answers["prepare"] = [Throttled("429", retry_after=20)]
    assert await one.call() == Throttled.__name__
    assert await one.call() == Throttled.__name__
    assert one.provider.prepared_as == [CLIENT_OF_BEFORE]
    one.clock.now += 20
    assert await one.call() == "served"


@pytest.mark.row("F-18")
async def test_metadata_that_takes_long_begins_no_refresh() -> None:
    one = one_grant(EXPIRED)
    prepare = one.provider.prepare

    async def slowly(client_id: str = "") -> None:
        await prepare(client_id)
        one.clock.now += 2

    one.provider.prepare = slowly
    assert await one.call() == RefreshUnderWay.__name__
    assert one.provider.asked["refresh"] == 0
    assert_untouched(one)


@pytest.mark.row("F-04")
@pytest.mark.parametrize("trouble", [Unreachable(), Throttled("429", retry_after=1), "metadata"])
async def test_the_refresh_of_a_dead_holder_stays_in_doubt_through_trouble(
    trouble: MailboxError | str, audited
) -> None:
    one = one_grant(EARLY)
    await leased(one)
    one.clock.now += LEASE_SECONDS
    at = "prepare" if isinstance(trouble, str) else "refresh"
    one.provider.answers[at] = [UpstreamFault("503")] if isinstance(trouble, str) else [trouble] * 2
    assert await one.call() == "served"
    assert one.grant is not None
    assert one.grant.refresh_unknown is not None
    one.clock.now += 1
    one.provider.answers["refresh"] = [GrantEnded("invalid_grant")]
    assert await one.call() == "served", "the access token is used to its end"
    assert "refresh_token_lost" in [event["event"] for event in audited()]


@pytest.mark.row("F-16")
async def test_a_token_that_a_late_holder_puts_into_the_outbox_is_found_by_the_next_but_one() -> None:
    """The next one looked before it was there, and had its own trouble then."""
    one = await unstored(outbox=False)
    kept = one.process
    assert kept is not None
    one.process = None
    one.provider.answers["refresh"] = [Throttled("429", retry_after=1)]
    assert await one.call() == Throttled.__name__
    await one.outbox.put(await one.read(), kept.storing.in_hand[one.id])
    one.clock.now += 1
    assert await one.call() == "served"
    assert one.provider.presented == {"fmr1-canary-0": 1}


@pytest.mark.row("F-04")
async def test_a_token_that_was_lost_with_the_answer_ends_in_a_clean_reconnect(audited) -> None:
    one = one_grant(EXPIRED)
    one.provider.answers["refresh"] = [LOST]
    assert await one.call() == NotAnswering.__name__
    assert one.grant is not None
    assert one.grant.state is GrantState.ACTIVE
    assert await one.call() == ENDED
    assert await one.call() == "401"
    unknown, token_lost, retired = audited()
    assert unknown == {"event": "refresh_unknown", "grant": grant_hash(one.id)}
    assert token_lost == {"event": "refresh_token_lost", "grant": grant_hash(one.id)}
    assert retired["event"] == "grant_retired"


@pytest.mark.row("F-04")
@pytest.mark.parametrize("died", [False, True])
async def test_the_access_token_is_used_to_its_end_before_a_lost_refresh_token_ends_the_grant(
    died: bool, audited
) -> None:
    """A provider that, unlike Fastmail, accepts a used refresh token without ending everything."""
    one = one_grant(EARLY)
    if died:
        await leased(one)  # and it was never heard of the holder again
        one.clock.now += LEASE_SECONDS
    else:
        one.provider.answers["refresh"] = [LOST]
        assert await one.call() == "served"
    one.provider.answers["refresh"] = [GrantEnded("invalid_grant")] * 9
    before = one.provider.asked["refresh"]
    assert [await one.call() for _ in range(5)] == ["served"] * 5
    assert one.provider.asked["refresh"] == before + 1, "what was refused is not presented at each call"
    assert [event["event"] for event in audited()].count("refresh_token_lost") == 1
    one.provider.refuse_access_tokens()
    assert await one.call() == ENDED
    assert await one.call() == "401"


@pytest.mark.row("F-10")
async def test_without_a_lost_answer_invalid_grant_is_believed_at_once() -> None:
    one = one_grant(EARLY)
    one.provider.answers["refresh"] = [GrantEnded("invalid_grant")]
    assert await one.call() == ENDED
    assert await one.call() == "401"


@pytest.mark.row("F-10")
async def test_a_proven_end_retires_the_grant(audited) -> None:
    one = one_grant(EXPIRED)
    one.provider.dead = True
    assert await one.call() == ENDED
    grant = one.grant
    assert grant is not None
    assert (grant.state, grant.retired_reason, grant.due_at) == (GrantState.RETIRED, Reason.PROVIDER_ENDED, one.clock())
    assert all(getattr(grant, name) is None for name in TOKEN_FIELDS)
    assert (grant.lease_id, grant.lease_until) == (None, None)
    assert await one.call() == "401"
    [event] = audited()
    assert (event["event"], event["grant"], event["reason"]) == ("grant_retired", grant_hash(one.id), "provider_ended")
    [kept] = (await one.events.of_owner(grant.owner, one.clock())).events
    assert (kept.what, kept.actor, kept.reason) == ("grant_retired", "provider", "provider_ended")


@pytest.mark.row("F-10")
@pytest.mark.parametrize("step", ["refresh", "retire"])
async def test_a_loser_does_not_end_what_another_has_refreshed(step: str) -> None:
    one = one_grant(EXPIRED)
    one.provider.answers["refresh"] = [GrantEnded("invalid_grant")]

    async def before(at: str) -> None:
        if at == step and one.grants.done == ["take"]:
            await one.grants.update(one.id, other_refresh(one))

    one.grants.before = one.provider.before = before
    renewed = await one.renew()
    assert renewed.props.access_token == "fmu1-newer"
    assert one.props == renewed.props


@pytest.mark.row("F-10")
async def test_an_end_that_cannot_be_written_down_is_proven_again_later() -> None:
    one = one_grant(EXPIRED)
    one.provider.dead = True
    one.grants.faults["retire"] = [Fault.UNAVAILABLE]
    assert await one.call() == ENDED
    assert_untouched(one)
    assert await one.call() == ENDED
    assert await one.call() == "401"


@pytest.mark.row("F-11")
@pytest.mark.row("I5")
async def test_another_word_for_a_dead_token_ends_the_connection_when_it_comes_again_after_a_while(audited) -> None:
    one = one_grant(EXPIRED)
    one.provider.answers["refresh"] = [RefreshRefused("invalid_request 400")] * 9
    assert await one.call() == RefreshRefused.__name__
    one.clock.now += REFRESH_LASTING - 1
    assert await one.call() == RefreshRefused.__name__
    assert_untouched(one)
    one.clock.now += 31
    assert [await one.call(), await one.call()] == [ENDED, "401"]
    refusals = [event for event in audited() if event["event"] == "renewal_refused"]
    assert refusals == [{"event": "renewal_refused", "grant": grant_hash(one.id), "reason": "invalid_request 400"}] * 3


async def test_a_token_endpoint_that_redirects_is_not_taken_for_an_api_that_moved() -> None:
    one = one_grant(EXPIRED)
    one.provider.answers["refresh"] = [UnexpectedAnswer("302")] * 2
    assert await one.call() == UnexpectedAnswer.__name__
    assert one.provider.asked == {"refresh": 1}


@pytest.mark.row("I5")
async def test_while_the_access_token_serves_another_word_for_a_dead_token_is_nothing() -> None:
    one = one_grant(EARLY)
    one.provider.answers["refresh"] = [RefreshRefused("invalid_token 401")] * 2
    assert await one.call() == "served"
    grant = one.grant
    assert grant is not None
    assert grant.refused_since is None
    assert_untouched(one)


@pytest.mark.row("I5")
async def test_a_refresh_between_breaks_the_row_of_refusals() -> None:
    one = one_grant(EXPIRED)
    one.provider.answers["refresh"] = [RefreshRefused("invalid_request 400")]
    assert await one.call() == RefreshRefused.__name__
    one.clock.now += REFRESH_LASTING
    assert await one.call() == "served"
    one.clock.now += LIFETIME
    one.provider.answers["refresh"] = [RefreshRefused("invalid_request 400")]
    assert await one.call() == RefreshRefused.__name__
    one.clock.now += 60
    assert await one.call() == "served"


@pytest.mark.row("I5")
async def test_no_call_tries_again_at_once_after_a_refused_refresh() -> None:
    one = one_grant(EXPIRED)
    one.provider.answers["refresh"] = [RefreshRefused("invalid_request 400")]
    assert [await one.call(), await one.call()] == [RefreshRefused.__name__, Throttled.__name__]
    assert one.provider.asked["refresh"] == 1


async def test_a_refusal_of_our_client_ends_no_connection(audited) -> None:
    one = one_grant(EXPIRED)
    one.provider.answers["refresh"] = [ClientRefused("invalid_client")]
    assert await one.call() == ClientRefused.__name__
    assert_untouched(one)
    assert audited() == [{"event": "client_refused_by_provider"}]
    assert await one.call() == "served"


@pytest.mark.row("I5")
async def test_a_locked_account_is_not_the_end() -> None:
    one = one_grant(EXPIRED)
    one.provider.answers["refresh"] = [TemporarilyRefused("temporary")]
    assert await one.call() == TemporarilyRefused.__name__
    assert_untouched(one)
    one.clock.now += 30
    assert await one.call() == "served"


# Many at once


@pytest.mark.row("F-14")
async def test_twenty_calls_and_one_refresh() -> None:
    one = one_grant(EXPIRED)
    all_wait = anyio.Event()

    async def asleep(_: str) -> None:
        if len(one.slept) >= 19:
            all_wait.set()
        await checkpoint()

    async def before(step: str) -> None:
        if step == "refresh":
            await all_wait.wait()

    one.asleep, one.provider.before = asleep, before
    answers: list[str] = []

    async def call() -> None:
        answers.append(await one.call())

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(call)
    assert answers == ["served"] * 20
    assert one.provider.presented == {"fmr1-canary-0": 1}
    assert one.grants.done == ["take", "store"]


async def test_waiters_do_not_move_in_step() -> None:
    one = one_grant(EXPIRED)
    await leased(one)
    with pytest.raises(RefreshUnderWay):
        await one.renew()
    assert all(0.05 <= pause <= 0.25 for pause in one.slept)
    assert len(set(one.slept)) > 5


async def leased(one: OneGrant) -> None:
    """Another process holds the lease, and is not heard of again."""
    assert await one.grants.update(one.id, take_lease(await one.read(), "another one's", one.clock()))


async def test_a_waiter_adopts_what_another_has_refreshed() -> None:
    one = one_grant(EXPIRED)
    await leased(one)

    async def asleep(_: str) -> None:
        if len(one.slept) == 3:
            await one.grants.update(one.id, other_refresh(one))

    one.asleep = asleep
    renewed = await one.renew()
    assert renewed.props.access_token == "fmu1-newer"
    assert renewed.grant == one.grant
    assert one.provider.asked["refresh"] == 0


async def test_a_waiter_gives_up_after_three_seconds_and_says_when_to_come_back() -> None:
    one = one_grant(EXPIRED)
    await leased(one)
    assert await one.call() == RefreshUnderWay.__name__
    assert WAIT_SECONDS <= sum(one.slept) < WAIT_SECONDS + 0.25
    assert one.provider.asked == {}


async def test_a_waiter_gives_up_by_the_clock_too_where_each_look_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    one = one_grant(EXPIRED)
    await leased(one)
    begun, looks = anyio.current_time(), 0

    async def before(step: str) -> None:
        nonlocal looks
        looks += step == "get"

    one.grants.before = before
    monkeypatch.setattr(anyio, "current_time", lambda: begun + looks)
    with pytest.raises(RefreshUnderWay):
        await one.refresh.refresh(await one.read(), DATA_KEY, wait=True)
    assert looks == 1 + WAIT_SECONDS


async def test_a_waiter_goes_on_when_the_other_one_failed() -> None:
    one = one_grant(EXPIRED)
    one.provider.answers["refresh"] = [UpstreamFault("503")]
    fails = anyio.Event()

    async def asleep(_: str) -> None:
        fails.set()
        await checkpoint()

    async def before(step: str) -> None:
        if step == "refresh":
            await fails.wait()

    one.asleep, one.provider.before = asleep, before
    answers: list[str] = []

    async def call() -> None:
        answers.append(await one.call())

    async with anyio.create_task_group() as group:
        group.start_soon(call)
        group.start_soon(call)
    assert sorted(answers) == ["UpstreamFault", "served"]
    assert one.provider.most_in_flight == 1


async def test_an_early_refresh_does_not_wait_for_another_one() -> None:
    one = one_grant(EARLY)
    await leased(one)
    assert await one.call() == "served"
    assert one.slept == []
    assert one.provider.asked == {"call": 1}


async def test_an_early_refresh_that_another_has_made_is_adopted() -> None:
    one = one_grant(EARLY)
    connection = await one.connection()
    assert await one.call() == "served"
    await connection.call([], [])
    assert one.provider.presented == {"fmr1-canary-0": 1}


@pytest.mark.row("F-20")
async def test_a_request_that_was_frozen_with_an_old_token_uses_the_one_that_is_stored_now() -> None:
    one = one_grant(EARLY)
    frozen = await one.connection()
    for _ in range(3):
        one.clock.now += LIFETIME
        assert await one.call() == "served"
    await frozen.call([], [])
    assert set(one.provider.presented.values()) == {1}


@pytest.mark.row("F-20")
async def test_nothing_of_a_grant_stays_in_a_process() -> None:
    one = one_grant(EXPIRED)
    one.process = one.another_process()
    assert await one.call() == "served"
    assert one.process._refreshing == set()
    assert one.process.storing.in_hand == {}


@pytest.mark.row("I3")
async def test_a_waiter_learns_that_the_grant_was_retired() -> None:
    one = one_grant(EXPIRED)
    await leased(one)

    async def asleep(_: str) -> None:
        await one.retire()

    one.asleep = asleep
    assert await one.call() == ENDED


# Processes that die, and that are late


@pytest.mark.row("F-15")
async def test_a_dead_holders_lease_is_taken_over_when_it_has_run_out() -> None:
    one = one_grant(EXPIRED)
    await leased(one)
    one.clock.now += LEASE_SECONDS - 1
    assert await one.call() == RefreshUnderWay.__name__
    one.clock.now += 1
    assert await one.call() == "served"
    assert not one.lost()


@pytest.mark.row("F-18")
async def test_a_late_holders_token_does_not_overwrite_a_newer_one() -> None:
    one = one_grant(EXPIRED)
    one.provider.rotating = False  # which would not forgive it either

    async def after(_: str) -> None:
        one.clock.now += LEASE_SECONDS
        await one.grants.update(one.id, take_lease(await one.read(), "another one's", one.clock()))
        await one.grants.update(one.id, other_refresh(one))

    one.provider.after = after
    renewed = await one.renew()
    assert renewed.props.access_token == "fmu1-newer"
    assert one.props == renewed.props
    assert one.provider.revoked == []


async def test_a_late_holders_token_is_stored_while_there_is_none_newer() -> None:
    one = one_grant(EXPIRED)

    async def after(_: str) -> None:
        one.clock.now += LEASE_SECONDS
        await leased(one)

    one.provider.after = after
    await one.renew()
    assert not one.lost()


@pytest.mark.row("F-18")
@pytest.mark.parametrize(("seconds", "begins"), [(0, True), (1, True), (2, False), (30, False)])
async def test_a_lease_that_took_long_to_get_begins_no_refresh(seconds: int, begins: bool) -> None:
    """Nothing keeps others out when it has run out, and a refresh may take eight seconds and its storing two."""
    one = one_grant(EXPIRED)

    async def before(step: str) -> None:
        if step == "take":
            one.clock.now += seconds
            one.grants.before = nothing_more

    async def nothing_more(_: str) -> None:
        return

    one.grants.before = before
    assert await one.call() == ("served" if begins else RefreshUnderWay.__name__)
    assert one.provider.asked["refresh"] == begins
    assert one.grant is not None
    assert one.grant.lease_id is None
    assert await one.call() == "served"


@pytest.mark.parametrize("seconds_left", [0.0, 5.0, NEEDED_SECONDS - 0.1])
async def test_no_refresh_is_begun_that_may_be_cut_off(seconds_left: float) -> None:
    one = one_grant(EXPIRED)
    one.seconds_left = seconds_left
    assert await one.call() == RefreshUnderWay.__name__
    assert one.grants.done == []
    assert one.provider.asked == {}
    early = one_grant(EARLY)
    early.seconds_left = seconds_left
    assert await early.call() == "served"
    assert early.provider.asked == {"call": 1}


async def test_no_refresh_is_begun_when_the_lease_has_taken_the_time_for_it() -> None:
    one = one_grant(EXPIRED)

    async def before(step: str) -> None:
        if step == "take":
            one.seconds_left = NEEDED_SECONDS - 0.1

    one.grants.before = before
    assert await one.call() == RefreshUnderWay.__name__
    assert one.provider.asked == {}
    assert_untouched(one)


async def test_a_refresh_is_begun_with_just_enough_time() -> None:
    one = one_grant(EXPIRED)
    one.seconds_left = NEEDED_SECONDS
    assert await one.call() == "served"


@pytest.mark.row("F-43")
@pytest.mark.parametrize("step", ["refresh", "answered", "store"])
async def test_a_request_that_is_given_up_finishes_its_refresh(step: str) -> None:
    one = one_grant(EXPIRED)
    scope = anyio.CancelScope()

    async def at(now: str) -> None:
        if now == step:
            scope.cancel()
            await checkpoint()

    async def after(_: str) -> None:
        await at("answered")

    one.grants.before = one.provider.before = at
    one.provider.after = after
    with scope:
        await one.call()
        await checkpoint()
        pytest.fail("the request was not given up")
    assert scope.cancelled_caught
    assert not one.lost()
    assert one.grants.done == ["take", "store"]
    assert await one.call() == "served"


@pytest.mark.row("F-43")
@pytest.mark.parametrize("step", ["refresh", "answered", "store"])
async def test_a_refresh_that_outlasts_the_time_of_its_request_is_finished(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "CALL_SECONDS", 0)
    one = one_grant(EXPIRED)

    async def at(now: str) -> None:
        for _ in range(3 * (now in {step, "call"})):
            await checkpoint()

    async def after(_: str) -> None:
        await at("answered")

    one.grants.before = one.provider.before = at
    one.provider.after = after
    assert await one.call() == NotAnswering.__name__
    assert not one.lost()
    assert one.grants.done == ["take", "store"]


# The store's trouble


@pytest.mark.row("F-17")
@pytest.mark.parametrize("fault", [Fault.LOST, Fault.DENIED, Fault.UNAVAILABLE])
async def test_a_write_in_doubt_is_looked_up_and_costs_no_second_refresh(fault: Fault) -> None:
    one = one_grant(EXPIRED)
    one.grants.faults["store"] = [fault]
    assert await one.call() == "served"
    assert one.provider.presented == {"fmr1-canary-0": 1}
    assert not one.lost()


@pytest.mark.row("F-17")
async def test_a_store_that_fails_twice_is_asked_a_third_time() -> None:
    one = one_grant(EXPIRED)
    one.grants.faults["store"] = [Fault.UNAVAILABLE, Fault.LOST]
    assert await one.call() == "served"
    assert not one.lost()


@pytest.mark.row("F-17")
async def test_a_lease_that_was_denied_by_mistake_is_ours() -> None:
    one = one_grant(EXPIRED)
    one.grants.faults["take"] = [Fault.DENIED]
    assert await one.call() == "served"
    assert one.slept == []
    assert one.provider.presented == {"fmr1-canary-0": 1}


@pytest.mark.row("F-21")
@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.LOST])
async def test_without_the_store_there_is_no_refresh(fault: Fault) -> None:
    one = one_grant(EXPIRED)
    one.grants.faults["take"] = [fault]
    assert await one.call() == "Busy"
    assert one.provider.asked == {}
    one.clock.now += LEASE_SECONDS
    assert await one.call() == "served"


@pytest.mark.row("F-21")
async def test_a_token_that_still_serves_needs_no_store() -> None:
    one = one_grant(EARLY)
    one.grants.faults["take"] = [Fault.UNAVAILABLE]
    assert await one.call() == "served"


async def unstored(*, outbox: bool, attempts: int = 5) -> OneGrant:
    """Refreshed in a process that could not store the new token, and has put it into the outbox where that works."""
    one = one_grant(EXPIRED)
    one.process = one.another_process()
    one.grants.faults["store"] = [Fault.UNAVAILABLE] * attempts
    one.outbox.faults["keep"] = [] if outbox else [Fault.UNAVAILABLE] * attempts
    with pytest.raises(StoreUnavailable):
        await one.renew()
    one.clock.now += LEASE_SECONDS
    return one


@pytest.mark.row("F-16")
async def test_a_token_that_waited_for_longer_than_it_lives_is_refreshed_at_once() -> None:
    one = await unstored(outbox=True)
    one.clock.now += 2 * LIFETIME
    assert await one.call() == "served"
    assert one.provider.presented == {"fmr1-canary-0": 1, "fmr1-canary-1": 1}


@pytest.mark.row("F-16")
@pytest.mark.parametrize("seconds", [0, 500])
@pytest.mark.parametrize("process", ["the same", "another"])
async def test_a_token_that_cannot_be_stored_waits_in_the_outbox_for_the_next_process(
    process: str, seconds: int, audited
) -> None:
    one = await unstored(outbox=True)
    assert audited() == [{"event": "refreshed_token_in_outbox", "grant": grant_hash(one.id)}]
    one.process = one.process if process == "the same" else None
    one.clock.now += seconds
    assert await one.call() == "served"
    assert one.provider.presented == {"fmr1-canary-0": 1}
    assert not one.lost()
    assert one.waiting is None
    assert one.grant is not None
    assert one.grant.lease_id is None


@pytest.mark.row("F-16")
async def test_a_token_gets_into_the_outbox_before_the_lease_has_run_out() -> None:
    """Else the next one could begin with the old token."""
    one = one_grant(EXPIRED)
    one.grants.faults["store"] = [Fault.UNAVAILABLE] * 2
    steps: list[str] = []

    async def note(step: str) -> None:
        steps.append(step)

    one.grants.before = one.provider.before = one.outbox.before = one.asleep = note
    assert await one.call() == "served"
    assert steps == ["get", "take", "refresh", "store", "keep", "sleep", "store", "sleep", "store", "erase", "call"]
    assert one.waiting is None


@pytest.mark.row("F-16")
async def test_a_write_that_takes_too_long_is_not_waited_for() -> None:
    one = one_grant(EXPIRED)
    held = anyio.Event()

    async def before(step: str) -> None:
        if step == "store" and "keep" not in steps:
            await held.wait()

    steps: list[str] = []

    async def note(step: str) -> None:
        steps.append(step)

    one.grants.before, one.outbox.before = before, note
    one.process = one.another_process(patience=0.0)
    assert await one.call() in {"served", "Busy"}  # A store that takes any time at all is too slow here.
    assert steps[0] == "keep"
    assert not one.lost()
    one.process = None
    one.clock.now += LEASE_SECONDS
    assert await one.call() == "served"
    assert one.provider.presented == {"fmr1-canary-0": 1}


@pytest.mark.row("F-16")
async def test_a_token_that_neither_store_nor_outbox_takes_is_kept_in_memory_and_reported(audited) -> None:
    one = await unstored(outbox=False)
    assert audited() == [{"event": "refreshed_token_not_stored", "grant": grant_hash(one.id)}]
    assert await one.call() == "served"
    assert one.provider.presented == {"fmr1-canary-0": 1}
    assert not one.lost()


@pytest.mark.row("F-16")
async def test_tokens_in_memory_are_stored_at_whichever_call_comes_next_to_that_process() -> None:
    """Before the lease has run out, and another process tries the old token."""
    one = await unstored(outbox=False)
    one.clock.now -= LEASE_SECONDS
    grant = await one.read()
    other = replace(grant, id="1" * 22)
    tokens = Props(access_token=one.provider.access_token)
    props = seal_props(tokens, other, DATA_KEY, one.entropy, version=other.props_version)
    facts = seal_session_facts(FACTS, other, DATA_KEY, one.entropy)
    await one.mailboxes.open(replace(other, props=props, session_facts=facts), lambda: DATA_KEY, ALL).call([], [])
    assert not one.lost()
    one.process = None
    assert await one.call() == "served"
    assert one.provider.presented == {"fmr1-canary-0": 1}


@pytest.mark.row("F-16")
@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.LOST])
async def test_tokens_that_still_cannot_be_stored_stay_in_memory(fault: Fault) -> None:
    one = await unstored(outbox=False)
    one.grants.faults["store"] = [fault]
    assert await one.call() in {Busy.__name__, "served"}
    one.clock.now += LEASE_SECONDS
    assert await one.call() == "served"
    assert one.provider.presented == {"fmr1-canary-0": 1}
    assert not one.lost()


@pytest.mark.row("F-16")
async def test_tokens_in_memory_hold_up_one_call_in_a_few_seconds_while_the_store_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = await unstored(outbox=False)
    assert one.process is not None
    storing, now = one.process.storing, 1000.0
    monkeypatch.setattr(anyio, "current_time", lambda: now)
    asked: list[float] = []

    async def before(step: str) -> None:
        if step == "store":
            asked.append(now)

    one.grants.before, one.grants.faults["store"] = before, [Fault.UNAVAILABLE] * 2
    for now in (1000.0, 1000.1, 1004.9, 1005.0, 1009.9, 1010.0):  # noqa: B007 - the clock's
        await storing.store_what_is_in_hand()
    assert asked == [1000.0, 1005.0, 1010.0]
    assert not storing.in_hand
    assert not one.lost()


@pytest.mark.row("F-16")
async def test_a_call_stores_a_few_of_many_that_are_in_memory() -> None:
    """After a long failure of the store there may be thousands: no call waits for all of them."""
    one = await unstored(outbox=False)
    assert one.process is not None
    kept = one.process.storing.in_hand
    kept |= {f"another {number}": kept[one.id] for number in range(24)}
    for left in (15, 5, 0):
        await one.process.storing.store_what_is_in_hand()
        assert len(kept) == left


@pytest.mark.row("F-16")
async def test_newer_tokens_that_come_into_memory_meanwhile_stay_there() -> None:
    one = await unstored(outbox=False)
    assert one.process is not None
    kept = one.process.storing.in_hand
    newer = replace(kept[one.id], props_version=3)

    async def before(step: str) -> None:
        if step == "store":
            kept[one.id] = newer

    one.grants.before = before
    await one.process.storing.store_what_is_in_hand()
    assert kept == {one.id: newer}


@pytest.mark.row("F-16", "F-37")
async def test_tokens_in_memory_when_the_grant_ends_are_left_to_the_sweep() -> None:
    one = await unstored(outbox=False)
    assert one.process is not None
    await one.retire()
    await one.process.storing.store_what_is_in_hand()
    assert not one.process.storing.in_hand
    await one.sweep()
    assert one.provider.revoked == ["fmr1-canary-1"]
    assert one.grant is None


@pytest.mark.row("F-16")
async def test_if_that_process_dies_too_there_is_one_clean_reconnect() -> None:
    one = await unstored(outbox=False)
    one.process = None
    assert [await one.call(), await one.call()] == [ENDED, "401"]


@pytest.mark.row("F-16")
@pytest.mark.parametrize("outbox", [False, True])
async def test_an_outbox_that_answers_late_gets_it_all_the_same(outbox: bool) -> None:
    one = one_grant(EXPIRED)
    one.grants.faults["store"] = [Fault.UNAVAILABLE] * 5
    one.outbox.faults["keep"] = [Fault.UNAVAILABLE] if outbox else [Fault.LOST]
    with pytest.raises(StoreUnavailable):
        await one.renew()
    one.clock.now += LEASE_SECONDS
    assert await one.call() == "served"
    assert not one.lost()


@pytest.mark.row("F-16")
@pytest.mark.parametrize("outbox", [False, True])
async def test_nobody_else_tries_the_old_token_while_it_waits(outbox: bool) -> None:
    one = await unstored(outbox=outbox)
    one.process = one.process if not outbox else None
    one.grants.faults["store"] = [Fault.UNAVAILABLE, Fault.LOST]
    answers = []
    for _ in range(3):
        answers.append(await one.call())
        one.clock.now += LEASE_SECONDS
    assert answers == ["Busy", "Busy" if outbox else "served", "served"]
    assert one.provider.presented == {"fmr1-canary-0": 1}


@pytest.mark.row("F-16")
async def test_nobody_tries_the_old_token_while_nobody_knows_whether_a_new_one_waits() -> None:
    one = await unstored(outbox=True)
    one.process = None
    one.outbox.faults["look"] = [Fault.UNAVAILABLE]
    assert await one.call() == "Busy"
    assert await one.call() == RefreshUnderWay.__name__
    one.clock.now += LEASE_SECONDS
    assert await one.call() == "served"
    assert one.provider.presented == {"fmr1-canary-0": 1}


@pytest.mark.row("F-16")
async def test_in_the_ordinary_case_the_outbox_is_not_even_asked() -> None:
    """So a refresh does not fail with it."""
    one = one_grant(EXPIRED)
    one.outbox.faults = {name: [Fault.UNAVAILABLE] * 9 for name in ("keep", "look", "erase")}
    assert await one.call() == "served"


@pytest.mark.row("F-16")
@pytest.mark.parametrize("outbox", [False, True])
async def test_tokens_that_were_not_stored_do_not_overwrite_newer_ones(outbox: bool) -> None:
    one = await unstored(outbox=outbox)
    seen = await one.read()
    await one.grants.update(one.id, other_refresh(one))
    assert (await one.refresh.refresh(seen, DATA_KEY, wait=True)).props.access_token == "fmu1-newer"


@pytest.mark.row("F-16")
async def test_a_lease_that_came_and_ran_out_unseen_is_not_taken_without_a_look() -> None:
    """The grant was read before, when nobody held it."""
    one = one_grant(EXPIRED)
    seen = await one.read()
    one.grants.faults["store"] = [Fault.UNAVAILABLE] * 5
    assert await one.call() == Busy.__name__
    one.clock.now += LEASE_SECONDS + 1
    renewed = await one.another_process().refresh(seen, DATA_KEY, wait=True)
    assert renewed.props.refresh_token == one.provider.refresh_token
    assert one.provider.presented == {"fmr1-canary-0": 1}


@pytest.mark.row("F-16")
async def test_outdated_tokens_are_erased_and_stand_in_nobodys_way() -> None:
    one = one_grant(EXPIRED)
    grant = await one.read()
    outdated = seal_refreshed(replace(grant, props_version=0), one.props, "long ago", DATA_KEY, one.entropy)
    await one.outbox.put(grant, outdated)
    await leased(one)
    one.clock.now += LEASE_SECONDS
    assert await one.call() == "served"
    assert one.waiting is None
    assert not one.lost()


@pytest.mark.row("F-16", "F-17")
async def test_outdated_tokens_in_memory_do_not_hide_those_in_the_outbox() -> None:
    """The write was made and all its answers were lost; another process has refreshed since, and could not store it."""
    one = one_grant(EXPIRED)
    kept = one.another_process()
    one.grants.faults["store"] = [Fault.LOST, *[Fault.UNAVAILABLE] * 4]
    one.outbox.faults["keep"] = [Fault.UNAVAILABLE] * 5
    with pytest.raises(StoreUnavailable):
        await kept.refresh(await one.read(), DATA_KEY, wait=True)
    one.clock.now += LIFETIME
    one.grants.faults["store"] = [Fault.UNAVAILABLE] * 5
    with pytest.raises(StoreUnavailable):
        await one.renew()
    one.clock.now += LEASE_SECONDS
    one.process = kept
    assert await one.call() == "served"
    assert one.provider.presented == {"fmr1-canary-0": 1, "fmr1-canary-1": 1}
    assert not one.lost()


@pytest.mark.row("F-16")
async def test_a_token_in_the_outbox_that_cannot_be_erased_is_recognised_as_outdated() -> None:
    one = await unstored(outbox=True)
    one.outbox.faults["erase"] = [Fault.UNAVAILABLE]
    assert await one.call() == "served"
    one.clock.now += LIFETIME
    assert await one.call() == "served"
    assert one.provider.presented == {"fmr1-canary-0": 1, "fmr1-canary-1": 1}


@pytest.mark.row("F-16", "F-37")
async def test_tokens_in_the_outbox_revive_no_grant_that_was_retired() -> None:
    one = await unstored(outbox=True)
    connection = await one.connection()
    await one.retire()
    with pytest.raises(GrantEnded):
        await connection.call([], [])
    assert one.waiting is not None, "sweep revokes it"


@pytest.mark.row("F-40")
async def test_a_process_that_slept_through_its_lease_refreshes_once() -> None:
    """The wall clock runs on while a machine sleeps, and its processes go on where they were."""
    one = one_grant(EXPIRED)
    one.process = one.another_process()
    other = anyio.Event()

    async def asleep(_: str) -> None:
        other.set()
        await checkpoint()

    async def before(step: str) -> None:
        if step == "refresh":
            one.clock.now += 3600
            await other.wait()

    one.asleep, one.provider.before = asleep, before
    async with anyio.create_task_group() as group:
        group.start_soon(one.call)
        group.start_soon(one.call)
    assert one.provider.presented == {"fmr1-canary-0": 1}
    assert not one.lost()


@pytest.mark.row("F-40")
@pytest.mark.parametrize("behind", [1, 11, 13, 60, 300])
async def test_a_machine_whose_clock_is_behind_takes_no_lease_that_another_holds(behind: int) -> None:
    one = one_grant(EXPIRED - 400)
    await leased(one)
    one.clock.now -= behind
    assert await one.call() == RefreshUnderWay.__name__
    assert one.provider.asked == {}


@pytest.mark.row("F-40")
async def test_a_clock_that_was_set_back_by_years_locks_nobody_out() -> None:
    one = one_grant(EXPIRED)
    one.clock.now += 10**8
    await leased(one)
    one.clock.now -= 10**8
    assert await one.call() == "served"


async def test_a_stored_token_is_not_reported_as_lost_when_the_store_then_fails(audited) -> None:
    one = one_grant(EXPIRED)
    connection = await one.connection()
    one.grants.faults["get"] = [Fault.UNAVAILABLE] * 3
    await connection.call([], [])
    assert audited() == []


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.LOST])
async def test_a_lease_that_cannot_be_given_back_runs_out(fault: Fault) -> None:
    one = one_grant(EXPIRED)
    one.provider.answers["refresh"] = [UpstreamFault("503")]
    one.grants.faults["release"] = [fault]
    assert await one.call() == UpstreamFault.__name__
    one.clock.now += LEASE_SECONDS
    assert await one.call() == "served"


# The end, meanwhile


@pytest.mark.row("F-37")
@pytest.mark.parametrize("erased", [False, True])
@pytest.mark.parametrize("rotating", [False, True])
async def test_a_token_for_a_grant_that_was_retired_meanwhile_is_given_back(erased: bool, rotating: bool) -> None:
    one = one_grant(EXPIRED)
    one.provider.rotating = rotating

    async def after(_: str) -> None:
        await one.retire()
        if erased:
            await one.grants.delete(one.id)

    one.provider.after = after
    assert await one.call() == ENDED
    assert one.provider.revoked == ["fmr1-canary-1" if rotating else "fmr1-canary-0"]
    assert one.provider.revoked_as == [CLIENT_OF_BEFORE]
    assert one.provider.dead
    assert (one.grant is None) == erased
    assert await one.call() == "401"


@pytest.mark.row("F-37")
async def test_a_token_that_cannot_be_given_back_is_left_to_the_sweep_and_revives_nothing() -> None:
    one = one_grant(EXPIRED)
    one.provider.answers["revoke"] = [UpstreamFault("503")]

    async def after(_: str) -> None:
        await one.retire()

    one.provider.after = after
    assert await one.call() == ENDED
    grant = one.grant
    assert grant is not None
    assert (grant.state, grant.lease_id, grant.refreshed_by) == (GrantState.RETIRED, None, None)
    assert all(getattr(grant, name) is None for name in TOKEN_FIELDS)
    assert not one.lost()


@pytest.mark.row("F-37")
async def test_the_sweep_waits_for_a_refresh_under_way_and_revokes_what_it_brings() -> None:
    one = one_grant(EXPIRED)

    async def after(_: str) -> None:
        await one.retire()
        await one.sweep()
        one.provider.answers["revoke"] = [UpstreamFault("503")]  # when the refresh revokes

    one.provider.after = after
    assert await one.call() == ENDED
    assert not one.provider.dead
    one.clock.now += LEASE_SECONDS
    await one.sweep()
    assert one.grant is None
    assert one.provider.revoked[-1] == "fmr1-canary-1"
    assert one.provider.dead
    assert [event.what for event in one.events._events.values()].count(What.WRAP_OPENED) == 1


@pytest.mark.row("F-37")
async def test_the_sweep_does_not_wait_for_a_process_that_revoked_the_new_tokens() -> None:
    one = one_grant(EXPIRED)

    async def after(_: str) -> None:
        await one.retire()

    one.provider.after = after
    assert await one.call() == ENDED
    assert one.provider.dead
    await one.sweep()
    assert one.grant is None


@pytest.mark.row("F-37")
async def test_the_sweep_waits_for_a_refresh_that_died_for_the_time_to_hand_over_and_no_longer() -> None:
    one = one_grant(EXPIRED)
    await leased(one)
    await one.retire()
    for seconds in (0, LEASE_SECONDS, HAND_OVER_SECONDS - 1):
        one.clock.now += seconds
        await one.sweep()
        assert one.grant is not None
        assert one.provider.dead
    one.clock.now += 1
    await one.sweep()
    assert one.grant is None


@pytest.mark.row("F-37")
async def test_tokens_that_one_process_alone_has_are_revoked_although_another_sweeps_first() -> None:
    one = one_grant(EXPIRED)
    one.process = one.another_process()
    one.grants.faults["store"] = [Fault.UNAVAILABLE] * 5
    one.outbox.faults["keep"] = [Fault.UNAVAILABLE] * 5

    async def after(_: str) -> None:
        await one.retire()

    one.provider.after = after
    with pytest.raises(StoreUnavailable):
        await one.renew()
    one.clock.now += LEASE_SECONDS
    await one.sweep()  # a process that does not have them
    assert not one.provider.dead
    await one.process.storing.store_what_is_in_hand()
    one.clock.now += HAND_OVER_SECONDS
    await one.sweep()
    assert one.provider.revoked[-1] == "fmr1-canary-1"
    assert one.provider.dead
    assert one.grant is None


@pytest.mark.row("I3")
async def test_a_grant_that_was_retired_is_not_refreshed() -> None:
    one = one_grant(EXPIRED)
    connection = await one.connection()
    await one.retire()
    with pytest.raises(GrantEnded):
        await connection.call([], [])
    assert one.provider.asked == {}


@pytest.mark.row("F-18", "F-16")
async def test_a_holder_that_was_stopped_and_is_refused_ends_nothing_while_newer_tokens_wait_in_the_outbox() -> None:
    """A provider that only refuses a used token. Its token is not the last: another has taken over the lease."""
    one = one_grant(EXPIRED)
    one.provider.strict = False
    stopped, other = one.another_process(), one.another_process()
    grant = await one.read()

    async def before(step: str) -> None:
        if step == "refresh" and one.provider.before is before:
            one.provider.before = nothing
            one.clock.now += LEASE_SECONDS
            one.grants.faults["store"] = [Fault.UNAVAILABLE] * 5
            with pytest.raises(StoreUnavailable):
                await other.refresh(await one.read(), DATA_KEY, wait=True)

    one.provider.before = before
    with pytest.raises(RefreshUnderWay):
        await stopped.refresh(grant, DATA_KEY, wait=True)
    one.clock.now += LEASE_SECONDS
    assert await one.call() == "served"
    assert one.provider.presented == {"fmr1-canary-0": 2}
