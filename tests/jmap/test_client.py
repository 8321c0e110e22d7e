import gzip
import json
import socket
import tracemalloc
from collections.abc import AsyncIterator

import anyio
import anyio.lowlevel
import httpx
import pytest

from mailconnect.jmap.allowance import allowance
from mailconnect.jmap.capabilities import CORE, MAIL
from mailconnect.jmap.client import JmapClient
from mailconnect.jmap.errors import LimitExceeded, MethodNotAllowed
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.mailbox.mailboxes import mailbox_get
from mailconnect.mail.errors import (
    MailboxError,
    Moved,
    NotAnswering,
    Throttled,
    Unauthorized,
    UnexpectedAnswer,
    Unreachable,
    UntrustedAddress,
    UpstreamFault,
)
from mailconnect.outbound.allowed_hosts import HostAllowList
from mailconnect.outbound.exchange import ExchangeBounds
from mailconnect.outbound.httpx_transport import OverHttpx
from tests.real_scopes import ALL_ALLOWED

pytestmark = pytest.mark.anyio

TOKEN = "fmu1-secret-of-alice"
GET = mailbox_get("u1")
ANSWER = json.dumps({"methodResponses": [["Mailbox/get", {"list": []}, "0"]], "sessionState": "s1"}).encode()
JSON = "Content-Type: application/json"


async def ask(client, peer, token=TOKEN):
    return await client.call(peer.url, token, (CORE, MAIL), (GET,), allowance=ALL_ALLOWED)


async def test_a_call_is_one_post_with_the_token(peer, client_of):
    peer.answers("200 OK", ANSWER, JSON)
    responses = await ask(client_of(peer.port), peer)
    assert responses.session_state == "s1"
    assert json.loads(bytes(responses.to(GET))) == {"list": []}
    (request,) = peer.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /jmap/ HTTP/1.1\r\n")
    assert f"authorization: bearer {TOKEN}".encode() in head.lower()
    assert b"content-type: application/json" in head.lower()
    assert json.loads(body)["methodCalls"][0][0] == "Mailbox/get"


@pytest.mark.row("MC-25")
async def test_a_call_that_the_scopes_do_not_need_never_leaves(peer, client_of):
    only_lists = allowance(frozenset({"mailboxes:read"}))
    read = Invocation("Email/get", {"accountId": "u1", "ids": None}, "0")
    with pytest.raises(MethodNotAllowed):
        await client_of(peer.port).call(peer.url, TOKEN, (CORE, MAIL), (read,), allowance=only_lists)
    with pytest.raises(MethodNotAllowed):
        await client_of(peer.port).download(peer.url, TOKEN, allowance=only_lists, maximum=10)
    assert peer.requests == []


async def test_the_session_is_one_get_and_its_relative_urls_are_resolved(peer, client_of, session_document):
    peer.answers("200 OK", json.dumps(session_document | {"apiUrl": "/jmap/"}).encode(), JSON)
    session = await client_of(peer.port).session(peer.url, TOKEN)
    assert session.api_url == peer.url
    assert peer.requests[0].startswith(b"GET /jmap/ HTTP/1.1\r\n")


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP"])
@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(ANSWER, mtime=0),
        gzip.compress(ANSWER[:9], mtime=0) + gzip.compress(b"", mtime=0) + gzip.compress(ANSWER[9:], mtime=0),
    ],
    ids=["one member", "three members"],
)
async def test_a_compressed_answer_is_read(peer, client_of, body, coding):
    peer.answers("200 OK", body, JSON, f"Content-Encoding: {coding}")
    assert (await ask(client_of(peer.port), peer)).session_state == "s1"


async def test_a_byte_order_mark_before_an_answer_is_skipped(peer, client_of):
    peer.answers("200 OK", b"\xef\xbb\xbf" + ANSWER, JSON)
    assert (await ask(client_of(peer.port), peer)).session_state == "s1"


async def test_a_long_header_field_is_read_over(peer, client_of):
    peer.answers("200 OK", ANSWER, JSON, f"Content-Security-Policy: {'x' * 40_000}")
    assert (await ask(client_of(peer.port), peer)).session_state == "s1"


async def test_many_header_fields_are_read_over(peer, client_of):
    peer.answers("200 OK", ANSWER, JSON, *[f"X-Policy-{number}: {'x' * 100}" for number in range(400)])
    assert (await ask(client_of(peer.port), peer)).session_state == "s1"


async def test_a_stream_of_empty_gzip_members_is_given_up(peer, client_of):
    peer.answers("200 OK", gzip.compress(b"", mtime=0) * 2000, JSON, "Content-Encoding: gzip")
    with pytest.raises(UnexpectedAnswer):
        await ask(client_of(peer.port), peer)


