"""From a session URL to the authorization server, when all is well and when something is wrong on the way."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from math import inf
from typing import Any

import anyio
import httpx
import pytest

from mailconnect.mail.errors import (
    MailboxError,
    NotAnswering,
    Throttled,
    UnexpectedAnswer,
    UntrustedAddress,
    UpstreamFault,
)
from mailconnect.outbound.exchange import ExchangeBounds, within
from mailconnect.outbound.httpx_transport import OverHttpx
from mailconnect.outbound.transport import Transport
from mailconnect.provider.any_jmap import any_jmap
from mailconnect.provider.discovery import Discovery
from mailconnect.provider.errors import MetadataUnusable
from mailconnect.provider.oauth_client import OAuthClient
from mailconnect.provider.provider import Provider
from mailconnect.provider.resource_metadata import metadata_url_of
from mailconnect.provider.token_response import refresh_form
from tests.bridge import TurnedClock
from tests.provider.deadlines import effective_deadline
from tests.provider.test_oauth_client import on_the_wire

pytestmark = pytest.mark.anyio

WELL_KNOWN = "https://mail.example.com/.well-known/jmap"
SESSION = "https://api.example.com/jmap/session"
RESOURCE_METADATA = "https://api.example.com/.well-known/oauth-protected-resource/jmap/session"
ISSUER = "https://login.example.com/tenant"
SERVER_METADATA = "https://login.example.com/.well-known/oauth-authorization-server/tenant"
OPENID = "https://login.example.com/tenant/.well-known/openid-configuration"
PROVIDER = any_jmap(session_url=WELL_KNOWN, hosts=("api.example.com", "login.example.com"), client_id="ours")

RESOURCE = {"resource": SESSION, "authorization_servers": [ISSUER]}
SERVER = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "code_challenge_methods_supported": ["S256"],
}
Answer = Callable[[], httpx.Response]


def redirect(location: str, status: int = 301) -> httpx.Response:
    return httpx.Response(status, headers={"location": location})


def challenge(text: str) -> httpx.Response:
    return httpx.Response(401, headers={"www-authenticate": text}, text="No Authorization header")


class Web:
    """Answers by whole URL, and says 404 elsewhere; any request with a credential fails the test."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.pages: dict[str, httpx.Response] = {
            WELL_KNOWN: redirect("https://api.example.com/jmap/session"),
            SESSION: challenge(f'Bearer resource_metadata="{RESOURCE_METADATA}"'),
            RESOURCE_METADATA: httpx.Response(200, json=RESOURCE),
            SERVER_METADATA: httpx.Response(200, json=SERVER),
        }

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert {"authorization", "cookie"}.isdisjoint(request.headers)
        assert request.method == "GET"
        self.seen.append(str(request.url))
        return on_the_wire(self.pages.get(str(request.url), httpx.Response(404)))


@pytest.fixture
def web() -> Web:
    return Web()


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def transport(web: Web) -> Transport:
    return OverHttpx(httpx.MockTransport(web))


@pytest.fixture
def discovery(transport: Transport, clock: TurnedClock) -> Discovery:
    return discovering(transport, clock)


def discovering(transport: Transport, clock: TurnedClock, provider: Provider = PROVIDER) -> Discovery:
    return Discovery(transport, provider, clock, ExchangeBounds(total=5, body=65_536))


async def test_the_session_url_leads_to_the_server(discovery: Discovery, web: Web) -> None:
    server = await discovery.server()
    assert (server.issuer, server.token_endpoint) == (ISSUER, f"{ISSUER}/token")
    assert server.resource is None, "which is the session's own URL, wherever that is later"
    assert await discovery.session_url() == SESSION
    assert web.seen == [WELL_KNOWN, SESSION, RESOURCE_METADATA, SERVER_METADATA]


async def test_a_redirect_may_be_relative(discovery: Discovery, web: Web) -> None:
    web.pages["https://api.example.com/jmap"] = redirect("/jmap/session")
    web.pages[WELL_KNOWN] = redirect("https://api.example.com/jmap")
    assert await discovery.session_url() == SESSION


@pytest.mark.parametrize(
    ("session_url", "at"),
    [
        ("https://as.example/jmap/X/", "https://as.example/.well-known/oauth-protected-resource/jmap/X"),
        ("https://as.example/jmap?u=1", "https://as.example/.well-known/oauth-protected-resource/jmap?u=1"),
    ],
)
def test_resource_metadata_is_where_rfc_9728_puts_it(session_url: str, at: str) -> None:
    assert metadata_url_of(None, session_url) == at


