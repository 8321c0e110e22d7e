"""A tool's call over the mail of tests/mail/letters.py, in memory."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from mailconnect.contacts.contact import Contact, FoundContacts
from mailconnect.mcp.context import Context
from mailconnect.mcp.dispatch import respond
from mailconnect.mcp.mailconnect import mailconnect
from tests.mail.memory_filing import MemoryFiling
from tests.mcp.conftest import context_of
from tests.real_scopes import ALL


class MailWithContacts(MemoryFiling):
    found: FoundContacts = FoundContacts((), 0)

    address_book: bool = True

    def may_have_contacts(self) -> bool:
        return self.address_book

    async def find(self, text: str, *, maximum: int) -> FoundContacts:
        return self.found


@dataclass
class Tools:
    """Each call is a request of its own."""

    mail: MailWithContacts = field(default_factory=MailWithContacts)
    granted: frozenset[str] = ALL
    revision: str = "2025-06-18"
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def context(self) -> Context:
        return replace(context_of(self.mail, granted=self.granted, authserv_ids=("mx.example.com",)), **self.changes)

    async def call(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}
        headers = [("mcp-protocol-version", self.revision)]
        answered = await respond(mailconnect("1"), headers, json.dumps(body).encode(), self.context)
        assert answered.fault is None, answered.fault
        result: dict[str, Any] = json.loads(answered.body or b"")["result"]
        assert "structuredContent" not in result
        return result

    async def text(self, tool: str, /, **arguments: Any) -> str:
        result = await self.call(tool, **arguments)
        assert not result["isError"], result
        return result["content"][0]["text"]

    async def error(self, tool: str, /, **arguments: Any) -> str:
        result = await self.call(tool, **arguments)
        assert result["isError"]
        return result["content"][0]["text"]


@pytest.fixture
def tools() -> Tools:
    return Tools()


def contact(ident: str, name: str, *emails: str) -> Contact:
    return Contact(ident, name, emails)
