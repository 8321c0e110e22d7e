"""A bridge that attackers talk to: they may send everything that a server could not refuse by itself."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.types import Message, Scope

from mailconnect.pseudonyms import grant_hash
from tests.bridge import SANDBOX, Bridge, running_bridge
from tests.endpoints.reading import Page
from tests.endpoints.visitor import Visitor
from tests.endpoints.wire import API_TOKEN, CHALLENGE, VERIFIER, Window, Wire
from tests.garbage import Input

SEED = 20261121
UNLIMITED = {"MAILCONNECT_LIMITS": "off"}  # for garbage in greater numbers than any limit


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


@asynccontextmanager
async def hostile_target(folder: Path) -> AsyncIterator[Target]:
    """A bridge whose own randomness is drawn too: a failure comes again."""
    async with running_bridge(folder, environment=UNLIMITED, entropy=random.Random(SEED).randbytes) as bridge:
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
        visitor = Visitor(client.wire)
        visitor.window = window
        await visitor.begin(api_token=API_TOKEN)
        change = await visitor.change_button()
        export = await visitor.press("/account/export")
        live |= {
            **change.fields,
            "scope": "session:read",
            "scope:contacts:read": "yes",
            "deed": "change",
            **dict.fromkeys(("change", "changed"), grant_hash(change.fields["connection"])),
            **dict.fromkeys(("on", "off"), "emails:read contacts:read"),
            "next": "/account/delete",
            "link": Page.of(export.text).one("a", download="mailconnect-export.json")["href"].partition("=")[2],
            "number": "0" * 32,
        }
        cookies = "; ".join(f"{name}={value}" for name, value in window.cookies.items())
        yield Target(bridge, {name: value.encode() for name, value in live.items()}, cookies.encode())