async def test_metadata_are_remembered_for_an_hour(discovery: Discovery, web: Web, clock: TurnedClock) -> None:
    for _ in range(3):
        await discovery.server()
        await discovery.session_url()
    assert len(web.seen) == 4
    clock.now += 3600
    await discovery.server()
    assert len(web.seen) == 8


@pytest.mark.row("F-01", "F-02")
@pytest.mark.parametrize("page", [WELL_KNOWN, SERVER_METADATA])
@pytest.mark.parametrize("status", [429, 500, 503])
async def test_known_metadata_serve_through_the_providers_trouble_for_a_day(
    discovery: Discovery, web: Web, clock: TurnedClock, page: str, status: int
) -> None:
    known = await discovery.server(), await discovery.session_url()
    right, web.pages[page] = web.pages[page], httpx.Response(status)
    for _ in range(23):
        clock.now += 3600
        assert (await discovery.server(), await discovery.session_url()) == known
    clock.now += 3599
    assert (await discovery.server(), await discovery.session_url()) == known
    clock.now += 1
    with pytest.raises((Throttled, UpstreamFault)):
        await (discovery.session_url() if page == WELL_KNOWN else discovery.server())
    web.pages[page] = right
    assert (await discovery.server(), await discovery.session_url()) == known


@pytest.mark.row("F-01")
async def test_in_its_trouble_the_provider_is_asked_once_a_minute(
    discovery: Discovery, web: Web, clock: TurnedClock
) -> None:
    await discovery.server()
    right, web.pages[SERVER_METADATA] = web.pages[SERVER_METADATA], httpx.Response(503)
    clock.now += 3600
    for asked in (1, 1, 2):
        await discovery.server()
        assert web.seen.count(SERVER_METADATA) == 1 + asked
        clock.now += 30
    web.pages[SERVER_METADATA] = right
    clock.now += 60
    for _ in range(2):
        await discovery.server()
    assert web.seen.count(SERVER_METADATA) == 4


@pytest.mark.parametrize("answer", [httpx.Response(404), httpx.Response(200, json={"issuer": "https://evil.example"})])
async def test_known_metadata_are_over_when_the_provider_publishes_others(
    discovery: Discovery, web: Web, clock: TurnedClock, answer: httpx.Response
) -> None:
    await discovery.server()
    web.pages[SERVER_METADATA] = answer
    clock.now += 3600
    with pytest.raises(UnexpectedAnswer):
        await discovery.server()


async def test_a_failure_is_not_remembered(discovery: Discovery, web: Web) -> None:
    right = web.pages.pop(SERVER_METADATA)
    with pytest.raises(UnexpectedAnswer, match=r"^404$"):
        await discovery.server()
    web.pages[SERVER_METADATA] = right
    assert (await discovery.server()).issuer == ISSUER


@pytest.mark.parametrize(
    "without", ["Bearer", 'Basic realm="x", Bearer realm="y"', 'Bearer x_resource_metadata="https://evil.example/"']
)
async def test_without_a_named_document_it_is_at_its_well_known_place(
    discovery: Discovery, web: Web, without: str
) -> None:
    web.pages[SESSION] = challenge(without)
    assert (await discovery.server()).issuer == ISSUER


@pytest.mark.parametrize("before", ["Basic realm=x, Bearer ", 'Bearer realm="a", error="b", ', "bearer "])
async def test_the_challenge_may_say_more(discovery: Discovery, web: Web, before: str) -> None:
    elsewhere = "https://api.example.com/metadata"
    web.pages[elsewhere] = web.pages.pop(RESOURCE_METADATA)
    web.pages[SESSION] = challenge(f'{before}Resource_Metadata = "{elsewhere}"')
    assert (await discovery.server()).issuer == ISSUER


async def test_a_server_that_knows_openid_connect_alone_is_found(discovery: Discovery, web: Web) -> None:
    web.pages[OPENID] = web.pages.pop(SERVER_METADATA)
    assert (await discovery.server()).issuer == ISSUER


UNUSABLE = [
    httpx.Response(400),
    httpx.Response(401),
    httpx.Response(403),
    httpx.Response(404),
    httpx.Response(405),
    httpx.Response(410),
    httpx.Response(500),
    httpx.Response(503),
    redirect("https://api.example.com/login"),
    httpx.Response(200, text="<html></html>"),
    httpx.Response(200, json=SERVER | {"issuer": "https://another.example"}),
    httpx.Response(200, json=[]),
]


