"""Our requests as the provider's OAuth client, and the error for each failure."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from math import inf
from typing import Any
from urllib.parse import parse_qs

import anyio
import httpx
import pytest

from mailconnect.mail.errors import (
    MailboxError,
    NotAnswering,
    ResponseTooLong,
    Throttled,
    Unauthorized,
    UnexpectedAnswer,
    Unreachable,
    UntrustedAddress,
    UpstreamFault,
)
from mailconnect.outbound.exchange import ExchangeBounds
from mailconnect.outbound.httpx_transport import OverHttpx
from mailconnect.provider.errors import ClientRefused, GrantEnded, TemporarilyRefused
from mailconnect.provider.fastmail import ScopeFamily, fastmail
from mailconnect.provider.oauth_client import OAuthClient
from tests.bridge import TurnedClock
from tests.provider.deadlines import effective_deadline
from tests.provider.test_metadata import GOOD as METADATA
from tests.provider.test_token_response import GOOD as TOKENS

pytestmark = pytest.mark.anyio

PROVIDER = fastmail("client-id-of-ours", ScopeFamily.MAIL)
Answer = Callable[[httpx.Request], httpx.Response]


class Fastmail:
    """Answers by path; keeps every request that was made, to whatever host."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.metadata: Any = METADATA
        self.answers: dict[str, Answer] = {
            "/.well-known/oauth-authorization-server": lambda _: httpx.Response(200, json=self.metadata),
            "/oauth/refresh": lambda _: httpx.Response(200, json=TOKENS),
            "/oauth/revoke": lambda _: httpx.Response(200),
        }

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return on_the_wire(self.answers.get(request.url.path, lambda _: httpx.Response(404))(request))

    def sent(self, path: str) -> list[httpx.Request]:
        return [request for request in self.requests if request.url.path == path]


def on_the_wire(answer: httpx.Response) -> httpx.Response:
    """As it comes from a connection: not read yet."""
    return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(answer.content))


@pytest.fixture
def fastmail_server() -> Fastmail:
    return Fastmail()


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def oauth(fastmail_server: Fastmail, clock: TurnedClock) -> OAuthClient:
    return OAuthClient(
        OverHttpx(httpx.MockTransport(fastmail_server)), PROVIDER, clock, ExchangeBounds(total=5, body=65_536)
    )


def failing(error: Exception) -> Answer:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    return fail


# How long it may take


@pytest.mark.row("F-05")
@pytest.mark.usefixtures("watched_deadlines")
@pytest.mark.parametrize("request_of", [OAuthClient.refresh, OAuthClient.revoke])
async def test_a_request_and_the_discovery_before_it_have_deadlines(
    oauth: OAuthClient, fastmail_server: Fastmail, request_of: Callable[[OAuthClient, str], Awaitable[object]]
) -> None:
    deadlines: list[float] = []

    def watched(path: str) -> Answer:
        right = fastmail_server.answers[path]

        def answer(request: httpx.Request) -> httpx.Response:
            deadlines.append(effective_deadline())
            return right(request)

        return answer

    for path in list(fastmail_server.answers):
        fastmail_server.answers[path] = watched(path)
    await request_of(oauth, "fmr1-canary")
    assert len(deadlines) == 2
    assert max(deadlines) < inf
    if request_of is OAuthClient.refresh:  # under a lease, which is only a little longer
        assert len(set(deadlines)) == 1


# What is sent


async def test_a_refresh_is_one_form_to_the_discovered_endpoint(oauth: OAuthClient, fastmail_server: Fastmail) -> None:
    tokens = await oauth.refresh("fmr1-canary")
    assert tokens.refresh_token == "fmr1-canary"
    discovery, request = fastmail_server.requests
    assert (discovery.method, str(discovery.url)) == (
        "GET",
        "https://api.fastmail.com/.well-known/oauth-authorization-server",
    )
    assert (request.method, str(request.url)) == ("POST", "https://api.fastmail.com/oauth/refresh")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request.content.decode(), strict_parsing=True) == {
        "grant_type": ["refresh_token"],
        "client_id": ["client-id-of-ours"],
        "refresh_token": ["fmr1-canary"],
        "resource": ["https://api.fastmail.com/jmap/session"],
    }