async def test_a_plain_answer_in_a_gzip_member_too_few_is_none(peer, client_of):
    peer.answers(
        "200 OK", gzip.compress(ANSWER, mtime=0) + gzip.compress(b"x", mtime=0)[:-1], JSON, "Content-Encoding: gzip"
    )
    with pytest.raises(UnexpectedAnswer):
        await ask(client_of(peer.port), peer)


@pytest.mark.row("F-08")
@pytest.mark.parametrize(
    "status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"]
)
async def test_a_redirect_is_not_followed_and_the_token_goes_nowhere_else(status, peer, other_peer, client_of):
    other_peer.answers("200 OK", ANSWER, JSON)
    peer.answers(status, b"", f"Location: {other_peer.url}")
    with pytest.raises(UnexpectedAnswer):
        await ask(client_of(peer.port, other_peer.port), peer)
    with pytest.raises(UnexpectedAnswer):
        await client_of(peer.port, other_peer.port).session(peer.url, TOKEN)
    assert other_peer.requests == []


async def test_a_url_off_the_list_gets_no_request_at_all(peer, client_of):
    with pytest.raises(UntrustedAddress):
        await ask(client_of(peer.port + 1), peer)
    assert peer.connections == 0


@pytest.mark.parametrize(
    ("status", "body", "header", "error"),
    [
        ("401 Unauthorized", b"No Authorization header", "Content-Type: text/plain", Unauthorized),
        ("401 Unauthorized", b"<!DOCTYPE html>", "Content-Type: text/html", Unauthorized),
        ("429 Too Many Requests", b"slow down", "Retry-After: 7", Throttled),
        ("500 Internal Server Error", b"<html>", "Content-Type: text/html", UpstreamFault),
        ("503 Service Unavailable", b"", "Retry-After: 7", UpstreamFault),
        ("400 Bad Request", b'{"type":"urn:ietf:params:jmap:error:limit"}', JSON, LimitExceeded),
        ("404 Not Found", b"<html>", "Content-Type: text/html", Moved),
        ("200 OK", b"<html>maintenance</html>", "Content-Type: text/html", UnexpectedAnswer),
        ("200 OK", b"", JSON, UnexpectedAnswer),
        ("200 OK", b"[]", JSON, UnexpectedAnswer),
        ("200 OK", b"not gzip", "Content-Encoding: gzip", UnexpectedAnswer),
        ("200 OK", gzip.compress(ANSWER, mtime=0)[:-9], "Content-Encoding: gzip", UnexpectedAnswer),
        ("200 OK", gzip.compress(ANSWER, mtime=0) + b"more", "Content-Encoding: gzip", UnexpectedAnswer),
        ("200 OK", ANSWER, "Content-Encoding: br", UnexpectedAnswer),
    ],
)
async def test_each_bad_answer_has_its_error_and_is_not_asked_for_again(peer, client_of, status, body, header, error):
    peer.answers(status, body, header)
    with pytest.raises(error) as raised:
        await ask(client_of(peer.port), peer)
    assert type(raised.value) is error
    assert raised.value.retry_after == (7 if header == "Retry-After: 7" else None)
    assert len(peer.requests) == 1


@pytest.mark.row("F-07")
async def test_an_endless_body_is_cut_off(peer, client_of):
    peer.pours(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65536 + b"\r\n")
    with pytest.raises(UnexpectedAnswer, match="longer than 1000000"):
        await ask(client_of(peer.port, body=1_000_000), peer)


@pytest.mark.row("F-07")
async def test_a_gzip_bomb_is_stopped_before_it_fills_the_memory(peer, client_of):
    bomb = gzip.compress(bytes(100_000_000), 9)
    peer.answers("200 OK", bomb, JSON, "Content-Encoding: gzip")
    tracemalloc.start()
    try:
        with pytest.raises(UnexpectedAnswer, match="longer than"):
            await ask(client_of(peer.port, body=1_000_000), peer)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.row("F-07")
async def test_a_long_error_page_is_not_read_to_its_end(peer, client_of):
    peer.pours(b"HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n")
    with pytest.raises(UnexpectedAnswer, match="longer than 65536"):
        await ask(client_of(peer.port), peer)


@pytest.mark.row("F-04")
@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
async def test_silence_is_not_answering_and_is_not_asked_again(peer, client_of, beginning):
    peer.keeps_silent(beginning)
    with pytest.raises(NotAnswering):
        await ask(client_of(peer.port, total=0.3), peer)
    assert len(peer.requests) == 1