@pytest.mark.parametrize("answer", UNUSABLE, ids=str)
async def test_openid_connect_is_asked_whatever_stands_in_the_place_of_rfc_8414(
    discovery: Discovery, web: Web, answer: httpx.Response
) -> None:
    web.pages[OPENID], web.pages[SERVER_METADATA] = web.pages[SERVER_METADATA], answer
    assert (await discovery.server()).issuer == ISSUER
    web.pages[OPENID] = httpx.Response(200, json=SERVER | {"code_challenge_methods_supported": None})


async def test_where_only_openid_connects_document_is_there_it_says_what_is_wrong(
    discovery: Discovery, web: Web
) -> None:
    del web.pages[SERVER_METADATA]
    web.pages[OPENID] = httpx.Response(200, json=SERVER | {"code_challenge_methods_supported": None})
    with pytest.raises(MetadataUnusable, match="no S256"):
        await discovery.server()


async def test_a_challenge_may_name_its_document_relative_to_the_session(discovery: Discovery, web: Web) -> None:
    web.pages["https://api.example.com/metadata"] = web.pages.pop(RESOURCE_METADATA)
    web.pages[SESSION] = challenge('Bearer resource_metadata="/metadata"')
    assert (await discovery.server()).issuer == ISSUER


@pytest.mark.parametrize("resource", ["https://api.example.com", "https://api.example.com/"])
async def test_a_resource_that_is_the_sessions_origin_is_taken_and_named_to_the_server(
    discovery: Discovery, web: Web, resource: str
) -> None:
    web.pages[RESOURCE_METADATA] = httpx.Response(200, json=RESOURCE | {"resource": resource})
    assert (await discovery.server()).resource == resource


async def test_the_name_that_the_session_calls_itself_is_what_tokens_are_asked_for(
    transport: Transport, clock: TurnedClock, web: Web
) -> None:
    oauth = OAuthClient(transport, PROVIDER, clock)
    provider = await oauth.resolved()
    assert provider.resource_name == SESSION
    web.pages[RESOURCE_METADATA] = httpx.Response(200, json=RESOURCE | {"resource": "https://api.example.com"})
    provider = await OAuthClient(transport, PROVIDER, clock).resolved()
    assert (provider.session_url, provider.resource_name) == (SESSION, "https://api.example.com")
    assert refresh_form(provider, "fmr1-canary")["resource"] == "https://api.example.com"


async def test_the_operator_is_told_which_setting_helps_where_the_metadata_is_of_another_resource(
    discovery: Discovery, web: Web
) -> None:
    web.pages[RESOURCE_METADATA] = httpx.Response(200, json=RESOURCE | {"resource": "https://other.example.com/"})
    with pytest.raises(MetadataUnusable) as refused:
        await discovery.server()
    assert "MAILCONNECT_PROVIDER_ISSUER" in refused.value.remedy


@pytest.mark.parametrize("answer", [httpx.Response(status) for status in (200, 403, 404, 500, 503)], ids=str)
async def test_sign_in_goes_on_whatever_the_session_answers_without_a_token(
    discovery: Discovery, web: Web, answer: httpx.Response
) -> None:
    web.pages[SESSION] = answer
    assert (await discovery.server()).issuer == ISSUER
    assert await discovery.session_url() == SESSION


async def test_of_several_servers_the_first_allowed_one_is_taken(discovery: Discovery, web: Web) -> None:
    servers = [None, "https://evil.example", f"{ISSUER}?x", "http://login.example.com/tenant", ISSUER]
    web.pages[RESOURCE_METADATA] = httpx.Response(200, json=RESOURCE | {"authorization_servers": servers})
    assert (await discovery.server()).issuer == ISSUER
    assert not any("evil" in url for url in web.seen)


async def test_a_server_that_announces_no_pkce_is_taken_where_the_operator_says_so(
    transport: Transport, clock: TurnedClock, web: Web
) -> None:
    silent = {key: value for key, value in SERVER.items() if key != "code_challenge_methods_supported"}
    web.pages[SERVER_METADATA] = httpx.Response(200, json=silent)
    with pytest.raises(MetadataUnusable):
        await discovering(transport, clock).server()
    assert (await discovering(transport, clock, replace(PROVIDER, assumes_pkce=True)).server()).issuer == ISSUER


async def test_a_named_issuer_is_asked_directly(transport: Transport, clock: TurnedClock, web: Web) -> None:
    assert (await discovering(transport, clock, replace(PROVIDER, issuer=ISSUER)).server()).issuer == ISSUER
    assert web.seen == [SERVER_METADATA]


# Counterfeits


