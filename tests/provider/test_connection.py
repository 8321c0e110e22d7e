"""A request's way to the mailbox: a provider's 401, a session that changed, an API token that is refused."""

import json
import logging

import anyio
import pytest
from msgspec import structs

from mailconnect.grants.errors import SealBroken
from mailconnect.grants.grant import GrantState
from mailconnect.grants.props import open_session_facts
from mailconnect.grants.provider_refresh.lease import LEASE_SECONDS
from mailconnect.grants.provider_refresh.refusal import LASTING
from mailconnect.grants.retirement import Reason
from mailconnect.jmap.allowance import Allowance, Needs
from mailconnect.jmap.errors import TooManyRequests
from mailconnect.jmap.invocation import Invocation
from mailconnect.mail.errors import Moved, NotAnswering, Throttled, Unauthorized, UpstreamFault
from mailconnect.provider.connection import CALL_SECONDS, Connection
from mailconnect.provider.errors import Busy, GrantEnded
from mailconnect.pseudonyms import grant_hash
from tests.provider.deadlines import effective_deadline
from tests.provider.one_grant import DATA_KEY, EARLY, ENDED, EXPIRED, FACTS, FRESH, OneGrant, one_grant
from tests.provider.strict_provider import API_URL
from tests.provider.watched_grants import Fault
from tests.real_scopes import ALL

pytestmark = pytest.mark.anyio

MOVED = "https://lon.api.fastmail.com/jmap/api/"


def kept(one: OneGrant):
    grant = one.grant
    assert grant is not None
    return open_session_facts(grant, DATA_KEY)


def state(one: OneGrant) -> tuple[GrantState, str | None]:
    grant = one.grant
    assert grant is not None
    return grant.state, grant.retired_reason


# The provider says 401


@pytest.mark.row("MC-29")
async def test_after_a_401_the_token_is_refreshed_and_the_request_repeated_once() -> None:
    one = one_grant(FRESH)
    one.provider.refuse_access_tokens()
    assert await one.call() == "served"
    assert one.provider.asked == {"call": 2, "refresh": 1}


@pytest.mark.row("MC-29")
@pytest.mark.parametrize("seconds_left", [FRESH, EARLY, EXPIRED])
async def test_a_401_that_stays_is_a_tool_error_after_one_refresh(seconds_left: int) -> None:
    one = one_grant(seconds_left)
    one.provider.answers["call"] = [Unauthorized("401")] * 4
    assert await one.call() == Unauthorized.__name__
    assert one.provider.asked["refresh"] == 1
    assert one.provider.asked["call"] <= 2
    assert state(one) == (GrantState.ACTIVE, None)
    assert not one.lost()


@pytest.mark.row("MC-29", "F-10")
@pytest.mark.parametrize("outbox", [True, False])
async def test_tokens_that_waited_and_are_refused_are_refreshed_once_so_that_an_end_is_told_at_the_first_call(
    outbox: bool,
) -> None:
    """The owner has ended all at the provider while they waited in the outbox, or in the process's memory."""
    one = one_grant(EXPIRED)
    one.process = one.another_process()
    one.grants.faults["store"] = [Fault.UNAVAILABLE] * 5
    one.outbox.faults["keep"] = [] if outbox else [Fault.UNAVAILABLE] * 5
    assert await one.call() == Busy.__name__
    assert (one.waiting is not None) is outbox
    one.clock.now += LEASE_SECONDS
    one.provider.dead = True
    assert [await one.call(), await one.call()] == [GrantEnded.__name__, "401"]
    assert one.provider.asked == {"refresh": 2, "call": 1}


@pytest.mark.row("MC-29")
async def test_one_request_refreshes_once_however_many_calls_it_makes() -> None:
    one = one_grant(FRESH)
    one.provider.answers["call"] = [Unauthorized("401")] * 4
    connection = await one.connection()
    for _ in range(2):
        with pytest.raises(Unauthorized):
            await connection.call([], [])
    assert one.provider.asked == {"call": 3, "refresh": 1}


async def test_a_401_from_a_dead_connection_ends_the_grant() -> None:
    one = one_grant(FRESH)
    one.provider.dead = True
    assert [await one.call(), await one.call()] == [ENDED, "401"]


async def test_a_401_in_the_providers_trouble_ends_nothing() -> None:
    one = one_grant(FRESH)
    one.provider.refuse_access_tokens()
    one.provider.answers["refresh"] = [Throttled("429", retry_after=7)]
    assert await one.call() == Throttled.__name__
    assert state(one) == (GrantState.ACTIVE, None)


@pytest.mark.row("F-21")
async def test_a_401_without_the_store_is_a_tool_error() -> None:
    one = one_grant(FRESH)
    one.provider.refuse_access_tokens()
    one.grants.faults["take"] = [Fault.UNAVAILABLE]
    assert await one.call() == "Busy"


