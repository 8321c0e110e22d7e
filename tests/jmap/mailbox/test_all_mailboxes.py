"""An account with more mailboxes than its server gives at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from mailconnect.jmap.capabilities import CORE, MAIL
from mailconnect.jmap.client import request_body
from mailconnect.jmap.errors import LimitExceeded, RequestTooLarge, ServerFail
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.mailbox.mailboxes import all_mailboxes
from mailconnect.jmap.response import Responses
from mailconnect.jmap.session import Session
from mailconnect.mail.account import Account
from mailconnect.mail.errors import UnexpectedAnswer
from tests.jmap_responses import responses
from tests.mcp.conftest import wire_mailbox
from tests.real_scopes import ALL_ALLOWED

pytestmark = pytest.mark.anyio


@dataclass
class Server:
    """Gives `at_once` mailboxes in a Mailbox/get, and `at_a_time` ids in a Mailbox/query."""

    mailboxes: int
    at_once: int
    at_a_time: int | None = None
    calls_in_request: int | None = None
    whole_request_fails: bool = False
    deleted: frozenset[str] = frozenset()
    announced: int | None = None
    """The limit that its session announces; None: the true one."""
    cuts: bool = False
    """Of all mailboxes it gives as many as it gives at once, and says nothing of the rest."""
    knows_queries: bool = True
    requests: list[list[str]] = field(default_factory=list)
    largest: int = 0

    async def account_id(self) -> str:
        return "u1"

    def may_have_masked(self) -> bool:
        return True

    def may_have_contacts(self) -> bool:
        return True

    async def most_objects(self) -> int:
        return self.announced or self.at_once

    async def contacts_account_id(self) -> str | None:
        return None

    async def download(self, account_id: str, blob_id: str, *, maximum: int) -> bytes:
        raise AssertionError

    async def session(self) -> Session:
        self.requests.append(["session"])
        account = Account("u1", "a", is_personal=True, is_read_only=False, capabilities=frozenset({MAIL}))
        limits = {"maxObjectsInGet": self.announced or self.at_once, "maxCallsInRequest": self.calls_in_request}
        named = {name: value for name, value in limits.items() if value is not None}
        return Session("a", account, (account,), frozenset({MAIL}), named, "https://mail.example.com/api", "s")

    async def call(self, using: Sequence[str], calls: Sequence[Invocation]) -> Responses:
        ALL_ALLOWED.check(using, calls)
        request_body(using, calls)
        assert set(using) == {CORE, MAIL}
        self.requests.append([call.name for call in calls])
        assert len(calls) <= (self.calls_in_request or 1)
        return responses(*map(self._answer, calls))

    def _answer(self, call: Invocation) -> Invocation:
        if call.name == "Mailbox/query" and not self.knows_queries:
            return Invocation("error", {"type": "unknownMethod"}, call.call_id)
        if call.name == "Mailbox/query":
            return Invocation(call.name, self._query(call.arguments["position"]), call.call_id)
        ids = call.arguments["ids"]
        if ids is None and self.cuts:
            ids = self._all[: self.at_once]
        if len(self._all if ids is None else ids) > self.at_once:
            if self.whole_request_fails:
                raise LimitExceeded("limit")
            return Invocation("error", {"type": "requestTooLarge"}, call.call_id)
        listed = [wire_mailbox(ident, ident) for ident in (self._all if ids is None else ids)]
        self.largest = max(self.largest, len(listed))
        found = [mailbox for mailbox in listed if mailbox["id"] not in self.deleted]
        return Invocation(call.name, {"list": found}, call.call_id)

    def _query(self, position: int) -> dict[str, Any]:
        if self.at_a_time is None:
            return {"ids": self._all[position:]}
        return {"ids": self._all[position : position + self.at_a_time], "limit": self.at_a_time}

    @property
    def _all(self) -> list[str]:
        return [f"m{number}" for number in range(self.mailboxes)]


async def test_an_ordinary_account_is_one_request() -> None:
    server = Server(4095, at_once=4096)
    assert len((await all_mailboxes(server, "u1")).mailboxes) == 4095
    assert server.requests == [["Mailbox/get"]]


@pytest.mark.parametrize("whole_request_fails", [False, True])
@pytest.mark.parametrize("at_a_time", [None, 7, 10, 23, 100])
async def test_a_larger_one_is_fetched_in_portions_and_nothing_is_missing(
    at_a_time: int | None, whole_request_fails: bool
) -> None:
    server = Server(23, at_once=5, at_a_time=at_a_time, whole_request_fails=whole_request_fails)
    mailboxes = (await all_mailboxes(server, "u1")).mailboxes
    assert [mailbox.id for mailbox in mailboxes] == [f"m{number}" for number in range(23)]
    assert server.largest == 5


async def test_as_many_calls_go_in_one_request_as_the_server_takes() -> None:
    server = Server(23, at_once=5, calls_in_request=3)
    assert len((await all_mailboxes(server, "u1")).mailboxes) == 23
    gets = [request for request in server.requests if request[0] == "Mailbox/get"]
    assert [len(request) for request in gets] == [1, 3, 2]


@pytest.mark.row("F-07")
async def test_no_request_asks_for_more_than_can_be_read() -> None:
    server = Server(9000, at_once=4096, calls_in_request=50)
    assert len((await all_mailboxes(server, "u1")).mailboxes) == 9000
    assert all(len(request) == 1 for request in server.requests)


@pytest.mark.parametrize("limit", [0, 2**60])
async def test_an_absurd_limit_is_not_believed(limit: int) -> None:
    server = Server(3, at_once=2)

    async def session() -> Session:
        account = Account("u1", "a", is_personal=True, is_read_only=False, capabilities=frozenset({MAIL}))
        return Session("a", account, (account,), frozenset(), {"maxObjectsInGet": limit}, "https://x.example/", "s")

    server.session = session  # type: ignore[method-assign]
    assert len((await all_mailboxes(server, "u1")).mailboxes) == 3


@pytest.mark.parametrize("mailboxes", [500, 501, 620, 1001])
async def test_a_server_that_cuts_silently_at_its_limit_is_asked_for_the_rest(mailboxes: int) -> None:
    server = Server(mailboxes, at_once=500, cuts=True)
    found = await all_mailboxes(server, "u1")
    assert [mailbox.id for mailbox in found.mailboxes] == [f"m{number}" for number in range(mailboxes)]
    assert not found.may_be_incomplete
    assert server.largest == 500


async def test_where_the_rest_cannot_be_had_the_list_may_be_incomplete() -> None:
    found = await all_mailboxes(Server(620, at_once=500, cuts=True, knows_queries=False), "u1")
    assert (len(found.mailboxes), found.may_be_incomplete) == (500, True)


async def test_an_account_below_the_limit_is_not_looked_at_twice() -> None:
    server = Server(499, at_once=500, cuts=True)
    assert not (await all_mailboxes(server, "u1")).may_be_incomplete
    assert server.requests == [["Mailbox/get"]]


@pytest.mark.parametrize("whole_request_fails", [False, True])
@pytest.mark.parametrize("calls_in_request", [None, 4])
async def test_a_server_that_takes_fewer_than_it_announces_is_asked_for_half(
    calls_in_request: int | None, whole_request_fails: bool
) -> None:
    server = Server(
        23, at_once=3, announced=20, calls_in_request=calls_in_request, whole_request_fails=whole_request_fails
    )
    found = await all_mailboxes(server, "u1")
    assert [mailbox.id for mailbox in found.mailboxes] == [f"m{number}" for number in range(23)]


async def test_a_server_that_takes_not_even_one_is_given_up() -> None:
    with pytest.raises(RequestTooLarge) as refused:
        await all_mailboxes(Server(3, at_once=0, announced=2), "u1")
    assert "Ask for less" not in refused.value.text


async def test_a_mailbox_that_is_deleted_meanwhile_is_left_out() -> None:
    server = Server(23, at_once=5, deleted=frozenset({"m3", "m22"}))
    assert len((await all_mailboxes(server, "u1")).mailboxes) == 21


async def test_a_server_that_never_comes_to_an_end_is_given_up() -> None:
    server = Server(100_000, at_once=5, at_a_time=9000)
    with pytest.raises(UnexpectedAnswer, match="over 20000 mailboxes"):
        await all_mailboxes(server, "u1")
    assert len(server.requests) <= 6


async def test_another_error_is_not_taken_for_too_many() -> None:
    class Failing(Server):
        def _answer(self, call: Invocation) -> Invocation:
            return Invocation("error", {"type": "serverFail"}, call.call_id)

    server = Failing(3, at_once=2)
    with pytest.raises(ServerFail):
        await all_mailboxes(server, "u1")
    assert server.requests == [["Mailbox/get"]]
