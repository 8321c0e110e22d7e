"""One fetch from a host that an unauthenticated caller named: rows CI of docs/attacks.md, over real TLS."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from anyio.abc import ByteStream
from anyio.streams.tls import TLSAttribute

from mailconnect.client_documents import fetch, network
from mailconnect.client_documents.fetch import MAX_BODY, SECONDS, Fetch, TooManyLookUps
from mailconnect.client_documents.fetched import Fetched, NotFetched
from mailconnect.oauth.clients.id_url import document_url
from tests.client_documents.tls_host import Handle, TlsHost, tls_host

pytestmark = pytest.mark.anyio

URL = document_url("https://app.example/client.json?v=1", "mail.example")
PUBLIC = "93.184.216.34"
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
GOOD = JSON + b"Content-Length: 2\r\nCache-Control: max-age=60\r\n\r\n{}"


def says(answer: bytes) -> Handle:
    async def handle(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    return handle


def resolving(*answers: str) -> Any:
    async def resolve(_: str) -> Sequence[str]:
        return answers

    return resolve


async def never(*_: str) -> ByteStream:
    raise AssertionError("a connection was made")


async def fetched(folder: Path, answer: bytes | Handle, **host: Any) -> tuple[Fetched | str, TlsHost]:
    """The result, or the reason why there is none."""
    async with tls_host(folder, answer if callable(answer) else says(answer), **host) as running:
        try:
            return await Fetch(resolving(PUBLIC), running.connect)(URL), running
        except NotFetched as failed:
            return failed.reason, running


async def test_a_document_comes_with_its_headers(tmp_path: Path) -> None:
    found, _ = await fetched(tmp_path, GOOD)
    assert isinstance(found, Fetched)
    assert found.body == b"{}"
    assert ("cache-control", "max-age=60") in found.headers


async def test_chunks_and_interim_answers_are_understood(tmp_path: Path) -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\n\r\n"
    chunked = JSON.replace(b"json", b"client+json; charset=utf-8") + b"Transfer-Encoding: chunked\r\n\r\n"
    found, _ = await fetched(tmp_path, interim + chunked + b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")
    assert isinstance(found, Fetched)
    assert found.body == b"{}"


async def test_the_request_says_what_it_takes_and_nothing_of_anybody(tmp_path: Path) -> None:
    _, host = await fetched(tmp_path, GOOD)
    [head] = host.heads
    assert head.decode().split("\r\n") == [
        "GET /client.json?v=1 HTTP/1.1",
        "Host: app.example",
        "Accept: application/json",
        "Accept-Encoding: identity",
        "User-Agent: mailconnect",
        "Connection: close",
        "",
        "",
    ]


@pytest.mark.row("CI-02")
@pytest.mark.parametrize(
    "addresses",
    [("127.0.0.1",), ("169.254.169.254",), ("::ffff:10.0.0.1",), (PUBLIC, "10.0.0.1"), ("10.0.0.1", PUBLIC), ("::1",)],
)
async def test_a_host_with_any_address_that_is_not_public_is_not_connected_to(addresses: tuple[str, ...]) -> None:
    with pytest.raises(NotFetched, match="address_not_public"):
        await Fetch(resolving(*addresses), never)(URL)


@pytest.mark.parametrize("addresses", [(), (PUBLIC,) * 33])
async def test_a_host_without_an_address_or_with_countless_ones_is_not_connected_to(addresses: tuple[str, ...]) -> None:
    with pytest.raises(NotFetched, match="name_unknown"):
        await Fetch(resolving(*addresses), never)(URL)


async def test_a_host_may_have_32_addresses(tmp_path: Path) -> None:
    async with tls_host(tmp_path, says(GOOD)) as host:
        assert await Fetch(resolving(*[PUBLIC] * 32), host.connect)(URL)


@pytest.mark.parametrize("error", [OSError("no such name"), UnicodeError("label too long")])
async def test_a_name_that_is_not_found_is_an_error(error: Exception) -> None:
    async def resolve(_: str) -> Sequence[str]:
        raise error

    with pytest.raises(NotFetched, match="name_unknown"):
        await Fetch(resolve, never)(URL)


@pytest.mark.row("CI-05")
async def test_the_connection_goes_to_the_address_that_was_checked_under_the_hosts_name(tmp_path: Path) -> None:
    """A name that is public when it is checked and private a moment later is resolved once, so it has no later."""
    asked = []

    async def rebinding(host: str) -> Sequence[str]:
        asked.append(host)
        return [PUBLIC] if len(asked) == 1 else ["127.0.0.1"]

    async with tls_host(tmp_path, says(GOOD)) as host:
        await Fetch(rebinding, host.connect)(URL)
    assert asked == ["app.example"]
    assert host.connected == [PUBLIC]
    assert host.named == ["app.example"]
    assert b"\r\nhost: app.example\r\n" in host.heads[0].lower()


@pytest.mark.row("CI-06")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_error_and_not_followed(tmp_path: Path, status: int) -> None:
    moved = f"HTTP/1.1 {status} Moved\r\nLocation: https://app.example/other\r\nContent-Length: 0\r\n\r\n".encode()
    reason, host = await fetched(tmp_path, moved)
    assert reason == f"status_{status}"
    assert len(host.heads) == len(host.connected) == 1


@pytest.mark.row("CI-07")
@pytest.mark.parametrize("status", [201, 204, 206, 304, 403, 404, 500, 503, 599])
async def test_any_other_status_than_200_is_an_error(tmp_path: Path, status: int) -> None:
    answer = GOOD.replace(b"200 OK", f"{status} Odd".encode())
    assert (await fetched(tmp_path, answer))[0] == f"status_{status}"


@pytest.mark.row("CI-09")
@pytest.mark.parametrize("stalls", ["in resolving", "in connecting", "in the head", "in the body"])
async def test_a_stall_anywhere_ends_the_fetch_in_time(tmp_path: Path, stalls: str) -> None:
    """With a shorter deadline: nobody has to wait for three seconds to know that they are the deadline."""

    async def stall(*_: Any) -> Any:
        await anyio.sleep_forever()

    async def handle(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: " if stalls == "in the head" else GOOD[:-1])
        await writer.drain()
        await anyio.sleep_forever()

    async with tls_host(tmp_path, handle) as host:
        resolve = stall if stalls == "in resolving" else resolving(PUBLIC)
        connect = stall if stalls == "in connecting" else host.connect
        with pytest.raises(NotFetched, match="too_slow"):
            await Fetch(resolve, connect, seconds=0.3)(URL)


@pytest.mark.row("CI-09")
def test_three_seconds_are_for_everything() -> None:
    assert SECONDS == 3.0
    assert Fetch(resolving(), never).seconds == SECONDS


@pytest.mark.row("CI-09")
async def test_a_head_without_end_is_an_error(tmp_path: Path) -> None:
    assert (await fetched(tmp_path, b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000))[0] == "broken_answer"


@pytest.mark.row("CI-09")
async def test_interim_answers_are_waited_through_five_times(tmp_path: Path) -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\n\r\n"
    assert isinstance((await fetched(tmp_path, interim * 5 + GOOD))[0], Fetched)
    assert (await fetched(tmp_path, interim * 6 + GOOD))[0] == "broken_answer"


@pytest.mark.row("CI-10")
@pytest.mark.parametrize("wrong", [{"host": "other.example"}, {"expired": True}], ids=["wrong host", "expired"])
async def test_a_certificate_that_is_not_good_ends_the_fetch(tmp_path: Path, wrong: dict[str, Any]) -> None:
    reason, host = await fetched(tmp_path, GOOD, **wrong)
    assert reason == "no_connection"
    assert not host.heads


@pytest.mark.row("CI-10")
async def test_the_connector_in_use_trusts_no_authority_of_the_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with tls_host(tmp_path, says(GOOD)) as host:
        monkeypatch.setattr(network, "_PORT", host.port)
        connect = network.TlsConnector()
        with pytest.raises(ssl.SSLCertVerificationError):
            await connect("127.0.0.1", "app.example")


@pytest.mark.row("CI-10")
async def test_the_connector_in_use_speaks_http_1_to_the_name_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with tls_host(tmp_path, says(GOOD)) as host:
        connect = trusting(host, tmp_path, monkeypatch)
        for _ in range(2):
            stream = await connect("127.0.0.1", "app.example")
            assert stream.extra(TLSAttribute.alpn_protocol) == "http/1.1"
            await stream.aclose()
        with pytest.raises(ssl.SSLCertVerificationError):
            await connect("127.0.0.1", "other.example")
    assert host.named == ["app.example", "app.example", "other.example"]


async def test_a_host_that_leaves_without_a_word_has_said_all_it_had_to_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many do, and a document that was cut short is no JSON."""

    async def handle(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(JSON + b"\r\n{}")
        await writer.drain()
        writer.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    async with tls_host(tmp_path, handle) as host:
        connect = trusting(host, tmp_path, monkeypatch)
        assert (await Fetch(resolving(PUBLIC), lambda _, name: connect("127.0.0.1", name))(URL)).body == b"{}"


def trusting(host: TlsHost, folder: Path, monkeypatch: pytest.MonkeyPatch) -> network.TlsConnector:
    """The connector in use, on a machine that trusts the host's authority alone."""
    (folder / "authorities.pem").write_text(host.authority.pem())
    monkeypatch.setattr("certifi.where", lambda: str(folder / "authorities.pem"))
    monkeypatch.setattr(network, "_PORT", host.port)
    return network.TlsConnector()


@pytest.mark.row("CI-10")
async def test_proxies_of_the_environment_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    found, _ = await fetched(tmp_path, GOOD)
    assert isinstance(found, Fetched)


async def test_the_system_resolves_an_address_to_itself() -> None:
    assert await network.Resolver()("127.0.0.1") == ["127.0.0.1"]


class SlowSystem:
    """A name server that answers no one until the test says so."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.asked: list[str] = []

    def look_up(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked.append(host)
        assert self.answers.wait(60)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC, port))]


@pytest.fixture
def slow() -> Iterator[SlowSystem]:
    system = SlowSystem()
    yield system
    system.answers.set()


async def until(true: Callable[[], bool]) -> None:
    """Waits until another thread has made it true, 60 seconds at most."""
    with anyio.fail_after(60):
        while not true():
            await anyio.lowlevel.checkpoint()


@pytest.mark.row("CI-09")
async def test_names_that_nobody_answers_hold_up_nothing_else(slow: SlowSystem) -> None:
    resolve = network.Resolver(slow.look_up)
    asking = [asyncio.create_task(resolve(f"{number}.example")) for number in range(32)]
    await anyio.wait_all_tasks_blocked()
    with anyio.fail_after(60):  # the threads that everything else shares
        assert await asyncio.get_running_loop().run_in_executor(None, str, 1) == "1"
    slow.answers.set()
    assert await asyncio.gather(*asking) == [[PUBLIC]] * 32


@pytest.mark.row("CI-18")
async def test_so_many_names_are_looked_up_at_once_and_the_next_is_refused_and_not_kept_waiting(
    slow: SlowSystem,
) -> None:
    resolve = network.Resolver(slow.look_up)
    asking = [asyncio.create_task(resolve(f"{number}.example")) for number in range(32)]
    await anyio.wait_all_tasks_blocked()
    with pytest.raises(NotFetched, match="too_many_look_ups"):
        await Fetch(resolve, never)(URL)
    slow.answers.set()
    await asyncio.gather(*asking)
    assert await resolve("app.example") == [PUBLIC]


@pytest.mark.row("CI-18")
async def test_a_look_up_that_is_given_up_counts_until_it_ends_and_one_that_waited_does_not(
    slow: SlowSystem,
) -> None:
    resolve = network.Resolver(slow.look_up)
    asking = [asyncio.create_task(resolve(f"{number}.example")) for number in range(32)]
    await until(lambda: len(slow.asked) == 8)
    for given_up in asking:
        given_up.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    waiting = [asyncio.create_task(resolve(f"{number}.example")) for number in range(24)]
    await anyio.wait_all_tasks_blocked()
    with pytest.raises(TooManyLookUps):
        await resolve("app.example")
    slow.answers.set()
    assert await asyncio.gather(*waiting) == [[PUBLIC]] * 24
    assert len(slow.asked) == 32


async def test_another_address_is_tried_where_one_does_not_answer(tmp_path: Path) -> None:
    async with tls_host(tmp_path, says(GOOD)) as host:

        async def connect(address: str, name: str) -> ByteStream:
            if address != PUBLIC:
                raise ConnectionRefusedError
            return await host.connect(address, name)

        assert (await Fetch(resolving("2606:4700::1", PUBLIC), connect)(URL)).body == b"{}"
        with pytest.raises(NotFetched, match="no_connection"):
            await Fetch(resolving("2606:4700::1"), connect)(URL)


@pytest.mark.row("CI-09")
async def test_an_address_that_never_answers_leaves_time_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_SECONDS_A_TRY", 0.0)
    async with tls_host(tmp_path, says(GOOD)) as host:

        async def connect(address: str, name: str) -> ByteStream:
            if address != PUBLIC:
                await anyio.sleep_forever()
            with anyio.CancelScope(shield=True):  # however little time there is here for a real one
                return await host.connect(address, name)

        assert await Fetch(resolving("2606:4700::1", PUBLIC), connect)(URL)


@pytest.mark.row("CI-11")
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (JSON.replace(b"application/json", b"text/html") + b"\r\n{}", "not_json"),
        (JSON.replace(b"application/json", b"text/client+json") + b"\r\n{}", "not_json"),
        (JSON.replace(b"application/json", b"application/xml") + b"\r\n{}", "not_json"),
        (JSON + b"Content-Type: application/json\r\n\r\n{}", "not_json"),
        (b"HTTP/1.1 200 OK\r\n\r\n{}", "not_json"),
        (JSON + b"Content-Encoding: gzip\r\n\r\n{}", "encoded"),
        (JSON + b"Content-Length: 100000\r\n\r\n", "too_large"),
        (JSON + b"\r\n" + b"x" * (MAX_BODY + 1), "too_large"),
        (JSON + b"Content-Length: 3\r\n\r\n{}", "broken_answer"),
        (JSON + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "broken_answer"),
        (b"SSH-2.0-OpenSSH_9\r\n", "broken_answer"),
        (GOOD.replace(b"200 OK", b"600 Odd"), "broken_answer"),
        (b"", "broken_answer"),
    ],
    ids=range(13),
)
async def test_an_answer_that_is_not_a_small_json_document_is_an_error(
    tmp_path: Path, answer: bytes, reason: str
) -> None:
    assert (await fetched(tmp_path, answer))[0] == reason


@pytest.mark.parametrize("length", [b"", b"Content-Length: 5120\r\n"], ids=["unsaid", "said"])
async def test_a_document_of_five_kilobytes_is_taken(tmp_path: Path, length: bytes) -> None:
    found, _ = await fetched(tmp_path, JSON + length + b"\r\n" + b"x" * MAX_BODY)
    assert isinstance(found, Fetched)
    assert len(found.body) == MAX_BODY == 5120


async def test_a_document_that_is_said_to_be_as_it_is_is_taken(tmp_path: Path) -> None:
    assert isinstance((await fetched(tmp_path, JSON + b"Content-Encoding: Identity \r\n\r\n{}"))[0], Fetched)