async def test_a_token_or_code_goes_back_in_the_name_of_the_client_that_got_it(
    oauth: OAuthClient, fastmail_server: Fastmail
) -> None:
    await oauth.refresh("fmr1-canary", client_id="the-client-of-before")
    await oauth.revoke("fmr1-canary", client_id="the-client-of-before")
    await oauth.redeem(
        code="c", redirect_uri="https://us.example/", code_verifier="v", client_id="the-client-of-before"
    )
    _, *sent = fastmail_server.requests
    assert [parse_qs(request.content.decode())["client_id"] for request in sent] == [["the-client-of-before"]] * 3


async def test_a_code_is_redeemed_with_its_verifier(oauth: OAuthClient, fastmail_server: Fastmail) -> None:
    await oauth.redeem(code="a&b", redirect_uri="https://us.example/auth/callback", code_verifier="v")
    form = parse_qs(fastmail_server.requests[-1].content.decode(), strict_parsing=True)
    assert form == {
        "grant_type": ["authorization_code"],
        "client_id": ["client-id-of-ours"],
        "code": ["a&b"],
        "redirect_uri": ["https://us.example/auth/callback"],
        "code_verifier": ["v"],
        "resource": ["https://api.fastmail.com/jmap/session"],
    }


async def test_a_token_is_revoked_at_the_discovered_endpoint(oauth: OAuthClient, fastmail_server: Fastmail) -> None:
    assert await oauth.revoke("fmr1-canary")
    request = fastmail_server.requests[-1]
    assert str(request.url) == "https://api.fastmail.com/oauth/revoke"
    assert parse_qs(request.content.decode()) == {"token": ["fmr1-canary"], "client_id": ["client-id-of-ours"]}


async def test_a_provider_without_revocation_is_not_asked_for_it(oauth: OAuthClient, fastmail_server: Fastmail) -> None:
    fastmail_server.metadata = {name: value for name, value in METADATA.items() if name != "revocation_endpoint"}
    assert not await oauth.revoke("fmr1-canary")
    assert len(fastmail_server.requests) == 1


async def test_nothing_of_the_shared_client_goes_along(oauth: OAuthClient, fastmail_server: Fastmail) -> None:
    fastmail_server.answers["/oauth/revoke"] = lambda _: httpx.Response(200, headers={"set-cookie": "sid=alices"})
    await oauth.revoke("fmr1-canary")
    await oauth.revoke("fmr1-bobs")
    for request in fastmail_server.requests:
        assert {"cookie", "authorization"}.isdisjoint(request.headers)
        assert request.headers["accept-encoding"] == "gzip"


# Discovery


async def test_metadata_is_remembered_for_an_hour(
    oauth: OAuthClient, fastmail_server: Fastmail, clock: TurnedClock
) -> None:
    for _ in range(3):
        await oauth.refresh("fmr1-canary")
    clock.now += 3599
    await oauth.refresh("fmr1-canary")
    assert len(fastmail_server.sent("/.well-known/oauth-authorization-server")) == 1
    clock.now += 1
    fastmail_server.metadata = METADATA | {"token_endpoint": "https://api.fastmail.com/oauth/moved"}
    fastmail_server.answers["/oauth/moved"] = fastmail_server.answers["/oauth/refresh"]
    await oauth.refresh("fmr1-canary")
    assert len(fastmail_server.sent("/oauth/moved")) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(500), UpstreamFault),
        (httpx.Response(404), UnexpectedAnswer),
        (httpx.Response(400), UnexpectedAnswer),
        (httpx.Response(401), UnexpectedAnswer),
        (httpx.Response(302, headers={"location": "https://www.fastmail.com/"}), UnexpectedAnswer),
        (httpx.Response(200, text="<html></html>"), UnexpectedAnswer),
        (httpx.Response(200, json={"issuer": "https://evil.example"}), UnexpectedAnswer),
    ],
)
async def test_without_metadata_nothing_is_sent_and_the_failure_is_not_remembered(
    oauth: OAuthClient, fastmail_server: Fastmail, answer: httpx.Response, error: type[MailboxError]
) -> None:
    right = fastmail_server.answers["/.well-known/oauth-authorization-server"]
    fastmail_server.answers["/.well-known/oauth-authorization-server"] = lambda _: answer
    with pytest.raises(error):
        await oauth.refresh("fmr1-canary")
    assert {request.method for request in fastmail_server.requests} == {"GET"}
    fastmail_server.answers["/.well-known/oauth-authorization-server"] = right
    await oauth.refresh("fmr1-canary")