@pytest.mark.row("F-46")
async def test_a_read_whose_connection_broke_is_repeated_once(peer, client_of):
    """A kept connection may have died meanwhile, and to read twice does nothing twice."""
    peer.answers("200 OK", ANSWER, JSON)
    peer.resets()
    peer.answers("200 OK", ANSWER, JSON)
    client = client_of(peer.port)
    await ask(client, peer)
    assert (await ask(client, peer)).session_state == "s1"
    assert len(peer.requests) == 3


@pytest.mark.row("F-04")
async def test_a_reset_after_sending_is_not_answering_and_is_asked_again_once(peer, client_of):
    peer.resets()
    with pytest.raises(NotAnswering):
        await ask(client_of(peer.port), peer)
    assert len(peer.requests) == 2


@pytest.mark.row("F-04")
@pytest.mark.parametrize(
    "octets",
    [b"", b"\x00\x01\x02garbage\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}"],
)
async def test_a_broken_connection_is_not_answering(peer, client_of, octets):
    peer.says(octets)
    with pytest.raises(NotAnswering):
        await ask(client_of(peer.port), peer)
    assert len(peer.requests) <= 2


@pytest.mark.row("F-03")
async def test_a_closed_port_is_unreachable(client_of):
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        with pytest.raises(Unreachable):
            await client_of(port).call(f"http://127.0.0.1:{port}/", TOKEN, (CORE, MAIL), (GET,), allowance=ALL_ALLOWED)


@pytest.mark.row("MC-22")
async def test_nothing_of_one_person_reaches_the_next(peer, client_of):
    peer.answers("200 OK", ANSWER, JSON, "Set-Cookie: who=alice; Path=/")
    client = client_of(peer.port)
    await ask(client, peer)
    await ask(client, peer, "fmu1-secret-of-bob")
    assert b"alice" not in peer.requests[1]
    assert b"cookie" not in peer.requests[1].lower()


@pytest.mark.parametrize("token", ["", "a b", "a\r\nX-Evil: 1", "\u00e4", "x" * 9000])
async def test_a_malformed_token_is_not_sent(peer, client_of, token):
    with pytest.raises(Unauthorized):
        await ask(client_of(peer.port), peer, token)
    assert peer.connections == 0


@pytest.mark.row("MC-35")
async def test_no_error_shows_the_token_or_what_the_provider_wrote(peer, client_of):
    peer.answers("400 Bad Request", f"Authorization: Bearer {TOKEN}".encode(), f"X-Echo: {TOKEN}")
    peer.says(f"HTTP/1.1 {TOKEN}\r\n\r\n".encode())
    client = client_of(peer.port)
    for _ in range(2):
        with pytest.raises(MailboxError) as raised:
            await ask(client, peer)
        error = raised.value
        assert error.__cause__ is None
        assert TOKEN not in error.text + str(error) + repr(error)


class Fake(httpx.AsyncBaseTransport):
    """Fails as often as it has errors, then answers; its body comes byte by byte if it is to drip."""

    def __init__(self, *errors: Exception, drips: bool = False) -> None:
        self.errors = list(errors)
        self.drips = drips
        self.asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return (
            httpx.Response(200, stream=Dripping())
            if self.drips
            else httpx.Response(200, stream=httpx.ByteStream(ANSWER))
        )


class Dripping(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await anyio.lowlevel.checkpoint()
            yield b" "


async def through(fake, **bounds):
    client = JmapClient(OverHttpx(fake), HostAllowList.of(["mail.example"]), lambda: 0, ExchangeBounds(**bounds))
    return await client.call("https://mail.example/jmap/", TOKEN, (CORE, MAIL), (GET,), allowance=ALL_ALLOWED)


@pytest.mark.row("F-03")
async def test_where_nothing_was_sent_it_is_asked_once_more():
    fake = Fake(httpx.ConnectError("refused"))
    assert (await through(fake)).session_state == "s1"
    assert fake.asked == 2


@pytest.mark.row("F-03")
async def test_where_nothing_was_sent_it_is_asked_no_more_than_once_again():
    fake = Fake(httpx.ConnectError("refused"), httpx.ConnectTimeout(""), httpx.ConnectError(""))
    with pytest.raises(Unreachable):
        await through(fake)
    assert fake.asked == 2


@pytest.mark.row("F-09")
async def test_a_bad_certificate_is_unreachable():
    with pytest.raises(Unreachable):
        await through(Fake(*[httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]")] * 2))


@pytest.mark.row("F-05")
async def test_a_dripping_body_ends_at_the_deadline():
    with pytest.raises(NotAnswering):
        await through(Fake(drips=True), total=0.1, body=10**9)
