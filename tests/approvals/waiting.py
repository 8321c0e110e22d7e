"""A connection with an assistant's token, which writes drafts and asks its owner to approve them."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from mailconnect.approvals.approvals import Approvals, Asked, OpenedApprovals
from mailconnect.composition.mailboxes import mailboxes
from mailconnect.grants.approval import Approval
from mailconnect.grants.grant import Grant
from mailconnect.grants.tokens.access import authenticate
from mailconnect.grants.tokens.token import TokenKind, parse
from mailconnect.jmap.mail import JmapMail
from mailconnect.jmap.mailbox.remembered_places import RememberedPlaces
from mailconnect.mail.address import Address
from mailconnect.mail.draft.draft import Draft, NewDraft
from mailconnect.sandbox.accounts import ALICE
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sending.digest import digest
from tests.bridge import ISSUER, Bridge
from tests.endpoints.visitor import HERE, Button, Visitor
from tests.endpoints.wire import Wire

ANNA = Address("Anna Lind", "anna.lind@example.com")
JONAS = Address("Jonas Frei", "jonas@frei.example")
"""In alice's address book."""
NEW = Address("Ola Berg", "ola.berg@nordlys.example")
WRITING = frozenset({"emails:metadata", "emails:read", "drafts:write", "emails:send", "contacts:read"})


@dataclass
class Waiting:
    """`grant` and `mail` are as the assistant's last token opened them."""

    bridge: Bridge
    assistant: Assistant
    grant: Grant
    mail: JmapMail
    approvals: OpenedApprovals
    count: int = field(default=0)

    @classmethod
    async def connected(cls, bridge: Bridge, username: str = "alice", **options: Any) -> Self:
        assistant = await bridge.connected(username, **options)
        assert assistant.tokens
        token = parse(assistant.tokens.access_token, TokenKind.ACCESS)
        grant = await bridge.adapters.stores.grants.get(token.grant_id)
        assert grant is not None
        key = authenticate(grant, token, grant.resource, bridge.clock()).data_key()
        access = mailboxes(bridge.adapters).open(grant, lambda: key, WRITING)
        stores = bridge.adapters.stores
        asking = Approvals(stores.approvals, ISSUER, bridge.clock, stores.entropy).opened(lambda: key)
        return cls(bridge, assistant, grant, JmapMail(access, RememberedPlaces()), asking)

    async def draft(self, *to: Address, plain: str = "Hi,\n\nhere it is.\n\nAlice", html: str | None = None) -> Draft:
        self.count += 1
        return await self.mail.write_draft(
            NewDraft(
                sender=Address("Alice", "alice@sandbox.test"),
                subject="Re: Contract, second version",
                plain=plain,
                html=html,
                message_id=f"mc.{self.count}.{self.grant.id}@sandbox.test",
                key=f"mc.{self.count}.{self.grant.id}",
                sent_at=datetime.fromtimestamp(self.bridge.clock(), UTC),
                to=to,
            )
        )

    async def edited(self, draft: Draft, plain: str) -> Draft:
        """As in a webmail: another message in its place, with the same Message-ID."""
        assert await self.mail.remove_draft(draft.id)
        return await self.mail.write_draft(
            NewDraft(
                sender=draft.sender[0],
                subject=draft.subject,
                plain=plain,
                message_id=draft.message_id,
                key=draft.message_id.partition("@")[0],
                sent_at=datetime.fromtimestamp(self.bridge.clock(), UTC),
                to=draft.to,
            )
        )

    async def ask(self, draft: Draft) -> Asked:
        return await self.approvals.ask(self.grant, draft, digest(draft))

    async def look(self, draft: Draft) -> str:
        return await self.approvals.look(self.grant, draft.id, digest(draft))

    async def record(self, asked: Asked) -> Approval:
        [approval] = await self.bridge.adapters.stores.approvals.of_owner(self.grant.owner, self.bridge.clock())
        assert asked.link
        return approval

    @property
    def submitted(self) -> int:
        """How often a message was handed in, taken back ones included."""
        return len(self.bridge.sandbox.post.submissions(ALICE).email_ids)

    @property
    def left(self) -> int:
        """Messages that are gone for good."""
        return len(self.bridge.sandbox.post.outbox)


def path_of(asked: Asked) -> str:
    assert asked.link.startswith(ISSUER)
    return asked.link.removeprefix(ISSUER)


@dataclass
class Owner:
    """The owner's browser at an approval link."""

    visitor: Visitor

    @classmethod
    def at(cls, bridge: Bridge) -> Self:
        return cls(Visitor(Wire(bridge)))

    async def sign_in(self, path: str, username: str = "alice", **fields: str) -> str:
        """The page that the sign-in leads to."""
        page = await self.visitor.window.send("GET", path)
        assert page.status_code == 303, page.text
        begun = await self.visitor.begin(sign_in_next(page.headers["location"]), **{"remember": ""} | fields)
        back = await self.visitor.window.send("GET", await self.visitor.window.sign_in(begun, username))
        assert back.status_code == 303, back.text
        return str(back.headers["location"])

    async def page(self, path: str) -> str:
        return str((await self.visitor.window.send("GET", path)).text)

    async def press(self, path: str, press: str, **fields: str) -> str:
        """The text of the page after it."""
        answer = await self.pressed(await self.button(path, press), **fields)
        while answer.status_code == 303:
            answer = await self.visitor.window.send("GET", answer.headers["location"])
        return str(answer.text)

    async def button(self, path: str, press: str) -> Button:
        """As the page stands, with no box ticked."""
        found = next(one for one in await self.visitor.buttons(path) if one.fields.get("press") == press)
        return Button(found.action, {name: value for name, value in found.fields.items() if name != "know"})

    async def pressed(self, button: Button, **fields: str):
        return await self.visitor.window.send("POST", button.action, HERE, data=button.fields | fields)


def sign_in_next(location: str) -> str:
    assert location.startswith("/account/sign-in?next="), location
    return location.removeprefix("/account/sign-in?next=")


def title_of(page: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    assert found, page
    return re.sub(r"<[^>]+>", "", found[1]).strip()
