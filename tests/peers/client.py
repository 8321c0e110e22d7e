"""Another's MCP client with its own OAuth, as these tests hold it; and the person it sends to the browser."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import httpx

from mailconnect.sandbox.person import Person
from tests.peers.running_bridge import RunningBridge


@dataclass(frozen=True, slots=True)
class Connected:
    """What the client knows once it is connected. `tools` are names in the server's order."""

    revision: str
    instructions: str | None
    tools: list[str]


@dataclass(frozen=True, slots=True)
class Credentials:
    client_id: str
    access_token: str
    refresh_token: str


class Client(Protocol):
    sent: list[str]
    """Its HTTP requests and how they were answered: `POST /mcp tools/list 200`. The word before the status is the
    JSON-RPC method or the grant type, where there is one."""

    async def connect(self) -> Connected:
        """Lists the tools too."""

    async def call(self, *tools: str, **arguments: Any) -> list[dict[str, Any]]:
        """All at once, with the same arguments. A result is what the client hands to its application once validated."""

    async def credentials(self) -> Credentials: ...

    async def believes_expired(self) -> bool:
        """Whether the client takes its access token for expired; True where it does not keep time."""
        ...


AskThePerson = Callable[[str], Awaitable[str]]
"""From the authorization URL to the URL that the browser was sent back to."""

OpenClient = Callable[[RunningBridge, AskThePerson], AbstractAsyncContextManager[Client]]
"""A client that knows nothing yet but the bridge's MCP URL, and whom to ask."""


class AskedPerson:
    """Approves whatever a client asks, signs in as one of the sandbox's owners, and counts how often.

    `sending` is the policy that it chooses.
    """

    def __init__(self, username: str, http: httpx.AsyncClient, *, sending: str = "approve") -> None:
        self.times = 0
        self._person = Person(username, "secret", http, sending=sending)

    async def __call__(self, url: str) -> str:
        self.times += 1
        [redirect_uri] = parse_qs(urlsplit(url).query)["redirect_uri"]
        return await self._person.authorize(url, redirect_uri)