@pytest.mark.row("F-08")
@pytest.mark.parametrize("name", ["token_endpoint", "revocation_endpoint"])
@pytest.mark.parametrize(
    "url", ["https://evil.example/oauth", "http://api.fastmail.com/oauth/refresh", "https://127.0.0.1/oauth"]
)
async def test_a_token_never_goes_to_a_host_that_is_not_allowed(
    oauth: OAuthClient, fastmail_server: Fastmail, name: str, url: str
) -> None:
    fastmail_server.metadata = METADATA | {name: url}
    for request in (oauth.refresh, oauth.revoke):
        with pytest.raises(UntrustedAddress):
            await request("fmr1-canary")
    assert all(request.url.path.startswith("/.well-known/") for request in fastmail_server.requests)


@pytest.mark.row("F-08")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["https://evil.example/", "https://api.fastmail.com/oauth/elsewhere", "http://["])
async def test_a_redirect_is_not_followed(
    oauth: OAuthClient, fastmail_server: Fastmail, status: int, location: str
) -> None:
    fastmail_server.answers["/oauth/refresh"] = lambda _: httpx.Response(status, headers={"location": location})
    with pytest.raises(UnexpectedAnswer, match=f"^{status}$") as refused:
        await oauth.refresh("fmr1-canary")
    assert type(refused.value) is UnexpectedAnswer  # and not Moved: nobody is to look for the token endpoint elsewhere
    assert [request.url.host for request in fastmail_server.requests] == ["api.fastmail.com"] * 2


# What an answer means


@pytest.mark.row("F-01", "F-02", "F-06", "F-10", "F-11")
@pytest.mark.parametrize(
    ("answer", "error", "wait"),
    [
        (httpx.Response(500), UpstreamFault, None),
        (httpx.Response(502, text="<html>"), UpstreamFault, None),
        (httpx.Response(502, text="x" * 70_000), UpstreamFault, None),  # a body that says nothing is not read
        (httpx.Response(503, headers={"retry-after": "17"}), UpstreamFault, 17),
        (httpx.Response(429, headers={"retry-after": "17"}), Throttled, 17),
        (httpx.Response(429, headers={"retry-after": "soon"}), Throttled, None),
        (httpx.Response(429, headers={"retry-after": "Fri, 15 Jan 2027 08:00:20 GMT"}), Throttled, 20),
        (httpx.Response(404), UnexpectedAnswer, None),
        (httpx.Response(200, text="<html>"), UnexpectedAnswer, None),
        (httpx.Response(200), UnexpectedAnswer, None),
        (httpx.Response(401, text="No"), UnexpectedAnswer, None),
        (httpx.Response(401, json={"error": "invalid_client"}), ClientRefused, None),
        (httpx.Response(400, json={"error": "invalid_grant"}), GrantEnded, None),
        (httpx.Response(403, json={"error": "invalid_grant"}), GrantEnded, None),
        (httpx.Response(400, json={"error": "invalid_grant", "temporary": True}), TemporarilyRefused, None),
        (httpx.Response(500, json={"error": "invalid_grant"}), UpstreamFault, None),
        (httpx.Response(200, json=TOKENS, headers={"content-encoding": "br"}), UnexpectedAnswer, None),
        (httpx.Response(200, content=b"x" * 65_537), ResponseTooLong, None),
    ],
)
async def test_each_response_of_the_token_endpoint_is_its_error(
    oauth: OAuthClient, fastmail_server: Fastmail, answer: httpx.Response, error: type[MailboxError], wait: int | None
) -> None:
    fastmail_server.answers["/oauth/refresh"] = lambda _: answer
    with pytest.raises(MailboxError) as raised:
        await oauth.refresh("fmr1-canary")
    assert type(raised.value) is error
    assert raised.value.retry_after == wait
    assert len(fastmail_server.sent("/oauth/refresh")) == 1, "what may have acted is not repeated"


@pytest.mark.row("F-38")
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(503), UpstreamFault),
        (httpx.Response(429), Throttled),
        (httpx.Response(400, json={"error": "invalid_client"}), UnexpectedAnswer),
        (httpx.Response(401), Unauthorized),
        (httpx.Response(302, headers={"location": "/"}), UnexpectedAnswer),
        (httpx.Response(204), UnexpectedAnswer),
    ],
)
async def test_a_revocation_is_done_only_when_the_provider_says_200(
    oauth: OAuthClient, fastmail_server: Fastmail, answer: httpx.Response, error: type[MailboxError]
) -> None:
    fastmail_server.answers["/oauth/revoke"] = lambda _: answer
    with pytest.raises(error):
        await oauth.revoke("fmr1-canary")


