"""An assistant calls tools while the mailbox's provider works, fails, or has ended the connection."""

import asyncio
import json
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from mailconnect.grants.grant import Grant
from mailconnect.grants.provider_refresh.refusal import LASTING
from mailconnect.grants.update import Update
from mailconnect.sandbox.assistant.errors import ErrorStatus
from mailconnect.sandbox.switches import Fault
from mailconnect.store.sqlite.grants import SqliteGrants
from tests.bridge import ISSUER, Bridge, running_bridge
from tests.ended_connection import refused
from tests.endpoints.wire import Wire

pytestmark = pytest.mark.anyio


class WatchedGrants:
    """The real grants, and a wait that ends when the provider's new token is in them: no clock decides who succeeds."""

    def __init__(self) -> None:
        self.real: SqliteGrants | None = None
        self.renewed = anyio.Event()

    async def update(self, grant_id: str, update: Update) -> bool:
        assert self.real is not None
        done = await self.real.update(grant_id, update)
        if done and "props_version" in update.set:
            self.renewed.set()
        return done

    async def get(self, grant_id: str) -> Grant | None:
        assert self.real is not None
        return await self.real.get(grant_id)

    async def put(self, grant: Grant) -> None:
        assert self.real is not None
        await self.real.put(grant)

    async def sleep(self, _: float) -> None:
        await self.renewed.wait()


@pytest.mark.parametrize("how", ["we know that it has expired", "the provider has ended it early"])
async def test_twenty_calls_at_once_refresh_an_expired_token_once(tmp_path: Path, how: str) -> None:
    grants = WatchedGrants()
    async with running_bridge(tmp_path, grants=grants, sleep=grants.sleep) as bridge:
        grants.real = SqliteGrants(bridge.database)
        bridge.sandbox.switches.access_token_seconds = 600
        assistant = await bridge.connected()
        if how == "we know that it has expired":
            bridge.clock.now += 601
        else:
            assert bridge.sandbox.state.expire_access_tokens() == 1
        assert assistant.tokens is not None
        call = partial(Wire(bridge).mcp, assistant.tokens.access_token, "tools/call", name="list_mailboxes")
        with anyio.fail_after(30):
            answers = await asyncio.gather(*(call() for _ in range(20)))
        assert [answer.status_code for answer in answers] == [200] * 20
        assert [answer.json()["result"]["isError"] for answer in answers] == [False] * 20
        assert bridge.sandbox.counters.requests["token.refresh"] == 1
        [grant] = bridge.sandbox.state.counted()["grants"]
        assert (grant["ended_because"], grant["presented"]) == (None, [1, 0])
        assert bridge.sandbox.state.counted()["replays"] == 0


async def test_a_token_that_ends_soon_is_refreshed_before_it_does(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    bridge.clock.now += 3300
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]
    assert bridge.sandbox.counters.requests["token.refresh"] == 1
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]
    assert bridge.sandbox.counters.requests["token.refresh"] == 1


