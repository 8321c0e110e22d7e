"""Garbage at every door: whatever comes over the wire is at worst refused, in the form that its endpoint promises."""

import json
import logging
import random
import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.types import Message, Scope

from tests.bridge import SANDBOX, Bridge, running_bridge
from tests.endpoints.wire import API_TOKEN, CHALLENGE, REDIRECT_URI, VERIFIER, Window, Wire
from tests.garbage import ENDPOINTS, OAUTH, PAGES, Garbage, Input

pytestmark = pytest.mark.anyio

SEED = 20261121
PER_ENDPOINT = 120

OAUTH_ERRORS = {
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "invalid_target",
    "invalid_redirect_uri",
    "invalid_client_metadata",
}
DESCRIPTION = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]+")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)


async def ask(bridge: Bridge, given: Input) -> Answer:
    """Straight to the application, as a server hands over what it could not refuse. An exception fails the test."""
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": given.method,
        "path": given.path,
        "raw_path": given.path.encode("utf-8", "surrogatepass"),
        "query_string": given.query,
        "headers": given.headers,
        "scheme": "http",
        "server": ("127.0.0.1", 8787),
        "client": ("127.0.0.1", 50_000),
        "root_path": "",
    }
    messages: list[Message] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in given.body]
    messages += [{"type": "http.disconnect"}] if given.breaks_off else [{"type": "http.request", "body": b""}]
    sent: list[Message] = []

    async def receive() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await bridge.app(scope, receive, send)
    start, *rest = sent
    assert start["type"] == "http.response.start"
    assert [message["type"] for message in rest] == ["http.response.body"] * len(rest)
    assert not rest[-1].get("more_body", False)
    raw: list[tuple[bytes, bytes]] = list(start["headers"])
    assert not [pair for pair in raw if set(pair[0] + pair[1]) & set(b"\r\n\0")]
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in raw}
    return Answer(start["status"], headers, b"".join(message.get("body", b"") for message in rest))


@dataclass(frozen=True)
class Target:
    bridge: Bridge
    live: dict[str, bytes]
    cookies: bytes


@pytest.fixture
async def target(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Target]:
    """A bridge whose own randomness is drawn too: a failure comes again."""
    async with running_bridge(tmp_path, entropy=random.Random(SEED).randbytes) as bridge:
        client = await Wire(bridge).register()
        window = Window(client.wire)
        tokens = await client.tokens()
        form = await window.ask(client.query())
        began = await window.approve(client.query())
        live = {
            "client_id": client.id,
            "redirect_uri": client.redirect_uri,
            "response_type": "code",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "code_verifier": VERIFIER,
            "scope": "session:read",
            "resource": f"{client.wire.issuer}/mcp",
            "state": began.headers["location"].partition("state=")[2].partition("&")[0],
            "code": await client.code(),
            "grant_type": "authorization_code",
            "refreshing": "refresh_token",
            "iss": SANDBOX,
            "access_token": tokens["access_token"],
            "refresh_token": tokens["refresh_token"],
            "token": tokens["access_token"][:-1] + "0",
            "decision": "approve",
            **form.fields,
            "api_token": API_TOKEN,
        }
        cookies = "; ".join(f"{name}={value}" for name, value in window.cookies.items())
        yield Target(bridge, {name: value.encode() for name, value in live.items()}, cookies.encode())


def right_shape(path: str, answer: Answer) -> bool:
    """What each endpoint promises of its refusals. Some come from before it: the edge's and the router's."""
    if answer.status < 400 or answer.status in {404, 405, 414, 421, 431}:
        return True
    if path in OAUTH:
        document = json.loads(answer.body)
        described = document.get("error_description", "x")
        return (
            answer.headers["content-type"] == "application/json"
            and document["error"] in OAUTH_ERRORS
            and DESCRIPTION.fullmatch(described) is not None
            and (answer.status == 401) is (document["error"] == "invalid_client")
            and answer.headers["cache-control"] == "no-store"
        )
    if path in PAGES:
        return answer.status == 413 or answer.headers["content-type"].startswith("text/html")
    if path == "/mcp":
        document = json.loads(answer.body)
        challenged = answer.headers.get("www-authenticate", "").startswith("Bearer ")
        return (
            "result" not in document and "error" in document and (challenged or answer.status in {400, 403, 404, 413})
        )
    return answer.status in {400, 413}


def test_the_corpus_is_large_enough() -> None:
    assert PER_ENDPOINT * len(ENDPOINTS) >= 500


@pytest.mark.parametrize("path", ENDPOINTS)
async def test_garbage_is_refused_and_no_more(target: Target, path: str, caplog: pytest.LogCaptureFixture) -> None:
    garbage = Garbage(f"{SEED} {path}", target.live, target.cookies)
    answered: Counter[int] = Counter()
    with caplog.at_level(logging.INFO, "mailconnect"):
        for number in range(PER_ENDPOINT):
            given = garbage.draw(path)
            answer = await ask(target.bridge, given)
            assert answer.status < 500, (number, given, answer.body)
            assert b"Traceback" not in answer.body, (number, given)
            if given.path == path:
                assert right_shape(path, answer), (number, given, answer, answer.body[:500])
            location = answer.headers.get("location", "")
            assert location.startswith(("http://127.0.0.1:8788/oauth/authorize?", f"{REDIRECT_URI}?")) or not location
            answered[answer.status] += 1
    assert '"event": "fault"' not in caplog.text
    # Garbage that never gets past the first check would prove little.
    assert max(answered.values()) < PER_ENDPOINT or path == "/nothing"


async def test_after_all_that_everything_works(target: Target) -> None:
    for path in ENDPOINTS:
        garbage = Garbage(f"{SEED} again {path}", target.live, target.cookies)
        for _ in range(10):
            assert (await ask(target.bridge, garbage.draw(path))).status < 500
    assistant = await target.bridge.connected()
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]
    assert target.bridge.database.read("PRAGMA integrity_check", ()) == [("ok",)]