# What the transport says


@pytest.mark.row("F-03")
@pytest.mark.parametrize(
    "error",
    [httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.PoolTimeout("x"), httpx.UnsupportedProtocol("x")],
)
async def test_a_request_that_was_not_sent_is_sent_once_more(
    oauth: OAuthClient, fastmail_server: Fastmail, error: httpx.TransportError
) -> None:
    fastmail_server.answers["/oauth/refresh"] = failing(error)
    with pytest.raises(Unreachable) as raised:
        await oauth.refresh("fmr1-canary")
    assert "canary" not in str(raised.value)
    assert len(fastmail_server.sent("/oauth/refresh")) == 2


@pytest.mark.row("F-03")
async def test_the_second_time_it_may_go_well(oauth: OAuthClient, fastmail_server: Fastmail) -> None:
    right = fastmail_server.answers["/oauth/refresh"]

    def once(_: httpx.Request) -> httpx.Response:
        fastmail_server.answers["/oauth/refresh"] = right
        raise httpx.ConnectError("x")

    fastmail_server.answers["/oauth/refresh"] = once
    assert (await oauth.refresh("fmr1-canary")).access_token == "fmu1-canary"


@pytest.mark.row("F-04")
@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout("x"),
        httpx.WriteTimeout("x"),
        httpx.ReadError("x"),
        httpx.WriteError("x"),
        httpx.RemoteProtocolError("fmr1-canary"),
        httpx.DecodingError("x"),
        ConnectionResetError("fmr1-canary"),
        ValueError("fmr1-canary"),
    ],
)
async def test_a_request_that_may_have_been_sent_is_not_repeated(
    oauth: OAuthClient, fastmail_server: Fastmail, error: Exception
) -> None:
    fastmail_server.answers["/oauth/refresh"] = failing(error)
    with pytest.raises(NotAnswering) as raised:
        await oauth.refresh("fmr1-canary")
    assert len(fastmail_server.sent("/oauth/refresh")) == 1
    assert "canary" not in str(raised.value)
    assert raised.value.__suppress_context__


@pytest.mark.row("F-05", "I2")
@pytest.mark.usefixtures("watched_deadlines")
@pytest.mark.parametrize("slow", ["/.well-known/oauth-authorization-server", "/oauth/refresh"])
async def test_discovery_and_refresh_together_take_no_longer_than_one_request_may(slow: str) -> None:
    """A lease is only a little longer than that: two requests' time would outlast it."""
    fastmail_server = Fastmail()
    patience: list[float] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        patience.append(effective_deadline())
        if request.url.path == slow:
            await anyio.sleep_forever()
        return fastmail_server(request)

    oauth = OAuthClient(OverHttpx(httpx.MockTransport(answer)), PROVIDER, TurnedClock(), ExchangeBounds(total=0.05))
    with pytest.raises(NotAnswering):
        await oauth.refresh("fmr1-canary")
    assert len(set(patience)) == 1
    assert patience[0] < inf
    assert fastmail_server.sent("/oauth/refresh") == []


async def test_a_prepared_refresh_needs_nothing_but_the_token_endpoint(
    oauth: OAuthClient, fastmail_server: Fastmail
) -> None:
    await oauth.prepare("")
    asked = len(fastmail_server.requests)
    assert fastmail_server.sent("/oauth/refresh") == []
    await oauth.refresh("fmr1-canary")
    assert len(fastmail_server.requests) == asked + 1


async def test_a_token_of_another_form_breaks_no_request(oauth: OAuthClient, fastmail_server: Fastmail) -> None:
    await oauth.refresh("a&b=c d\r\nü%\x00")
    form = parse_qs(fastmail_server.requests[-1].content.decode(), strict_parsing=True)
    assert form["refresh_token"] == ["a&b=c d\r\nü%\x00"]


async def test_another_provider_is_another_value() -> None:
    other = replace(PROVIDER, issuer="https://as.example/tenant", hosts=("as.example",), client_id=None)
    moved = json.dumps(METADATA | {"issuer": other.issuer}).replace("api.fastmail.com", "as.example")
    document = json.loads(moved)
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return on_the_wire(httpx.Response(200, json=document if request.method == "GET" else TOKENS))

    await OAuthClient(OverHttpx(httpx.MockTransport(answer)), other, TurnedClock()).refresh("r")
    assert seen == [
        "https://as.example/.well-known/oauth-authorization-server/tenant",
        "https://as.example/oauth/refresh",
    ]