async def test_a_token_that_ends_soon_serves_while_the_provider_cannot_refresh_it(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    bridge.clock.now += 3300
    bridge.sandbox.switches.add(Fault("token.refresh", answer=503))
    for _ in range(3):
        assert not (await assistant.call_tool("list_mailboxes"))["isError"]


def text_of(result: dict[str, Any]) -> str:
    [content] = result["content"]
    assert result["isError"] is True
    assert "structuredContent" not in result
    text: str = content["text"]
    return text


UNWELL = {
    "500": ({"answer": 500}, "fault of its own"),
    "502": ({"answer": 502}, "fault of its own"),
    "503 with Retry-After": ({"answer": 503, "retry_after": "45"}, "45 seconds"),
    "429 with Retry-After": ({"answer": 429, "retry_after": "120"}, "120 seconds"),
    "429 with a date": ({"answer": 429, "retry_after": "Fri, 15 Jan 2027 08:01:30 GMT"}, "90 seconds"),
    "429 with garbage": ({"answer": 429, "retry_after": "soon"}, "limits how often"),
    "429 with nothing": ({"answer": 429}, "limits how often"),
    "404": ({"answer": 404}, "Nothing answers at the mail server's address"),
    "drop": ({"answer": "drop", "times": 2}, "not answering"),
    "drop after acting": ({"answer": "drop", "acts": True, "times": 2}, "not answering"),
    "drop once": ({"answer": "drop"}, ""),  # a read is repeated
    "cut": ({"answer": "cut"}, ""),
    "html": ({"answer": "html"}, "could not be understood"),
    "invalid json": ({"answer": "invalid_json"}, "could not be understood"),
    "empty": ({"answer": "empty"}, "could not be understood"),
    "huge": ({"answer": "huge"}, "could not be understood"),
    "gzip bomb": ({"answer": "gzip_bomb"}, "could not be understood"),
    "redirect": ({"answer": "redirect", "location": "https://evil.example/"}, "Nothing answers at the mail server's"),
    "without a state": ({"omit": ("sessionState",)}, ""),
    "without responses": ({"omit": ("methodResponses",)}, "could not be understood"),
    "responses of another shape": ({"change": {"methodResponses": {"a": 1}}}, "could not be understood"),
    "a limit": ({"error": "urn:ietf:params:jmap:error:limit"}, ""),
}


@pytest.mark.parametrize("case", UNWELL)
async def test_an_unwell_provider_is_said_in_the_result_and_never_a_401(bridge: Bridge, case: str) -> None:
    fault, words = UNWELL[case]
    assistant = await bridge.connected()
    bridge.sandbox.switches.add(Fault("jmap", **{"times": 1, **fault}))  # type: ignore[arg-type]
    result = await assistant.call_tool("list_mailboxes")
    if words:
        assert words in text_of(result)
    assert "evil" not in json.dumps(result)
    assert "<" not in result["content"][0]["text"].partition("[")[0]
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]


@pytest.mark.parametrize("error", ["serverUnavailable", "serverFail", "accountNotFound", "forbidden", "somethingNew"])
async def test_a_method_that_fails_is_said_in_the_result(bridge: Bridge, error: str) -> None:
    assistant = await bridge.connected()
    bridge.sandbox.switches.add(Fault("Mailbox/get", error=error, times=1))
    assert text_of(await assistant.call_tool("list_mailboxes")).endswith((".", "!"))
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]


@pytest.mark.parametrize(
    "url", ["https://evil.example/api/", "http://169.254.169.254/", "http://127.0.0.1:1/", "javascript:x"]
)
async def test_a_session_that_points_elsewhere_gets_no_token_there(bridge: Bridge, url: str) -> None:
    hosts: set[tuple[str, int | None]] = set()

    async def note(request: httpx.Request) -> None:
        hosts.add((request.url.host, request.url.port))

    assistant = await bridge.connected()
    bridge.to_provider.event_hooks = {"request": [note]}
    bridge.sandbox.switches.add(Fault("session", change={"apiUrl": url}))
    text = text_of(await assistant.call_tool("get_session"))
    assert "not trusted" in text
    assert url not in text
    # Neither does a change of the session that is noticed in passing.
    bridge.sandbox.switches.session_epoch += 1
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]
    assert hosts == {("127.0.0.1", 8788), ("localhost", 8788)}


async def test_a_session_that_has_changed_is_read_again_and_the_calls_go_on(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    bridge.sandbox.switches.session_epoch += 1
    before = bridge.sandbox.counters.requests["session"]
    for _ in range(3):
        assert not (await assistant.call_tool("list_mailboxes"))["isError"]
    assert bridge.sandbox.counters.requests["session"] == before + 1


@pytest.mark.row("MC-29")
async def test_a_passing_401_of_the_provider_is_not_ours(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    bridge.sandbox.switches.add(Fault("jmap", answer=401, times=1))
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]
    assert bridge.sandbox.counters.requests["token.refresh"] == 1
    bridge.sandbox.switches.add(Fault("jmap", answer=401))
    for _ in range(3):
        assert "did not accept" in text_of(await assistant.call_tool("list_mailboxes"))


RENEWALS = {
    "500": {"answer": 500},
    "503 with Retry-After": {"answer": 503, "retry_after": "45"},
    "drop": {"answer": "drop"},
    "html": {"answer": "html"},
    "empty": {"answer": "empty"},
    "huge": {"answer": "huge"},
    "redirect": {"answer": "redirect"},
    "our client is refused": {"error": "invalid_client"},
    "an error nobody knows": {"error": "canary"},
}


@pytest.mark.parametrize("case", RENEWALS)
async def test_a_refresh_that_fails_is_said_in_the_result_and_tried_again(bridge: Bridge, case: str) -> None:
    assistant = await bridge.connected()
    bridge.sandbox.switches.access_token_seconds = 600
    bridge.sandbox.state.expire_access_tokens()
    bridge.sandbox.switches.add(Fault("token.refresh", **RENEWALS[case], times=1))
    text = text_of(await assistant.call_tool("list_mailboxes"))
    assert "canary" not in text
    bridge.clock.now += 60
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]
    assert bridge.sandbox.state.counted()["replays"] == 0


