"""A mailbox that tools read, and a POST to the dispatcher as a client of an older or a newer revision writes it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from mailconnect.jmap.capabilities import CORE, MAIL
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.mail import JmapMail
from mailconnect.jmap.mailbox.remembered_places import RememberedPlaces
from mailconnect.jmap.response import Responses
from mailconnect.jmap.session import Session
from mailconnect.mail.account import Account
from mailconnect.mail.errors import MailboxError
from mailconnect.mail.mailbox.mailbox import RIGHTS
from mailconnect.mcp.context import Context
from mailconnect.mcp.dispatch import respond
from mailconnect.mcp.mailconnect import mailconnect
from mailconnect.mcp.message import HttpResponse
from mailconnect.mcp.server import Server
from tests.jmap_responses import responses

ACCOUNT = Account("u1", "Alice", is_personal=True, is_read_only=False, capabilities=frozenset({CORE, MAIL}))
SHARED = Account("u2", "Team", is_personal=False, is_read_only=True, capabilities=frozenset({MAIL}))
WITHOUT_MAIL = Account("u3", "Contacts", is_personal=False, is_read_only=False, capabilities=frozenset({CORE}))
SESSION = Session(
    username="alice@example.com",
    account=ACCOUNT,
    accounts=(WITHOUT_MAIL, SHARED, ACCOUNT),
    capabilities=frozenset({CORE, MAIL}),
    limits={"maxCallsInRequest": 50, "maxObjectsInGet": 4096},
    api_url="https://api.example/jmap/",
    state="s",
)


def wire_mailbox(ident: str, name: str, **change: Any) -> dict[str, Any]:
    return {
        "id": ident,
        "name": name,
        "parentId": None,
        "role": None,
        "sortOrder": 0,
        "totalEmails": 0,
        "unreadEmails": 0,
        "totalThreads": 0,
        "unreadThreads": 0,
        "myRights": dict.fromkeys(RIGHTS, True),
        "isSubscribed": True,
    } | change


def some_mailboxes() -> list[dict[str, Any]]:
    return [
        wire_mailbox("m2", "Work", sortOrder=5),
        wire_mailbox(
            "m3", "Ku\u0308nden", parentId="m2", totalEmails=40, unreadEmails=2, totalThreads=30, unreadThreads=1
        ),
        wire_mailbox("m1", "Inbox", role="inbox", sortOrder=1, totalEmails=120, unreadEmails=3, totalThreads=100),
        wire_mailbox("m4", "Shared", sortOrder=9, totalEmails=1, myRights={"mayReadItems": True}),
    ]


@dataclass
class FakeAccess:
    """Answers as a provider would; `asked` are the methods that reached it."""

    mailboxes: list[dict[str, Any]] = field(default_factory=some_mailboxes)
    failure: Exception | None = None
    method_error: str | None = None
    asked: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    """That the methods were for."""

    async def account_id(self) -> str:
        return "u1"

    def may_have_masked(self) -> bool:
        return True

    def may_have_contacts(self) -> bool:
        return True

    async def most_objects(self) -> int:
        return 4096

    async def contacts_account_id(self) -> str | None:
        return None

    async def download(self, account_id: str, blob_id: str, *, maximum: int) -> bytes:
        raise AssertionError

    async def session(self) -> Session:
        self.asked.append("session")
        if self.failure:
            raise self.failure
        return SESSION

    async def call(self, using: Sequence[str], calls: Sequence[Invocation]) -> Responses:
        self.asked.extend(call.name for call in calls)
        if self.failure:
            raise self.failure
        (get,) = calls
        self.accounts.append(get.arguments["accountId"])
        if self.method_error:
            return responses(Invocation("error", {"type": self.method_error}, get.call_id))
        return responses(Invocation(get.name, {"list": self.mailboxes}, get.call_id))


ALL_SCOPES = frozenset({"session:read", "mailboxes:read"})


NOW = 1_796_000_000  # 2026-11-30


def context_of(mail: Any, *, granted: frozenset[str] = ALL_SCOPES, **more: Any) -> Context:
    """`mail` serves as the contacts too."""
    filled: dict[str, Any] = {
        "clock": lambda: NOW,
        "entropy": lambda size: bytes(range(size)),
        "search_key": lambda: b"k" * 32,
        "draft_key": lambda: b"d" * 32,
        "account_page": "https://mail.example.com/account",
    }
    return Context(granted=granted, mail=mail, contacts=mail, masked=mail, **filled | more)


@dataclass
class Endpoint:
    """One POST after another, with nothing kept in between."""

    access: FakeAccess
    server: Server
    granted: frozenset[str] = ALL_SCOPES

    async def raw(self, body: bytes, *headers: tuple[str, str]) -> HttpResponse:
        context = context_of(JmapMail(self.access, RememberedPlaces()), granted=self.granted)
        return await respond(self.server, headers, body, context)

    async def post(self, message: Any, *headers: tuple[str, str]) -> tuple[int, Any]:
        """The status and the decoded body."""
        given = await self.raw(json.dumps(message).encode(), *headers)
        return given.status, None if given.body is None else json.loads(given.body)

    async def modern(self, method: str, *, ident: Any = 1, headers: Any = (), **params: Any) -> tuple[int, Any]:
        """Well-formed unless a param or header says otherwise; a header given with None is left out."""
        meta = {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        }
        message = {"jsonrpc": "2.0", "id": ident, "method": method, "params": {"_meta": meta, **params}}
        sent = {"mcp-protocol-version": "2026-07-28", "mcp-method": method}
        name = params.get("uri" if method == "resources/read" else "name")
        if isinstance(name, str) and method in {"tools/call", "prompts/get", "resources/read"}:
            sent["mcp-name"] = name
        sent |= dict(headers)
        return await self.post(message, *((key, value) for key, value in sent.items() if value is not None))

    async def legacy(
        self, method: str, *, version: str = "2025-11-25", ident: Any = 1, **params: Any
    ) -> tuple[int, Any]:
        message = {"jsonrpc": "2.0", "id": ident, "method": method, "params": params}
        return await self.post(message, ("mcp-protocol-version", version))


@pytest.fixture
def access() -> FakeAccess:
    return FakeAccess()


@pytest.fixture
def endpoint(access: FakeAccess) -> Endpoint:
    return Endpoint(access, mailconnect("1.2.3"))


@pytest.fixture
def failing(access: FakeAccess, endpoint: Endpoint) -> Any:
    def make(failure: Exception | MailboxError) -> Endpoint:
        access.failure = failure
        return endpoint

    return make
