"""A provider that turned hostile, or that an attacker imitates: for any response of it, no credential goes
elsewhere.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from mailconnect.sandbox.assistant.errors import AssistantError, ErrorStatus
from mailconnect.sandbox.browser import PageError
from mailconnect.sandbox.switches import Fault
from tests.bridge import SANDBOX, Bridge, running_bridge

pytestmark = pytest.mark.anyio

DISCOVERED = {"MAILCONNECT_PROVIDER": "jmap", "MAILCONNECT_SESSION_URL": f"{SANDBOX}/jmap/session"}
ELSEWHERE = (
    "https://evil.example/",
    "http://evil.example/",
    "http://127.0.0.1:9001/",
    "http://169.254.169.254/latest/meta-data/",
    "https://[::ffff:127.0.0.1]/",
    "https://127.0.0.1:8788@evil.example/",
    "https://xn--pi-7kc.example/",
    "https://\u0430pi.example/",
    "//evil.example/",
)
A_FEW = ELSEWHERE[::3]
"""tests/outbound/test_allowed_hosts.py tests every form of address; these test every place where one may stand."""

ENDPOINTS = ("metadata", "resource", "register", "token", "revoke", "session", "jmap")


@pytest.fixture
async def discovered(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Bridge]:
    async with running_bridge(tmp_path, environment=DISCOVERED) as running:
        yield running


async def whole_journey(bridge: Bridge) -> None:
    """As far as it goes: connect, read, refresh the provider's token, disconnect."""
    try:
        assistant = await bridge.connected()
        await assistant.call_tool("get_session")
        await assistant.call_tool("list_mailboxes")
        bridge.clock.now += 3600
        await assistant.refresh()
        await assistant.call_tool("list_mailboxes")
        await assistant.revoke()
    except (AssistantError, PageError, ErrorStatus):
        pass
    await bridge.sweep.run()


def watched(bridge: Bridge) -> list[httpx.Request]:
    """The bridge's requests to any host from now on. An address that is not the sandbox's fails the test."""
    seen: list[httpx.Request] = []

    async def note(request: httpx.Request) -> None:
        seen.append(request)

    bridge.to_provider.event_hooks = {"request": [note]}
    return seen


def went_home(seen: list[httpx.Request]) -> None:
    assert seen
    for request in seen:
        assert request.url.host in {"127.0.0.1", "localhost"}
        assert (request.url.port, request.url.scheme, request.url.userinfo) == (8788, "http", b"")


@pytest.mark.row("F-08")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("location", A_FEW)
async def test_a_redirect_of_any_call_takes_no_credential_elsewhere(
    discovered: Bridge, endpoint: str, location: str
) -> None:
    seen = watched(discovered)
    discovered.sandbox.switches.add(Fault(endpoint, answer="redirect", location=location))
    await whole_journey(discovered)
    went_home(seen)


@pytest.mark.row("F-08")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_a_redirect_within_the_allowed_hosts_is_not_followed_with_a_credential(
    discovered: Bridge, endpoint: str
) -> None:
    seen = watched(discovered)
    discovered.sandbox.switches.add(Fault(endpoint, answer="redirect", location=f"{SANDBOX}/trap"))
    await whole_journey(discovered)
    trapped = [request for request in seen if request.url.path == "/trap"]
    assert all("authorization" not in request.headers and request.method == "GET" for request in trapped)
    assert not trapped or endpoint == "session"


@pytest.mark.row("CB-10")
@pytest.mark.parametrize("url", A_FEW)
@pytest.mark.parametrize(
    ("endpoint", "member"),
    [
        ("session", "apiUrl"),
        ("metadata", "token_endpoint"),
        ("metadata", "authorization_endpoint"),
        ("metadata", "revocation_endpoint"),
        ("metadata", "registration_endpoint"),
        ("metadata", "issuer"),
        ("resource", "resource"),
    ],
)
async def test_an_address_in_any_document_takes_no_credential_elsewhere(
    discovered: Bridge, endpoint: str, member: str, url: str
) -> None:
    seen = watched(discovered)
    discovered.sandbox.switches.add(Fault(endpoint, change={member: url}))
    await whole_journey(discovered)
    went_home(seen)


@pytest.mark.row("CB-10")
@pytest.mark.parametrize("url", ELSEWHERE)
async def test_an_authorization_server_elsewhere_is_not_asked(discovered: Bridge, url: str) -> None:
    seen = watched(discovered)
    discovered.sandbox.switches.add(Fault("resource", change={"authorization_servers": [url]}))
    await whole_journey(discovered)
    went_home(seen)
    assert {urlsplit(str(request.url)).path for request in seen}.isdisjoint({"/oauth/register", "/oauth/refresh"})


@pytest.mark.row("CB-10")
@pytest.mark.parametrize("member", ["downloadUrl", "uploadUrl", "eventSourceUrl"])
async def test_addresses_that_are_not_used_may_be_anything_and_get_nothing(discovered: Bridge, member: str) -> None:
    seen = watched(discovered)
    discovered.sandbox.switches.add(Fault("session", change={member: "https://evil.example/{accountId}"}))
    assistant = await discovered.connected()
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]
    went_home(seen)


@pytest.mark.row("F-06", "F-07")
@pytest.mark.parametrize("answer", ["html", "invalid_json", "empty", "huge", "gzip_bomb", "cut", "drop"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_no_answer_of_any_call_is_a_fault_of_ours(
    discovered: Bridge, endpoint: str, answer: str, caplog: pytest.LogCaptureFixture
) -> None:
    discovered.sandbox.switches.add(Fault(endpoint, answer=answer))
    await whole_journey(discovered)
    assert '"event": "fault"' not in caplog.text


@pytest.mark.row("CB-06")
async def test_an_answer_in_another_servers_name_is_used_for_nothing(discovered: Bridge) -> None:
    discovered.sandbox.switches.add(Fault("authorize", change={"iss": "https://evil.example"}))
    with pytest.raises(PageError):
        await discovered.connected()
    assert discovered.sandbox.counters.requests["token.code"] == 0
