"""Around every route: bounds, unknown paths and methods, headers, and unexpected exceptions."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Scope

from mailconnect.composition.edge import application
from mailconnect.endpoints.http import edge
from mailconnect.endpoints.http.edge import MAX_HEADERS, MAX_TARGET
from mailconnect.endpoints.http.policy import RouteKind, policy_of
from tests.bridge import Bridge, running_bridge
from tests.endpoints.reading import Page
from tests.endpoints.wire import Client, Wire, has_page_headers

pytestmark = pytest.mark.anyio

PATHS = [
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource",
    "/register",
    "/token",
    "/revoke",
    "/authorize",
    "/auth/callback",
    "/mcp",
]


async def test_an_unknown_path_is_not_there(wire: Wire) -> None:
    for path in (
        *(f"{path}/" for path in PATHS if path != "/mcp" and policy_of(path).kind is not RouteKind.PAGE),
        "/mcp//",
        *(f"{path}%0A" for path in PATHS),
        *(path.upper() for path in PATHS if path != path.upper()),
        "//token",
        "/x/%2e%2e/token",
        "/%74oken/",
        "/token%00",
        "/token;x",
        "/token%2f",
        "/oauth/token",
        "/.env",
        "/.git/config",
        "/admin",
        "/account/admin",
        "/accounts",
        "/operator",
        "/sweep",
        "/sandbox/switches",
        "/static/",
        "/static/%2e%2e/pages.py",
        "/templates/consent.html",
    ):
        for method in ("GET", "POST"):
            answer = await wire(method, path)
            assert answer.status_code == 404, path
            assert answer.headers["cache-control"] == "no-store"
            assert answer.json() == {"error": "not_found", "error_description": "there is nothing at this address"}
            assert path not in answer.text


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "title"),
    [
        ("GET", "/conect", {}, 404, "There is no such page"),
        ("POST", "/conect", {}, 404, "There is no such page"),
        ("GET", "/mcp", {}, 401, "This address is not for a browser"),
        ("GET", "/account/change", {}, 405, "This address is not for a browser"),
        ("GET", f"/authorize?{'a' * MAX_TARGET}", {}, 414, "This address is too long"),
        ("GET", "/account", {"Host": "localhost:8787"}, 421, "This service has another address"),
        ("GET", "/", {"Cookie": "a" * MAX_HEADERS}, 431, "Your browser sends too much"),
    ],
)
async def test_a_person_at_a_wrong_address_sees_a_page_with_a_way_home(
    wire: Wire, method: str, path: str, headers: dict[str, str], status: int, title: str
) -> None:
    answer = await wire(method, path, headers=headers | {"Accept": BROWSER})
    assert answer.status_code == status
    assert has_page_headers(answer)
    page = Page.of(answer.text)
    assert title in page.text
    assert page.one("a", **{"class": "button"})["href"] == "http://127.0.0.1:8787/"
    assert "Reference" not in page.text
    assert len(answer.content) < 4096
    machine = await wire(method, path, headers=headers)
    assert machine.status_code == status
    challenge = {"error", "resource_metadata", "scope"}
    assert machine.json().keys() == (challenge if path == "/mcp" else {"error", "error_description"})
    assert machine.headers["cache-control"] == "no-store"


async def test_a_page_for_a_wrong_address_repeats_nothing_of_it(wire: Wire) -> None:
    first, second = [await wire("GET", path, headers={"Accept": BROWSER}) for path in ("/canary", "/other?canary=1")]
    assert first.content == second.content
    assert "canary" not in first.text


@pytest.mark.parametrize(("path", "allow"), [("/token", "OPTIONS, POST"), ("/", "GET, HEAD")])
async def test_a_method_that_is_not_there_is_answered_with_those_that_are(wire: Wire, path: str, allow: str) -> None:
    for accept in ("*/*", BROWSER):
        answer = await wire("DELETE", path, headers={"Accept": accept})
        assert (answer.status_code, answer.headers["allow"]) == (405, allow)
    assert "http://127.0.0.1:8787/connect" in (await wire("DELETE", path)).json()["error_description"]


@pytest.mark.row("MD-11")
async def test_an_address_or_headers_too_long_are_refused_unread(wire: Wire) -> None:
    for path in PATHS:
        assert (await wire("GET", f"{path}?{'a' * MAX_TARGET}")).status_code == 414
        assert (await wire("GET", f"{path}/{'a' * MAX_TARGET}")).status_code == 414
        answer = await wire("POST", path, headers={"X-Long": "a" * MAX_HEADERS})
        assert answer.status_code == 431
        many = [(f"x-{n}", "a") for n in range(10_000)]
        assert (await wire("POST", path, headers=many)).status_code == 431
    assert MAX_TARGET == 8192
    longest = "a" * (MAX_TARGET - len("/register?"))
    assert (await wire("GET", f"/register?{longest[:-1]}")).status_code == 405


async def test_bodies_are_bounded_by_what_is_said_and_by_what_comes(wire: Wire) -> None:
    async def chunks() -> Any:
        for _ in range(1000):
            yield b"a" * 1000

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for path, headers in (("/token", form), ("/revoke", form), ("/register", {"Content-Type": "application/json"})):
        for content in (b"a" * 32_769, chunks()):
            answer = await wire("POST", path, content=content, headers=headers)
            assert answer.status_code == 413
            assert answer.json()["error"] == "invalid_request"
        for length in ("32769", "9" * 5000, "1000000000"):
            answer = await wire("POST", path, content=b"a", headers=headers | {"Content-Length": length})
            assert answer.status_code == 413
        as_it_comes = await wire("POST", path, content=b"a", headers=headers)
        for length in ("-1", "1.5", "x", "\xb2", ""):
            said = [*headers.items(), ("Content-Length", length.encode("latin-1"))]
            small = await wire("POST", path, content=b"a", headers=said)
            assert (small.status_code, small.content) == (as_it_comes.status_code, as_it_comes.content), length
            assert (await wire("POST", path, content=b"a" * 32_769, headers=said)).status_code == 413, length


async def test_a_body_that_breaks_off_is_an_invalid_request(client: Client) -> None:
    token = (await client.tokens())["access_token"]
    for path, kind, error in (
        ("/token", b"application/x-www-form-urlencoded", "invalid_request"),
        ("/revoke", b"application/x-www-form-urlencoded", "invalid_request"),
        ("/register", b"application/json", "invalid_request"),
        ("/mcp", b"application/json", "invalid_request"),
    ):
        bearer = (b"authorization", f"Bearer {token}".encode())
        headers = [(b"host", b"127.0.0.1:8787"), (b"content-type", kind), *([bearer] if path == "/mcp" else [])]
        status, body = await asgi(client.wire.bridge, path, headers, [{"type": "http.disconnect"}])
        assert (status, json.loads(body)["error"]) == (400, error)


async def test_a_body_that_does_not_come_in_time_is_given_up(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "_BODY_SECONDS", 0)
    form = [(b"host", b"127.0.0.1:8787"), (b"content-type", b"application/x-www-form-urlencoded")]
    started: list[Message] = [{"type": "http.request", "body": b"grant_type=", "more_body": True}]
    status, body = await asgi(wire.bridge, "/token", form, started)
    assert (status, json.loads(body)["error"]) == (408, "invalid_request")


async def asgi(
    bridge: Bridge, path: str, headers: list[tuple[bytes, bytes]], messages: list[Message]
) -> tuple[int, bytes]:
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "scheme": "http",
        "server": ("127.0.0.1", 8787),
    }
    sent: list[Message] = []

    async def receive() -> Message:
        if not messages:
            await asyncio.Event().wait()  # while nothing comes
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    await bridge.app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


async def test_every_answer_forbids_sniffing(client: Client) -> None:
    for path in (*PATHS, "/nothing", f"/authorize?{client.query()}", f"/token?{'a' * 9000}"):
        for method in ("GET", "POST", "OPTIONS", "DELETE"):
            answer = await client.wire(method, path)
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "strict-transport-security" not in answer.headers  # there is no https on one machine
            assert not answer.headers.keys() & {"server", "x-powered-by"}


async def test_over_https_every_answer_says_that_it_stays_so(tmp_path: Path) -> None:
    async with running_bridge(tmp_path, environment={"MAILCONNECT_ISSUER": "https://mail.example"}) as bridge:
        wire = Wire(bridge)
        client = await wire.register()
        for path in (*PATHS, "/nothing", f"/authorize?{client.query()}", f"/token?{'a' * 9000}"):
            for method in ("GET", "POST"):
                answer = await wire(method, path)
                assert answer.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
        assert has_page_headers(await wire("GET", f"/authorize?{client.query()}"))


@pytest.mark.row("LG-03")
async def test_an_unexpected_exception_is_logged_by_its_place_and_not_by_its_words(
    bridge: Bridge, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_: Request) -> Response:
        raise ValueError("canary")

    app = application([Route("/broken", broken)], bridge.adapters.stores.settings)
    request = httpx.Request("GET", "http://127.0.0.1:8787/broken")
    with caplog.at_level(logging.DEBUG):
        answer = await httpx.ASGITransport(app=app).handle_async_request(request)
    document = json.loads(await answer.aread())
    assert answer.status_code == 500
    assert document.keys() == {"error", "reference"}
    assert answer.headers["x-content-type-options"] == "nosniff"
    [record] = [record for record in caplog.records if record.name == "mailconnect.audit"]
    logged = json.loads(record.getMessage())
    assert logged["type"] == "ValueError"
    assert logged["reference"] == document["reference"]
    assert "broken" in logged["at"]
    assert "canary" not in caplog.text