async def test_other_errors_refresh_nothing() -> None:
    one = one_grant(FRESH)
    one.provider.answers["call"] = [UpstreamFault("503")]
    assert await one.call() == UpstreamFault.__name__
    assert one.provider.asked == {"call": 1}


# The session


async def test_the_account_is_known_without_a_request() -> None:
    one = one_grant(EXPIRED)
    assert await (await one.connection()).account_id() == "u1"
    assert one.provider.asked == {}


async def test_whether_there_is_an_address_book_is_known_without_a_request() -> None:
    one = one_grant(FRESH)
    connection = await one.connection()
    assert not connection.may_have_contacts()
    assert one.provider.asked == {}


async def test_a_session_is_read_each_time_it_is_asked_for() -> None:
    one = one_grant(FRESH)
    connection = await one.connection()
    assert (await connection.session()).username == (await connection.session()).username == "alice@fastmail.example"
    assert one.provider.asked == {"session": 2}
    assert one.grants.done == []


async def test_a_session_that_changed_is_read_again_and_kept() -> None:
    one = one_grant(FRESH)
    one.provider.state = one.provider.session_state = "s2"
    one.provider.api_url = MOVED
    connection = await one.connection()
    await connection.call([], [])
    assert (kept(one).api_url, kept(one).state) == (MOVED, "s2")
    await connection.call([], [])
    assert one.provider.called == [API_URL, MOVED]
    assert one.provider.asked == {"call": 2, "session": 1}
    assert await one.call() == "served"
    assert one.provider.called[-1] == MOVED
    assert one.provider.asked["session"] == 1


async def test_a_session_that_a_tool_reads_is_kept_too() -> None:
    one = one_grant(FRESH)
    one.provider.api_url = MOVED
    await (await one.connection()).session()
    assert kept(one).api_url == MOVED


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.LOST])
async def test_a_session_that_cannot_be_kept_is_read_again_by_the_next_call(fault: Fault) -> None:
    one = one_grant(FRESH)
    one.provider.state = one.provider.session_state = "s2"
    one.grants.faults["note"] = [fault]
    assert await one.call() == "served"
    assert await one.call() == "served"
    assert kept(one).state == "s2"


@pytest.mark.parametrize("error", [UpstreamFault("503"), Throttled("429")])
async def test_a_session_that_cannot_be_read_costs_no_answer(error: UpstreamFault | Throttled) -> None:
    one = one_grant(FRESH)
    one.provider.state = "s2"
    one.provider.answers["session"] = [error]
    assert await one.call() == "served"
    assert kept(one) == FACTS


async def test_a_provider_without_session_states_is_not_asked_for_its_session() -> None:
    one = one_grant(FRESH)
    one.provider.state = ""
    assert await one.call() == "served"
    assert one.provider.asked == {"call": 1}
    assert one.grants.done == []


@pytest.mark.parametrize("changing", [False, True])
async def test_a_state_that_is_never_the_sessions_is_not_a_second_request_at_every_call(changing: bool) -> None:
    one = one_grant(FRESH)
    for number in range(20):
        one.provider.state = f"never{number if changing else ''}"
        assert await one.call() == "served"
        one.clock.now += 20
    assert one.provider.asked == {"call": 20, "session": 1}
    one.clock.now += 600
    assert await one.call() == "served"
    assert one.provider.asked["session"] == 2


async def test_a_state_that_changes_and_is_the_sessions_is_followed_each_time() -> None:
    one = one_grant(FRESH)
    for number in range(3):
        one.provider.state = one.provider.session_state = f"changed{number}"
        assert await one.call() == "served"
    assert one.provider.asked == {"call": 3, "session": 3}


# What moved


@pytest.mark.parametrize("status", ["404", "410", "421", "308"])
async def test_an_api_that_moved_is_looked_up_and_the_call_repeated(status: str) -> None:
    one = one_grant(FRESH)
    one.provider.answers["call"] = [Moved(status)]
    one.provider.api_url = MOVED
    assert await one.call() == "served"
    assert one.provider.called == [MOVED]
    assert one.provider.asked == {"call": 2, "session": 1}
    assert kept(one).api_url == MOVED


async def test_an_api_that_is_gone_and_moved_nowhere_is_asked_once() -> None:
    one = one_grant(FRESH)
    one.provider.answers["call"] = [Moved("404")] * 2
    assert await one.call() == Moved.__name__
    assert one.provider.asked == {"call": 1, "session": 1}


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.LOST])
async def test_a_moved_api_that_cannot_be_kept_serves_the_call_all_the_same(fault: Fault) -> None:
    one = one_grant(FRESH)
    one.provider.answers["call"] = [Moved("404")]
    one.provider.api_url = MOVED
    one.grants.faults["note"] = [fault]
    assert await one.call() == "served"


