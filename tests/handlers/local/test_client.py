"""The way to the provider on one machine remembers nothing of anybody."""

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from handlers.local.client import client
from tests.upstream.served import served

pytestmark = pytest.mark.anyio


async def test_no_cookie_of_one_person_goes_along_with_anothers_token() -> None:
    """At a name, not a number: aiohttp's jar takes no cookies from bare addresses."""
    received: list[dict[bytes, bytes]] = []

    async def provider(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            received.append(dict(scope["headers"]))
            cookies = [(b"set-cookie", b"sid=alices; Path=/"), (b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 200, "headers": cookies})
            await send({"type": "http.response.body", "body": b""})

    async with served(provider) as port, client() as http:
        for token in ("alices", "bobs"):
            headers = {"authorization": f"Bearer {token}"}
            await http.send(httpx.Request("GET", f"http://localhost:{port}/", headers=headers))
    assert [request[b"authorization"] for request in received] == [b"Bearer alices", b"Bearer bobs"]
    assert all(b"cookie" not in request for request in received)


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def provider(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})

    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with served(provider) as port, client() as http:
        assert (await http.send(httpx.Request("GET", f"http://127.0.0.1:{port}/"))).status_code == 204
