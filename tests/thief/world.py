"""Owners, clients and a thief before the real application, each request held against the model of who may do what.

The thief has no browser of an owner's, but sees all texts: codes, states, tokens, forms, sessions that are over. He may
use what a bearer may use, and nothing else.
"""

import asyncio
import tempfile
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from mailconnect.grants.tokens.token import TokenKind, parse
from tests.bridge import Bridge, running_bridge
from tests.endpoints.visitor import HERE, Button, Buttons, Visitor
from tests.endpoints.wire import Client, Form, Window, Wire, parameters
from tests.thief.connection import MAILBOX_OF, NEEDED, Access, Code, Connection, Consent, rung

OWNERS = ("alice", "bob")

CROSS_SITE = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

_MAX_BYTES = 300_000  # of one response

_T = TypeVar("_T")


class Careful(Wire):
    """Each response is looked at."""

    def __init__(self, world: "World", address: str) -> None:
        super().__init__(world.ground.bridge, address)
        self.world = world

    async def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = await super().__call__(method, path, **options)
        self.world.requests += 1
        assert answer.status_code < 500, f"{method} {path}: {answer.status_code}"
        assert len(answer.content) < _MAX_BYTES, "a response is bounded"
        return answer


@dataclass(eq=False)
class Ground:
    """The application, for many worlds one after the other: pages and keys are made once."""

    loop: asyncio.AbstractEventLoop
    bridge: Bridge

    def clear(self) -> None:
        """Everything is gone, and a month has passed for what is in memory."""
        for (table,) in self.bridge.database.read("SELECT name FROM sqlite_schema WHERE type = 'table'", ()):
            self.loop.run_until_complete(self.bridge.database.write(f"DELETE FROM {table}", ()))
        self.bridge.clock.now += 30 * 86_400


@contextmanager
def ground() -> Iterator[Ground]:
    with tempfile.TemporaryDirectory() as folder:
        loop = asyncio.new_event_loop()
        running = running_bridge(Path(folder))
        try:
            yield Ground(loop, loop.run_until_complete(running.__aenter__()))
        finally:
            loop.run_until_complete(running.__aexit__(None, None, None))
            loop.close()