async def test_downloads_that_moved_are_looked_up_and_made_again() -> None:
    one = one_grant(FRESH)
    one.provider.download_url = "https://lon.api.fastmail.com/{accountId}/{blobId}/{name}"
    connection = await one.connection()
    connection._facts = structs.replace(FACTS, download_url="https://api.fastmail.com/{accountId}/{blobId}/{name}")
    one.provider.answers["download"] = [Moved("404")] * 3
    with pytest.raises(Moved):
        await connection.download("u1", "b1", maximum=9)
    one.provider.answers["download"] = []
    assert await connection.download("u1", "b1", maximum=9) == b"octets"
    assert one.provider.called == ["https://lon.api.fastmail.com/u1/b1/attachment"]
    assert one.provider.asked == {"download": 3, "session": 1}


async def test_a_blob_that_is_not_there_is_asked_for_once() -> None:
    one = one_grant(FRESH)
    one.provider.download_url = "https://api.fastmail.com/{accountId}/{blobId}/{name}"
    connection = await one.connection()
    await connection.session()
    one.provider.answers["download"] = [Moved("404")]
    with pytest.raises(Moved):
        await connection.download("u1", "b1", maximum=9)
    assert one.provider.asked == {"session": 2, "download": 1}


async def test_a_call_that_may_change_something_is_not_repeated() -> None:
    one = one_grant(FRESH)
    one.provider.answers["call"] = [Moved("404")]
    one.provider.api_url = MOVED
    changing = Allowance(Needs(methods=frozenset({"Email/set"})))
    connection = Connection(one.mailboxes, await one.read(), lambda: DATA_KEY, changing)
    with pytest.raises(Moved):
        await connection.call([], [Invocation("Email/set", {}, "0")])
    assert one.provider.asked == {"call": 1}


async def test_too_many_requests_at_once_are_tried_once_more_after_a_pause() -> None:
    one = one_grant(FRESH)
    one.provider.answers["call"] = [TooManyRequests("limit")]
    assert await one.call() == "served"
    one.provider.answers["call"] = [TooManyRequests("limit")] * 3
    assert await one.call() == TooManyRequests.__name__
    assert (one.provider.asked, one.slept) == ({"call": 4}, [0.5, 0.5])
    assert TooManyRequests().text.endswith("Try again in a minute.")


async def test_how_much_the_server_gives_at_once_is_kept_and_looked_up_where_older_facts_lack_it() -> None:
    one = one_grant(FRESH)
    connection = await one.connection()
    assert await connection.most_objects() == FACTS.most_objects
    assert one.provider.asked == {}
    connection._facts = structs.replace(FACTS, most_objects=0)
    assert [await connection.most_objects(), await connection.most_objects()] == [500, 500]
    assert one.provider.asked == {"session": 1}


@pytest.mark.row("I3")
async def test_a_grant_that_was_retired_during_the_call_keeps_no_facts() -> None:
    one = one_grant(FRESH)
    one.provider.state = one.provider.session_state = "s2"

    async def before(step: str) -> None:
        if step == "session":
            await one.retire()

    one.provider.before = before
    assert await one.call() == "served"
    grant = one.grant
    assert grant is not None
    assert grant.session_facts is None


async def test_facts_are_kept_beside_a_refresh_of_the_same_call() -> None:
    one = one_grant(EXPIRED)
    one.provider.state = one.provider.session_state = "s2"
    assert await one.call() == "served"
    assert kept(one).state == "s2"
    assert not one.lost()
    assert one.grants.done == ["take", "store", "note"]


@pytest.mark.row("ST-02")
async def test_another_data_key_opens_nothing() -> None:
    one = one_grant(FRESH)
    connection = one.mailboxes.open(await one.read(), lambda: bytes(32), ALL)
    for ask in (connection.account_id, connection.session, lambda: connection.call([], [])):
        with pytest.raises(SealBroken):
            await ask()


# An API token


def api_token() -> OneGrant:
    return one_grant(EXPIRED, api_token=True)


async def test_an_api_token_is_not_refreshed() -> None:
    one = api_token()
    one.provider.issued_at(one.clock())
    assert await one.call() == "served"
    assert one.provider.asked == {"call": 1}
    assert one.grants.done == []


@pytest.mark.row("I5")
async def test_a_throttle_of_logins_for_hours_does_not_end_an_api_token() -> None:
    one = api_token()
    for _ in range(12):
        assert await one.call() == Unauthorized.__name__
        one.clock.now += 3600
    assert state(one) == (GrantState.ACTIVE, None)
    one.provider.issued_at(one.clock())
    assert await one.call() == "served"


