"""Registering ourselves at the provider: once, and not again soon where it refused."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from mailconnect.composition.provider import provider_of
from mailconnect.local.registration import ClientIdFile, registration_of
from mailconnect.mail.errors import MailboxError, UnexpectedAnswer, UpstreamFault
from mailconnect.outbound.httpx_transport import OverHttpx
from mailconnect.provider.any_jmap import any_jmap
from mailconnect.provider.errors import RegistrationRefused
from mailconnect.provider.oauth_client import OAuthClient
from mailconnect.provider.registration import Registration, process_registration, registration_document
from mailconnect.settings import from_environment
from tests.bridge import TurnedClock
from tests.provider.test_discovery import ISSUER, SERVER, SERVER_METADATA, SESSION, Web
from tests.provider.test_discovery import PROVIDER as DISCOVERED
from tests.provider.test_oauth_client import on_the_wire

pytestmark = pytest.mark.anyio

PROVIDER = any_jmap(session_url="https://mail.example.com/jmap")
CALLBACK = "http://127.0.0.1:8787/auth/callback"
ENDPOINT = "https://mail.example.com/register"


class Server:
    def __init__(self, *answers: tuple[int, Any] | MailboxError) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []
        self.answering = asyncio.Event()
        self.answering.set()

    async def post(self, url: str, document: bytes) -> tuple[int, bytes]:
        assert url == ENDPOINT
        self.asked.append(json.loads(document))
        await self.answering.wait()
        answer = self.answers.pop(0)
        if isinstance(answer, MailboxError):
            raise answer
        return answer[0], json.dumps(answer[1]).encode()


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def registering(tmp_path: Path, clock: TurnedClock) -> Callable[..., Registration]:
    def make(redirect_uri: str = CALLBACK, provider: Any = PROVIDER) -> Registration:
        return Registration(provider, redirect_uri, "mailconnect", ClientIdFile(tmp_path / "client.json"), clock)

    return make


async def test_a_public_client_of_this_machine_is_registered(registering: Callable[..., Registration]) -> None:
    server = Server((201, {"client_id": "ours"}))
    assert await registering().client_id(ENDPOINT, server.post) == "ours"
    assert server.asked == [
        {
            "application_type": "native",
            "client_name": "mailconnect",
            "grant_types": ["authorization_code", "refresh_token"],
            "redirect_uris": [CALLBACK],
            "response_types": ["code"],
            "scope": "urn:ietf:params:oauth:scope:mail offline_access",
            "token_endpoint_auth_method": "none",
        }
    ]


async def test_it_is_registered_once_also_across_restarts(registering: Callable[..., Registration]) -> None:
    server = Server((201, {"client_id": "ours"}))
    first = registering()
    for registration in (first, first, registering()):
        assert await registration.client_id(ENDPOINT, server.post) == "ours"
    assert len(server.asked) == 1


async def test_callers_during_a_registration_have_the_same_client_id(registering: Callable[..., Registration]) -> None:
    server = Server((201, {"client_id": "ours"}), (201, {"client_id": "another"}))
    server.answering.clear()
    registration = registering()
    asked = [asyncio.create_task(registration.client_id(ENDPOINT, server.post)) for _ in range(3)]
    await asyncio.sleep(0)
    server.answering.set()
    assert await asyncio.gather(*asked) == ["ours"] * 3
    assert len(server.asked) == 1


async def test_of_two_processes_that_register_at_once_both_have_the_client_id_that_was_kept_first(
    registering: Callable[..., Registration],
) -> None:
    server = Server((201, {"client_id": "first"}), (201, {"client_id": "second"}))
    server.answering.clear()
    processes = [registering() for _ in range(2)]
    asked = [asyncio.create_task(process.client_id(ENDPOINT, server.post)) for process in processes]
    await asyncio.sleep(0)
    server.answering.set()
    assert await asyncio.gather(*asked) == ["first", "first"]
    assert len(server.asked) == 2
    for process in (*processes, registering()):
        assert await process.client_id(ENDPOINT, server.post) == "first"


async def test_another_callback_or_provider_is_registered_anew(registering: Callable[..., Registration]) -> None:
    server = Server(*((201, {"client_id": f"c{number}"}) for number in range(3)))
    other_port = CALLBACK.replace("8787", "9000")
    other_provider = any_jmap(session_url="https://mail.example.com/another")
    assert await registering().client_id(ENDPOINT, server.post) == "c0"
    assert await registering(other_port).client_id(ENDPOINT, server.post) == "c1"
    assert await registering(provider=other_provider).client_id(ENDPOINT, server.post) == "c2"


async def test_a_refusal_is_remembered_for_an_hour(
    registering: Callable[..., Registration], clock: TurnedClock
) -> None:
    server = Server((400, {"error": "invalid_redirect_uri", "error_description": "canary"}), (201, {"client_id": "c"}))
    registration = registering()
    for _ in range(2):
        with pytest.raises(RegistrationRefused, match=r"^invalid_redirect_uri$"):
            await registration.client_id(ENDPOINT, server.post)
        assert registration.refused
    assert len(server.asked) == 1
    clock.now += 3600
    assert not registration.refused
    assert await registration.client_id(ENDPOINT, server.post) == "c"


async def test_a_discovered_server_gives_us_the_client_id_that_we_ask_for_tokens_with(
    registering: Callable[..., Registration], clock: TurnedClock
) -> None:
    web, sent = Web(), list[httpx.Request]()
    web.pages[SERVER_METADATA] = httpx.Response(200, json=SERVER | {"registration_endpoint": f"{ISSUER}/register"})

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method != "POST":
            return web(request)
        sent.append(request)
        return on_the_wire(httpx.Response(200, json={"client_id": "ours", "access_token": "canary"}))

    provider = replace(DISCOVERED, client_id=None)
    transport = OverHttpx(httpx.MockTransport(answer))
    oauth = OAuthClient(transport, provider, clock, registration=registering(provider=provider))
    assert oauth.offers_sign_in
    await oauth.prepare("the-client-of-before")
    assert sent == []
    await oauth.prepare("")
    assert len(sent) == 1
    resolved = await oauth.resolved()
    assert (resolved.client_id, resolved.session_url) == ("ours", SESSION)
    await oauth.refresh("fmr1-canary")
    registered, refreshed = sent
    assert (str(registered.url), registered.headers["content-type"]) == (f"{ISSUER}/register", "application/json")
    assert json.loads(registered.content)["redirect_uris"] == [CALLBACK]
    form = parse_qs(refreshed.content.decode())
    assert (form["client_id"], form["resource"]) == (["ours"], [SESSION])


async def test_passing_trouble_is_not_remembered(registering: Callable[..., Registration]) -> None:
    server = Server(UpstreamFault("503"), (201, {"client_id": "c"}))
    registration = registering()
    with pytest.raises(UpstreamFault):
        await registration.client_id(ENDPOINT, server.post)
    assert not registration.refused
    assert await registration.client_id(ENDPOINT, server.post) == "c"


async def test_a_server_without_registration_is_not_asked(registering: Callable[..., Registration]) -> None:
    with pytest.raises(RegistrationRefused, match="no_registration_endpoint"):
        await registering().client_id(None, Server().post)


async def test_where_the_file_cannot_be_written_the_process_knows_it(clock: TurnedClock) -> None:
    kept = ClientIdFile(Path("/proc/nowhere/client.json"))
    registration = Registration(PROVIDER, CALLBACK, "mailconnect", kept, clock)
    server = Server((201, {"client_id": "ours"}))
    for _ in range(2):
        assert await registration.client_id(ENDPOINT, server.post) == "ours"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"client_id": 1, "registered": ""}', "\ufffd", "null"])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "client.json").write_text(text)
    document = registration_document(PROVIDER, CALLBACK, "mailconnect")
    assert ClientIdFile(tmp_path / "client.json").load(PROVIDER.id, document) is None


@pytest.mark.parametrize(
    ("status", "document", "code"),
    [
        (400, {"error": "invalid_client_metadata"}, "invalid_client_metadata"),
        (400, {"error": "<script>canary</script>"}, "400"),
        (401, None, "401"),
        (403, [], "403"),
        (201, {"client_id": "c", "token_endpoint_auth_method": "client_secret_basic"}, "not_a_public_client"),
    ],
)
def test_a_refusal_bears_a_known_code(status: int, document: Any, code: str) -> None:
    with pytest.raises(RegistrationRefused, match=f"^{code}$"):
        process_registration(status, json.dumps(document).encode())


def test_a_client_id_may_have_512_characters() -> None:
    assert process_registration(201, json.dumps({"client_id": "c" * 512}).encode()) == "c" * 512


@pytest.mark.parametrize("client_id", [None, "", 1, ["c"], "c" * 513, "c\r\nx"])
def test_an_answer_without_a_usable_client_id_is_none(client_id: Any) -> None:
    for document in ({"client_id": client_id}, [client_id], client_id):
        with pytest.raises(UnexpectedAnswer):
            process_registration(201, json.dumps(document).encode())


@pytest.mark.parametrize(
    ("environment", "registers"),
    [
        ({"PROVIDER": "fastmail"}, True),
        ({"PROVIDER": "fastmail", "CLIENT_ID": "ours"}, False),
        ({"PROVIDER": "fastmail", "ISSUER": "https://mail.example.com"}, False),
        ({"PROVIDER": "sandbox"}, False),
    ],
)
def test_only_one_machine_without_a_client_id_registers_itself(environment: dict[str, str], registers: bool) -> None:
    settings = from_environment({f"MAILCONNECT_{name}": value for name, value in environment.items()})
    assert (registration_of(settings, provider_of(settings), TurnedClock()) is not None) == registers
