"""The contract of mailconnect.outbound.transport, passed by both adapters."""

import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from mailconnect.outbound.aiohttp_transport import client
from mailconnect.outbound.httpx_transport import OverHttpx
from mailconnect.outbound.transport import OutboundRequest, Response, Transport
from tests.provider.served import served

pytestmark = pytest.mark.anyio

Headers = list[tuple[bytes, bytes]]
Make = Callable[[], AbstractAsyncContextManager[Transport]]


@asynccontextmanager
async def over_httpx() -> AsyncIterator[OverHttpx]:
    async with httpx.AsyncHTTPTransport(trust_env=False) as transport:
        yield OverHttpx(transport)


@pytest.fixture(params=[client, over_httpx], ids=["one machine", "Lambda"])
def make(request: pytest.FixtureRequest) -> Make:
    made: Make = request.param
    return made


class Provider:
    """Answers each request alike, and keeps what came."""

    def __init__(self, status: int = 200, headers: Headers | None = None, body: bytes = b"") -> None:
        self.status = status
        self.headers = [*(headers or []), (b"content-length", str(len(body)).encode())]
        self.body = body
        self.received: list[dict[bytes, bytes]] = []
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.received.append(dict(scope["headers"]) | {b":path": scope["raw_path"] + b"?" + scope["query_string"]})
        self.bodies.append((await receive())["body"])
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


def asked(url: str, content: bytes | None = None, **headers: str) -> OutboundRequest:
    return OutboundRequest("GET" if content is None else "POST", url, headers, content, 2.0)


async def everything(response: Response) -> tuple[int, str | None, bytes]:
    return response.status, response.header("x-said"), b"".join([chunk async for chunk in response.chunks()])


async def test_no_cookie_of_one_person_goes_along_with_anothers_token(make: Make) -> None:
    """At a name, not a number: aiohttp's jar takes no cookies from bare addresses."""
    provider = Provider(headers=[(b"set-cookie", b"sid=alices; Path=/")])
    async with served(provider) as port, make() as transport:
        for token in ("alices", "bobs"):
            await transport.send(asked(f"http://localhost:{port}/", authorization=f"Bearer {token}"), everything)
    assert [request[b"authorization"] for request in provider.received] == [b"Bearer alices", b"Bearer bobs"]
    assert all(b"cookie" not in request for request in provider.received)


async def test_nobodys_credentials_are_added(make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    provider = Provider()
    async with served(provider) as port, make() as transport:
        await transport.send(asked(f"http://127.0.0.1:{port}/"), everything)
    assert b"authorization" not in provider.received[0]


async def test_a_proxy_of_the_environment_is_not_used(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with served(Provider(204)) as port, make() as transport:
        assert (await transport.send(asked(f"http://127.0.0.1:{port}/"), everything))[0] == 204


async def test_a_redirect_is_an_answer_like_others(make: Make) -> None:
    provider = Provider(307, [(b"location", b"http://127.0.0.1:1/")])
    async with served(provider) as port, make() as transport:
        status, _, _ = await transport.send(asked(f"http://127.0.0.1:{port}/", b"{}"), everything)
    assert status == 307
    assert provider.bodies == [b"{}"]


async def test_a_body_is_handed_over_as_it_was_sent(make: Make) -> None:
    packed = gzip.compress(b"x" * 100)
    async with served(Provider(headers=[(b"content-encoding", b"gzip")], body=packed)) as port, make() as transport:
        _, _, body = await transport.send(asked(f"http://127.0.0.1:{port}/"), everything)
    assert body == packed


async def test_a_header_that_is_repeated_is_heard_as_a_whole(make: Make) -> None:
    async with served(Provider(headers=[(b"x-said", b"one"), (b"X-Said", b"two")])) as port, make() as transport:
        assert (await transport.send(asked(f"http://127.0.0.1:{port}/"), everything))[1] == "one, two"
    async with served(Provider()) as port, make() as transport:
        assert (await transport.send(asked(f"http://127.0.0.1:{port}/"), everything))[1] is None


@pytest.mark.parametrize("target", ["/a%2Fb/c%20d/", "/jmap/api?x=%2B+1&y=%3D", "/%e4%f6/"])
async def test_a_url_goes_out_as_it_was_given(make: Make, target: str) -> None:
    provider = Provider()
    async with served(provider) as port, make() as transport:
        await transport.send(asked(f"http://127.0.0.1:{port}{target}"), everything)
    path, _, query = target.partition("?")
    assert provider.received[0][b":path"] == f"{path}?{query}".encode()


async def test_an_answer_that_is_not_read_to_its_end_leaves_no_connection_to_the_next(make: Make) -> None:
    async def first_chunk(response: Response) -> int:
        async for chunk in response.chunks():
            return len(chunk)
        return 0

    provider = Provider(body=b"x" * 1_000_000)
    async with served(provider) as port, make() as transport:
        for _ in range(3):
            assert await transport.send(asked(f"http://127.0.0.1:{port}/"), first_chunk) > 0
        _, _, whole = await transport.send(asked(f"http://127.0.0.1:{port}/"), everything)
    assert whole == provider.body