@pytest.mark.row("CB-10", "F-08")
@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/jmap/session",
        "http://api.example.com/jmap/session",
        "https://api.example.com@evil.example/",
        "https://api.example.com\\@evil.example/",
        "//evil.example/jmap/session",
        "https://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:9001/",
        "https://[::ffff:169.254.169.254]/",
        "https://аpi.example.com/",
        "https://api.example.com.evil.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://[",
    ],
)
@pytest.mark.parametrize("status", [301, 308])
async def test_a_redirect_leads_nowhere_that_is_not_allowed(
    discovery: Discovery, web: Web, location: str, status: int
) -> None:
    web.pages[WELL_KNOWN] = httpx.Response(status, headers={"location": location.encode()})
    for asked in (discovery.session_url, discovery.server):
        with pytest.raises(UnexpectedAnswer) as refused:
            await asked()
        assert "evil" not in f"{refused.value}{refused.value.text}"
    assert set(web.seen) == {WELL_KNOWN}


@pytest.mark.row("F-08")
@pytest.mark.parametrize("answer", [redirect(WELL_KNOWN), httpx.Response(301)], ids=["to itself", "to nowhere"])
async def test_redirects_come_to_an_end(discovery: Discovery, web: Web, answer: httpx.Response) -> None:
    web.pages[WELL_KNOWN] = answer
    with pytest.raises(UnexpectedAnswer):
        await discovery.session_url()
    assert len(web.seen) == 4


@pytest.mark.row("F-08")
@pytest.mark.parametrize("page", [RESOURCE_METADATA, SERVER_METADATA])
async def test_metadata_is_where_it_was_asked_for(discovery: Discovery, web: Web, page: str) -> None:
    web.pages["https://api.example.com/moved"] = web.pages[page]
    web.pages[page] = redirect("https://api.example.com/moved")
    with pytest.raises(UnexpectedAnswer):
        await discovery.server()
    assert "https://api.example.com/moved" not in web.seen


@pytest.mark.row("CB-10")
@pytest.mark.parametrize(
    "url",
    ["https://evil.example/prm", "http://api.example.com/prm", "https://10.0.0.1/prm", "//evil.example/", "http://["],
)
async def test_a_challenge_does_not_lead_to_a_foreign_document(discovery: Discovery, web: Web, url: str) -> None:
    web.pages[SESSION] = challenge(f'Bearer resource_metadata="{url}"')
    with pytest.raises(UntrustedAddress):
        await discovery.server()
    assert web.seen == [WELL_KNOWN, SESSION]


@pytest.mark.parametrize(
    "document",
    [
        RESOURCE | {"resource": "https://api.example.com/jmap/session/"},
        RESOURCE | {"resource": "https://evil.example/jmap/session"},
        RESOURCE | {"resource": "https://example.com"},
        RESOURCE | {"resource": [SESSION]},
        RESOURCE | {"authorization_servers": []},
        RESOURCE | {"authorization_servers": ISSUER},
        RESOURCE | {"authorization_servers": {ISSUER: ISSUER}},
        RESOURCE | {"authorization_servers": ["https://evil.example", "http://login.example.com/tenant"]},
        {},
        [],
        None,
    ],
)
async def test_counterfeit_resource_metadata_is_refused(discovery: Discovery, web: Web, document: Any) -> None:
    web.pages[RESOURCE_METADATA] = httpx.Response(200, json=document)
    with pytest.raises(UnexpectedAnswer):
        await discovery.server()
    assert SERVER_METADATA not in web.seen


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://login.example.com"},
        {"issuer": f"{ISSUER}/"},
        {"issuer": "https://evil.example"},
        {"token_endpoint": "https://evil.example/token"},
        {"token_endpoint": "http://login.example.com/tenant/token"},
        {"authorization_endpoint": "https://evil.example/authorize"},
        {"revocation_endpoint": "https://evil.example/revoke"},
        {"registration_endpoint": "https://evil.example/register"},
        {"code_challenge_methods_supported": ["plain"]},
    ],
)
@pytest.mark.parametrize("openid", [False, True])
async def test_counterfeit_server_metadata_is_refused(
    discovery: Discovery, web: Web, change: dict[str, Any], openid: bool
) -> None:
    if openid:
        del web.pages[SERVER_METADATA]
    web.pages[OPENID if openid else SERVER_METADATA] = httpx.Response(200, json=SERVER | change)
    with pytest.raises(UnexpectedAnswer):
        await discovery.server()


# Bodies and times


@pytest.mark.row("F-07")
@pytest.mark.parametrize("page", [SESSION, RESOURCE_METADATA, SERVER_METADATA])
async def test_a_huge_document_is_not_read_to_its_end(discovery: Discovery, web: Web, page: str) -> None:
    web.pages[page] = httpx.Response(200, content=b" " * 65_537)
    with pytest.raises(UnexpectedAnswer):
        await discovery.server()