@pytest.mark.row("I5")
async def test_an_api_token_that_was_refused_once_is_not_the_end() -> None:
    one = api_token()
    assert await one.call() == Unauthorized.__name__
    one.clock.now += LASTING - 1
    assert await one.call() == Unauthorized.__name__
    assert state(one) == (GrantState.ACTIVE, None)
    assert one.provider.asked["refresh"] == 0
    assert one.grants.done == ["note"]


async def test_an_api_token_that_is_refused_for_long_is_the_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "mailconnect.audit")
    one = api_token()
    assert await one.call() == Unauthorized.__name__
    one.clock.now += LASTING
    assert [await one.call(), await one.call()] == [GrantEnded.__name__, "401"]
    assert state(one) == (GrantState.RETIRED, Reason.PROVIDER_ENDED)
    [event] = [json.loads(record.message) for record in caplog.records]
    assert (event["event"], event["grant"], event["reason"]) == ("grant_retired", grant_hash(one.id), "provider_ended")
    [kept] = one.events._events.values()
    assert (kept.what, kept.actor, kept.grant) == ("grant_retired", "provider", grant_hash(one.id))


@pytest.mark.row("I5")
async def test_an_accepted_call_between_breaks_the_row() -> None:
    one = api_token()
    assert await one.call() == Unauthorized.__name__
    one.clock.now += LASTING
    one.provider.issued_at(one.clock())
    assert await one.call() == "served"
    one.provider.refuse_access_tokens()
    assert await one.call() == Unauthorized.__name__
    assert state(one) == (GrantState.ACTIVE, None)


@pytest.mark.row("I5")
async def test_two_lone_refusals_of_an_api_token_that_still_opens_the_session_are_not_the_end() -> None:
    one = api_token()
    for _ in range(4):
        one.provider.issued_at(one.clock())
        one.provider.answers["call"] = [Unauthorized("401")]
        assert await one.call() == Unauthorized.__name__
        one.clock.now += 2 * LASTING
    assert state(one) == (GrantState.ACTIVE, None)
    assert one.provider.asked == {"call": 4, "session": 2}
    one.provider.issued_at(one.clock())
    assert await one.call() == "served"


@pytest.mark.row("I5")
async def test_two_lone_refusals_are_not_the_end_where_the_session_cannot_be_had() -> None:
    one = api_token()
    one.provider.answers["session"] = [UpstreamFault("503")]
    for _ in range(2):
        assert await one.call() == Unauthorized.__name__
        one.clock.now += LASTING
    assert state(one) == (GrantState.ACTIVE, None)
    assert await one.call() == GrantEnded.__name__


@pytest.mark.row("F-21")
@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.LOST])
@pytest.mark.parametrize("step", ["note", "retire"])
async def test_a_refusal_that_cannot_be_noted_is_a_tool_error(fault: Fault, step: str) -> None:
    one = api_token()
    one.grants.faults[step] = [fault]
    assert await one.call() == Unauthorized.__name__
    one.clock.now += LASTING
    assert await one.call() in {Unauthorized.__name__, GrantEnded.__name__}
    one.clock.now += LASTING
    assert await one.call() in {GrantEnded.__name__, "401"}
    assert await one.call() == "401"


async def test_an_api_tokens_other_trouble_breaks_no_row_and_makes_none() -> None:
    one = api_token()
    one.provider.answers["call"] = [UpstreamFault("503")]
    assert await one.call() == UpstreamFault.__name__
    assert one.grants.done == []


# The time that a request has


@pytest.mark.row("F-05", "I7")
@pytest.mark.usefixtures("watched_deadlines")
@pytest.mark.parametrize(("seconds_left", "allowed"), [(900.0, CALL_SECONDS), (12.0, 11.0)])
async def test_all_that_a_request_asks_of_the_provider_has_one_deadline(seconds_left: float, allowed: float) -> None:
    one = one_grant(FRESH)
    one.seconds_left = seconds_left
    one.provider.state = "s2"  # so that the session is fetched too
    deadlines: list[float] = []

    async def before(_: str) -> None:
        deadlines.append(effective_deadline())

    one.provider.before = before
    begun = anyio.current_time()
    connection = await one.connection()
    await connection.call([], [])
    assert len(deadlines) == 2
    assert deadlines[1] == pytest.approx(deadlines[0], abs=0.01)
    assert begun <= deadlines[0] - allowed <= anyio.current_time()


@pytest.mark.row("F-05", "I7")
async def test_a_provider_that_never_answers_is_a_tool_error() -> None:
    one = one_grant(FRESH)
    one.seconds_left = 1.05

    async def before(_: str) -> None:
        await anyio.sleep_forever()

    one.provider.before = before
    with pytest.raises(NotAnswering):
        await (await one.connection()).call([], [])