@dataclass(eq=False)
class World:
    ground: Ground
    requests: int = 0
    codes: dict[str, Code] = field(default_factory=dict)
    connections: list[Connection] = field(default_factory=list)
    halfway: list[tuple[str, Consent]] = field(default_factory=list)
    """Callbacks of owners who have signed in, and whose browser has not gone there yet."""
    callbacks: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    over: set[str] = field(default_factory=set)
    """Session cookies that are over."""

    def run(self, doing: Coroutine[Any, Any, _T]) -> _T:
        return self.ground.loop.run_until_complete(doing)

    @classmethod
    def begin(cls, ground: Ground) -> "World":
        ground.clear()
        world = cls(ground)
        world.run(world._begin())
        return world

    async def _begin(self) -> None:
        self.bridge, self.clock = self.ground.bridge, self.ground.bridge.clock
        self.assistants, self.thieves = Careful(self, "192.0.2.1"), Careful(self, "198.51.100.66")
        self.owners = {name: Visitor(Careful(self, f"203.0.113.{at}")) for at, name in enumerate(OWNERS, 1)}
        self.thief = Window(self.thieves)
        self.clients = [
            await self.assistants.register(client_name="Poke"),
            await self.assistants.register(client_name="Other"),
            await self.thieves.register(client_name="Poke", redirect_uris=["https://evil.example/cb"]),
        ]

    # Consent

    def consent(self, owner: str, client: int, look: str) -> Consent:
        return Consent(owner, self.clients[client], rung(look), f"{self.requests:064d}")

    async def decide(self, window: Window, consent: Consent, look: str) -> httpx.Response:
        """In this browser; the answer leads to the provider."""
        scope = " ".join(sorted(rung("emails:read")))
        query = consent.client.query(code_challenge=consent.challenge, scope=scope, state=f"s{self.requests}")
        form = await window.ask(query)
        self.forms.append(form)
        answer = await window.decide(form, HERE, look=look)
        assert answer.status_code == 303, answer.text
        return answer

    async def sign_in(self, owner: str, consent: Consent, look: str) -> None:
        """The owner decides, and signs in at the provider; their browser has yet to come back."""
        window = self.owners[owner].window
        path = await window.sign_in(await self.decide(window, consent, look), owner)
        self.halfway.append((path, consent))
        self.callbacks.append(path)

    async def come_back(self, path: str, consent: Consent) -> None:
        answer = await self.owners[consent.owner].window.send("GET", path)
        text = code_in(answer)
        if text is not None:
            assert answer.headers["location"].startswith(consent.client.redirect_uri)
            assert text not in self.codes
            self.codes[text] = Code(text, consent, self.clock())

    # Tokens

    async def redeem(self, client: Client, text: str, verifier: str, redirect_uri: str) -> bool:
        answer = await client.redeem(text, code_verifier=verifier, redirect_uri=redirect_uri)
        if answer.status_code != 200:
            return False
        code = self.codes[text]
        assert code.is_good(self.clock()), "a code is good once, and for a minute"
        assert client.id == code.consent.client.id, "whose code it is"
        assert (verifier, redirect_uri) == (code.consent.verifier, client.redirect_uri), "PKCE"
        code.spent = True
        grant_id = parse(text, TokenKind.CODE).grant_id
        connection = Connection(grant_id, code.consent, code.consent.scopes, touched=code.touched)
        self.connections.append(connection)
        self._keep(connection, answer.json())
        return True

    async def refresh(self, client: Client, text: str, **asked: str) -> bool:
        answer = await client.refresh(text, **asked)
        connection, now = self.refreshed_by(text), self.clock()
        if answer.status_code == 200:
            assert connection is not None
            assert connection.may_refresh(text, client.id, now), "ended, another client's, or a replay"
            self._keep(connection, answer.json(), rotated=text)
            return True
        if connection is not None and client.id == connection.consent.client.id and answer.status_code == 400:
            connection.ended = connection.ended or connection.is_replay(text, now)
        return False

    def _keep(self, connection: Connection, body: Mapping[str, Any], rotated: str = "") -> None:
        scopes = frozenset(body["scope"].split())
        assert scopes <= connection.scopes, "no more than its owner allowed"
        connection.access.setdefault(body["access_token"], Access(scopes, self.clock() + body["expires_in"]))
        if body["refresh_token"] not in connection.refresh:
            for text, rotated_at in connection.refresh.items():
                connection.refresh[text] = self.clock() if rotated_at is None else rotated_at
            connection.refresh[body["refresh_token"]] = None
        assert connection.refresh.get(rotated, 0) is not None, "it was rotated"

    async def call(self, token: str, tool: str) -> bool:
        given = {"query": "a"} if tool == "find_contacts" else {}
        answer = await self.assistants.mcp(token, "tools/call", name=tool, arguments=given)
        result = answer.json().get("result") if answer.status_code == 200 else None
        if result is None or result["isError"]:
            return False
        connection = next((one for one in self.connections if token in one.access), None)
        assert connection is not None, "a token that was never issued"
        assert connection.may_call(token, tool, self.clock()), f"{tool} by a token that may not"
        if tool == "list_mailboxes":
            read = MAILBOX_OF[result["structuredContent"]["accountId"]]
            assert read == connection.consent.owner, "whose mailbox it is"
        return True

    async def revoke(self, client: Client, text: str) -> None:
        assert (await client.revoke(text)).status_code == 200
        for connection in self.connections:
            if client.id != connection.consent.client.id:
                continue
            connection.ended = connection.ended or text in connection.refresh
            connection.access.pop(text, None)

    def refreshed_by(self, text: str) -> Connection | None:
        return next((one for one in self.connections if text in one.refresh), None)

    # The owner's page

    async def at_home(self, owner: str) -> list[Button]:
        visitor = self.owners[owner]
        if (await visitor.page()).status_code != 200:
            await visitor.sign_in(owner)
        return Buttons.of(await visitor.page())

    def session(self, owner: str) -> str:
        return self.owners[owner].window.cookies.get("mailconnect-session", "")

    # The rules

    def check(self) -> None:
        """After each step, by a look at the store: what has ended is over, and nothing else has."""
        states = dict(self.bridge.database.read("SELECT id, state FROM grants", ()))
        for connection in self.connections:
            ended = states.get(connection.id, "retired") == "retired"
            assert ended or not connection.ended, "ended means ended"
            assert not ended or connection.ended or connection.touched, "nobody but its own ends a connection"
        assert len(states) <= len(self.codes), "a grant for each code, and none else"

    async def settle(self) -> None:
        """Every connection that nobody harmed serves, as far as its owner allowed, and no other does."""
        for connection in self.connections:
            refreshed = not connection.touched and await self.refresh(connection.consent.client, connection.newest)
            assert refreshed or connection.ended or connection.touched, "what its owner allowed goes on"
            if refreshed:
                token = [*connection.access][-1]
                served = {tool for tool in NEEDED if await self.call(token, tool)}
                assert served == {tool for tool in NEEDED if connection.may_call(token, tool, self.clock())}
        rows = sum(
            self.bridge.database.read(f"SELECT COUNT(*) FROM {table}", ())[0][0]
            for (table,) in self.bridge.database.read("SELECT name FROM sqlite_schema WHERE type = 'table'", ())
        )
        assert rows < 50 + 4 * self.requests, "a request leaves a few records at most"


def code_in(answer: httpx.Response) -> str | None:
    """The code that this response sends to a client."""
    location = answer.headers.get("location", "")
    return parameters(location).get("code") if location.startswith("https://") else None