@pytest.mark.row("F-07")
async def test_of_an_answer_that_holds_no_document_nothing_is_read(discovery: Discovery, web: Web) -> None:
    web.pages[SESSION] = httpx.Response(401, headers={"www-authenticate": "Bearer"}, content=b" " * 99_999)
    assert (await discovery.server()).issuer == ISSUER


@pytest.mark.row("F-46")
async def test_a_request_that_only_reads_is_made_once_more_where_a_connection_broke(clock: TurnedClock) -> None:
    web, broken = Web(), set[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        if str(request.url) not in broken:
            broken.add(str(request.url))
            raise httpx.ReadError("x")
        return web(request)

    assert (await discovering(OverHttpx(httpx.MockTransport(answer)), clock).server()).issuer == ISSUER


@pytest.mark.row("F-06")
@pytest.mark.parametrize("body", ["", "<html></html>", '{"resource": ', "NaN", "[" * 100_000])
@pytest.mark.parametrize("page", [RESOURCE_METADATA, SERVER_METADATA])
async def test_a_body_that_is_no_metadata_is_an_unexpected_answer(
    discovery: Discovery, web: Web, page: str, body: str
) -> None:
    web.pages[page] = httpx.Response(200, text=body)
    with pytest.raises(UnexpectedAnswer):
        await discovery.server()


@pytest.mark.row("F-01", "F-02")
@pytest.mark.parametrize("page", [WELL_KNOWN, RESOURCE_METADATA, SERVER_METADATA])
@pytest.mark.parametrize(("status", "error"), [(500, UpstreamFault), (503, UpstreamFault), (429, Throttled)])
async def test_a_passing_trouble_is_told_as_one(
    discovery: Discovery, web: Web, page: str, status: int, error: type[MailboxError]
) -> None:
    web.pages[page] = httpx.Response(status, headers={"retry-after": "17"})
    with pytest.raises(error) as raised:
        await discovery.server()
    assert raised.value.retry_after == 17


@pytest.mark.row("F-02")
async def test_a_time_may_be_named_by_its_date(discovery: Discovery, web: Web) -> None:
    web.pages[WELL_KNOWN] = httpx.Response(503, headers={"retry-after": "Fri, 15 Jan 2027 08:00:20 GMT"})
    with pytest.raises(UpstreamFault) as raised:
        await discovery.server()
    assert raised.value.retry_after == 20


@pytest.mark.row("F-05")
@pytest.mark.usefixtures("watched_deadlines")
@pytest.mark.parametrize(("found", "drips"), [(Discovery.server, SERVER_METADATA), (Discovery.session_url, SESSION)])
async def test_all_of_it_together_takes_no_longer_than_one_request_may(
    clock: TurnedClock, found: Callable[[Discovery], Awaitable[object]], drips: str
) -> None:
    web = Web()
    deadlines: list[float] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        deadlines.append(effective_deadline())
        if str(request.url) == drips:
            await anyio.sleep_forever()
        return web(request)

    with pytest.raises(NotAnswering):
        await found(Discovery(OverHttpx(httpx.MockTransport(answer)), PROVIDER, clock, ExchangeBounds(total=0.05)))
    assert len(set(deadlines)) == 1
    assert deadlines[0] < inf


@pytest.mark.row("F-05")
@pytest.mark.usefixtures("watched_deadlines")
@pytest.mark.parametrize("page", [WELL_KNOWN, SERVER_METADATA])
async def test_known_metadata_serve_while_the_provider_drips_though_their_caller_waits_no_longer(
    clock: TurnedClock, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    web = Web()
    dripping, patience = set[str](), list[float]()

    async def answer(request: httpx.Request) -> httpx.Response:
        if str(request.url) in dripping:
            patience.append(effective_deadline() - asyncio.get_running_loop().time())
            await anyio.sleep_forever()
        return web(request)

    bounds = ExchangeBounds(total=5, body=65_536)
    discovery = Discovery(OverHttpx(httpx.MockTransport(answer)), PROVIDER, clock, bounds)
    known = await discovery.server(), await discovery.session_url()
    dripping.add(page)
    clock.now += 3600
    monkeypatch.setattr("mailconnect.provider.discovery._PATIENCE", 0.05)
    for _ in range(2):
        async with within(bounds.total):
            assert (await discovery.server(), await discovery.session_url()) == known
    [asked] = patience
    assert asked <= 0.05