@pytest.mark.row("F-02")
async def test_while_the_provider_asks_us_to_wait_nobody_asks_it(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    bridge.sandbox.state.expire_access_tokens()
    bridge.sandbox.switches.add(Fault("token.refresh", answer=429, retry_after="120", times=1))
    assert "120 seconds" in text_of(await assistant.call_tool("list_mailboxes"))
    for age in (1, 60, 58):
        bridge.clock.now += age
        assert "second" in text_of(await assistant.call_tool("list_mailboxes"))
    assert bridge.sandbox.counters.requests["token.refresh"] == 1
    bridge.clock.now += 1
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]
    assert bridge.sandbox.counters.requests["token.refresh"] == 2


@pytest.mark.row("F-10")
async def test_when_the_provider_has_ended_the_grant_the_assistant_is_told_to_ask_the_person(
    bridge: Bridge,
) -> None:
    assistant = await bridge.connected()
    bridge.sandbox.state.end_grants_of("alice@sandbox.test", "disconnected")
    assert "connect their mailbox again" in text_of(await assistant.call_tool("list_mailboxes"))
    assert await refused(assistant)
    await assistant.connect(bridge.person())
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]


async def test_an_api_token_that_was_deleted_ends_the_grant_once_that_is_certain(bridge: Bridge) -> None:
    """One refusal proves nothing: Fastmail has answered a rate limit with 401."""
    api_token = "fmu1-sandbox-alice-readonly"
    assistant = bridge.assistant()
    await assistant.connect(bridge.person(api_token=api_token))
    bridge.sandbox.switches.revoked_api_tokens = frozenset({api_token})
    for age in (0, 300, 299):
        bridge.clock.now += age
        assert "did not accept" in text_of(await assistant.call_tool("list_mailboxes"))
    bridge.sandbox.switches.revoked_api_tokens = frozenset()
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]
    bridge.sandbox.switches.revoked_api_tokens = frozenset({api_token})
    for age in (600, LASTING):
        bridge.clock.now += age
        if age == LASTING:
            await assistant.refresh()
        text_of(await assistant.call_tool("list_mailboxes"))
    with pytest.raises(ErrorStatus) as refused:
        await assistant.call_tool("list_mailboxes")
    assert refused.value.status == 401


@pytest.mark.row("MC-35")
async def test_the_providers_token_never_reaches_the_assistant(
    bridge: Bridge, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[bytes] = []

    async def hear(response: httpx.Response) -> None:
        if str(response.url).startswith(ISSUER):
            heard.append(await response.aread() + repr(response.headers.raw).encode())

    caplog.set_level("DEBUG", "mailconnect")
    bridge.http.event_hooks = {"response": [hear]}
    assistant = await bridge.connected()
    issued = bridge.sandbox.state._connection.execute
    for fault in ({"answer": 401}, {"answer": 500}, {"answer": "drop"}, {"change": {"methodResponses": "token"}}):
        bridge.sandbox.switches.add(Fault("jmap", **fault, times=1))  # type: ignore[arg-type]
        await assistant.call_tool("list_mailboxes")
    for name in ("get_session", "list_mailboxes"):
        assert not (await assistant.call_tool(name))["isError"]
    await assistant.refresh()
    await assistant.revoke()
    await bridge.sweep.run()
    tokens = [row[0] for table in ("access_tokens", "refresh_tokens") for row in issued(f"SELECT token FROM {table}")]
    assert len(tokens) == 4
    for token in tokens:
        assert not [text for text in heard if token.encode() in text]
        assert token not in caplog.text
    assert len(heard) > 15
