"""Our side as the provider's client over real connections, by httpx as on Lambda, by aiohttp as on one machine."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import anyio
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.types import Receive, Scope, Send

from mailconnect.composition.sandbox_provider import sandbox_provider
from mailconnect.grants.props import Props
from mailconnect.jmap.client import JmapClient
from mailconnect.local.bridge import Store, bridge
from mailconnect.local.server import listen
from mailconnect.mail.errors import MailboxError, NotAnswering, UnexpectedAnswer, Unreachable
from mailconnect.outbound.aiohttp_transport import OverAiohttp, client
from mailconnect.outbound.exchange import ExchangeBounds
from mailconnect.outbound.httpx_transport import OverHttpx
from mailconnect.outbound.transport import OutboundRequest, Response, Transport
from mailconnect.provider.errors import GrantEnded
from mailconnect.provider.oauth_client import OAuthClient
from mailconnect.sandbox.app import create_app
from mailconnect.sandbox.oauth.grants import Approval, authorize
from mailconnect.sandbox.provider import Provider as Sandbox
from mailconnect.sandbox.settings import Settings
from mailconnect.sandbox.switches import Fault
from mailconnect.settings import from_environment
from tests.bridge import TurnedClock
from tests.provider.served import accepting, served

pytestmark = pytest.mark.anyio

REDIRECT_URI = "http://127.0.0.1:8787/auth/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
PATIENT, IMPATIENT = ExchangeBounds(body=65_536), ExchangeBounds(total=0.2, body=65_536)


@pytest.fixture(params=["httpx", "aiohttp"])
async def transport(request: pytest.FixtureRequest) -> AsyncIterator[Transport]:
    if request.param == "aiohttp":
        async with client() as over_aiohttp:
            yield over_aiohttp
    else:
        async with httpx.AsyncHTTPTransport() as over_httpx:
            yield OverHttpx(over_httpx)


@dataclass
class Running:
    """A sandbox on its port, and a connection to it."""

    port: int
    sandbox: Sandbox
    transport: Transport

    def oauth(self, bounds: ExchangeBounds = PATIENT) -> OAuthClient:
        return OAuthClient(self.transport, sandbox_provider(self.port), TurnedClock(), bounds)

    async def tokens(self) -> Props:
        scopes = frozenset(sandbox_provider(self.port).scopes)
        approval = Approval("alice@sandbox.test", "mailconnect-sandbox", scopes, REDIRECT_URI, CHALLENGE)
        return await self.oauth().redeem(
            code=authorize(self.sandbox, approval), redirect_uri=REDIRECT_URI, code_verifier=VERIFIER
        )

    async def refresh(self, tokens: Props, bounds: ExchangeBounds = PATIENT) -> Props:
        assert tokens.refresh_token is not None
        return await self.oauth(bounds).refresh(tokens.refresh_token)

    def presented(self) -> list[int]:
        [grant] = self.sandbox.state.counted()["grants"]
        presented: list[int] = grant["presented"]
        return presented


@pytest.fixture
async def running(transport: Transport) -> AsyncIterator[Running]:
    over = asyncio.Event()

    async def never(_: float) -> None:
        await over.wait()

    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    listener.close()
    app = create_app(Settings(issuer=f"http://127.0.0.1:{port}"), clock=TurnedClock(), sleep=never)
    async with served(app, port):
        yield Running(port, app.state.provider, transport)
        over.set()


async def test_a_connection_from_code_to_revocation(running: Running) -> None:
    first = await running.tokens()
    second = await running.refresh(first)
    session = await JmapClient(running.transport, sandbox_provider(running.port).allowed_hosts, TurnedClock()).session(
        sandbox_provider(running.port).session_url, second.access_token
    )
    assert session.username == "alice@sandbox.test"
    await running.oauth().revoke(second.refresh_token or "")
    with pytest.raises(GrantEnded):
        await running.refresh(second)
    assert running.presented() == [1, 1]


@pytest.mark.row("F-46")
@pytest.mark.parametrize("keeps", [True, False])
async def test_a_token_request_of_one_machine_never_goes_over_a_connection_that_slept(keeps: bool) -> None:
    ports = set()

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        ports.add(scope["client"][1])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"{}"})

    async def ended(response: Response) -> None:
        async for _ in response.chunks():
            pass

    async with served(answer) as port, client(keeps=keeps) as over_aiohttp:
        for _ in range(3):
            await over_aiohttp.send(OutboundRequest("POST", f"http://127.0.0.1:{port}/", {}, b"", 2.0), ended)
    assert len(ports) == (1 if keeps else 3)


async def test_one_machine_keeps_connections_for_mail_alone(tmp_path: Path) -> None:
    settings = from_environment({"MAILCONNECT_DATA_DIR": str(tmp_path)})
    store = Store.open(settings)
    async with bridge(settings, store) as (adapters, _):
        for http, closes in ((adapters.oauth._transport, True), (adapters.jmap.transport, False)):
            assert isinstance(http, OverAiohttp)
            assert http._session.connector is not None
            assert http._session.connector.force_close == closes
    await store.database.close()


async def test_a_replay_ends_everything(running: Running) -> None:
    first = await running.tokens()
    second = await running.refresh(first)
    for tokens in (first, second):
        with pytest.raises(GrantEnded):
            await running.refresh(tokens)


@pytest.mark.row("F-03")
async def test_where_nobody_listens_nothing_was_sent(transport: Transport) -> None:
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    listener.close()
    with pytest.raises(Unreachable):
        await OAuthClient(transport, sandbox_provider(port), TurnedClock()).refresh("fmr1-canary")


@pytest.mark.row("F-03")
async def test_a_name_that_does_not_exist(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*_: object, **__: object) -> None:
        raise OSError("Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown, raising=False)
    provider = replace(
        sandbox_provider(1), issuer="https://nowhere.invalid", hosts=("nowhere.invalid",), loopback_ports=()
    )
    with pytest.raises(Unreachable):
        await OAuthClient(transport, provider, TurnedClock()).refresh("fmr1-canary")


@pytest.mark.row("F-04")
@pytest.mark.parametrize("acts", [False, True])
async def test_a_dropped_connection_leaves_it_open_and_is_not_tried_again(running: Running, acts: bool) -> None:
    tokens = await running.tokens()
    running.sandbox.switches.add(Fault("token.refresh", answer="drop", acts=acts, times=1))
    with pytest.raises(NotAnswering):
        await running.refresh(tokens)
    assert running.sandbox.counters.requests["token.refresh"] == 1
    if acts:
        with pytest.raises(GrantEnded):
            await running.refresh(tokens)
    else:
        await running.refresh(tokens)


@pytest.mark.row("F-06", "F-07")
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("token.refresh", answer="cut"), NotAnswering),
        (Fault("token.refresh", answer="html"), UnexpectedAnswer),
        (Fault("token.refresh", answer="invalid_json"), UnexpectedAnswer),
        (Fault("token.refresh", answer="empty"), UnexpectedAnswer),
        (Fault("token.refresh", answer="huge"), UnexpectedAnswer),
        (Fault("token.refresh", answer="gzip_bomb"), UnexpectedAnswer),
        (Fault("token.refresh", omit=("access_token",)), UnexpectedAnswer),
        (Fault("token.refresh", change={"token_type": "mac"}), UnexpectedAnswer),
    ],
)
async def test_a_broken_answer_is_no_success(running: Running, fault: Fault, error: type[MailboxError]) -> None:
    tokens = await running.tokens()
    running.sandbox.switches.add(fault)
    with anyio.fail_after(5):
        with pytest.raises(error):
            await running.refresh(tokens)
    running.sandbox.switches.clear()
    await running.oauth().metadata()


@pytest.mark.row("F-05")
@pytest.mark.parametrize(
    "fault",
    [
        Fault("token.refresh", answer="slow"),
        Fault("token.refresh", delay_before=1),
        Fault("token.refresh", delay_after=1),
        Fault("metadata", delay_before=1),
    ],
)
async def test_a_slow_answer_is_not_waited_for(running: Running, fault: Fault) -> None:
    tokens = await running.tokens()
    running.sandbox.switches.add(fault)
    with anyio.fail_after(5):
        with pytest.raises(NotAnswering):
            await running.refresh(tokens, IMPATIENT)
    assert running.sandbox.counters.requests["token.refresh"] <= (fault.endpoint != "metadata")


@pytest.mark.row("F-08")
async def test_a_redirect_to_another_server_is_not_followed(running: Running) -> None:
    tokens = await running.tokens()
    async with accepting() as (port, received):
        location = f"http://127.0.0.1:{port}/oauth/refresh"
        running.sandbox.switches.add(Fault("token.refresh", answer="redirect", location=location))
        with pytest.raises(UnexpectedAnswer):
            await running.refresh(tokens)
        assert received == []


@pytest.mark.row("F-08")
async def test_a_token_endpoint_on_another_port_gets_nothing(running: Running) -> None:
    tokens = await running.tokens()
    async with accepting() as (port, received):
        elsewhere = f"http://127.0.0.1:{port}/oauth/refresh"
        running.sandbox.switches.add(Fault("metadata", change={"token_endpoint": elsewhere}))
        with pytest.raises(UnexpectedAnswer):
            await running.refresh(tokens)
        assert received == []


@pytest.mark.row("F-09")
async def test_a_wrong_certificate_gets_nothing_and_neither_does_plain_http(
    transport: Transport, tmp_path: Path
) -> None:
    async with accepting(self_signed(tmp_path)) as (port, received):
        issuer = f"https://localhost:{port}"
        provider = replace(sandbox_provider(port), issuer=issuer, session_url=f"{issuer}/jmap/session")
        with pytest.raises(Unreachable):
            await OAuthClient(transport, provider, TurnedClock()).refresh("fmr1-canary")
        assert b"".join(received) == b""


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
