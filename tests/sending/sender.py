"""One connection that sends, before the sandbox: its draft, its stores, and what has left."""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx

from mailconnect.audit import Audit
from mailconnect.clock import Entropy
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.sending import Choice, SendingPolicy
from mailconnect.jmap.allowance import allowance
from mailconnect.jmap.client import JmapClient
from mailconnect.jmap.mail import JmapMail
from mailconnect.jmap.mailbox.remembered_places import RememberedPlaces
from mailconnect.jmap.session import Session
from mailconnect.mail.draft.draft import Draft
from mailconnect.outbound.allowed_hosts import HostAllowList
from mailconnect.outbound.httpx_transport import OverHttpx
from mailconnect.sandbox.accounts import ALICE
from mailconnect.sandbox.app import create_app
from mailconnect.sandbox.mail.store import Email, Store
from mailconnect.sandbox.mail.submissions import Posted
from mailconnect.sandbox.provider import Provider
from mailconnect.sending.approvals import Asked, Word
from mailconnect.sending.digest import digest
from mailconnect.sending.outcome import Outcome
from mailconnect.sending.sending import ConnectionSending, Sending, SendRequest
from mailconnect.store.memory import MemoryAuditEvents, MemoryCounters, MemoryGrants, MemoryLedger
from tests.bridge import TurnedClock
from tests.grants.scenario import active
from tests.mail.sandbox_mail import Direct
from tests.provider.strict_provider import nothing
from tests.sandbox.conftest import FULL

NOW = 1_800_000_000
SUBMIT = "EmailSubmission/set"
"""The step at which a message may leave, or be taken back."""
SCOPES = frozenset({"session:read", "drafts:write", "emails:send", "contacts:read"})
ANN, BOB, STRANGER = "ann@example.org", "bob@example.org", "mallory@elsewhere.test"

_GRANT = active().grant


def new_grant(**changes: Any) -> Grant:
    scope = " ".join(sorted(SCOPES))
    ends = NOW + 365 * 86_400
    return replace(_GRANT, scope=scope, expires_at=ends, idle_expires_at=ends, **changes)


def in_memory() -> dict[str, Any]:
    return {
        "grants": MemoryGrants(),
        "ledger": MemoryLedger(),
        "counters": MemoryCounters(),
        "events": MemoryAuditEvents(),
    }


@dataclass
class Stepping:
    """An adapter, or a way to the provider. `before` each request is awaited with its name, and `after` it."""

    inner: Any
    name: str
    before: Callable[[str], Awaitable[None]] = nothing
    after: Callable[[str], Awaitable[None]] = nothing

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        if not callable(found):
            return found

        async def stepping(*arguments: Any, **named: Any) -> Any:
            submits = name == "call" and any(call.name == SUBMIT for call in arguments[1])
            step = SUBMIT if submits else f"{self.name}.{name}"
            await self.before(step)
            result = await found(*arguments, **named)
            await self.after(step)
            return result

        return stepping


@dataclass
class DirectHolding(Direct):
    longest_hold: int | None = None

    async def session(self) -> Session:
        session = await super().session()
        if self.longest_hold is None:
            return session
        return replace(session, delayed_send={session.account_id: self.longest_hold})


@dataclass
class Owner:
    """The approvals, as an owner would have them: `words` by digest; nothing is sent but by `Sender.press`."""

    words: dict[str, Word] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def ask(self, grant: Grant, draft: Draft, digest: str) -> Asked:
        self.asked.append((grant.id, digest))
        self.words[digest] = Word.WAITING
        return Asked("https://mail.example.com/approve/secret", NOW + 3600)

    async def look(self, grant: Grant, draft_id: str, digest: str) -> Word:
        return self.words.get(digest, Word.NONE)

    async def called_back(self, grant: Grant, draft_id: str) -> None:
        return


@dataclass
class Sender:
    stores: dict[str, Any]
    app: Any
    clock: TurnedClock
    choice: Choice = field(default_factory=lambda: Choice(SendingPolicy.FREE, 20))
    owner: Owner = field(default_factory=Owner)
    grant: Grant = field(default_factory=new_grant)
    before: Callable[[str], Awaitable[None]] = nothing
    after: Callable[[str], Awaitable[None]] = nothing
    entropy: Entropy = field(default_factory=lambda: random.Random(5).randbytes)
    longest_hold: int | None = None
    """The session's value, unless it is None."""
    scopes: frozenset[str] = SCOPES
    others: int = 0
    named: str = "mc.m"
    """The prefix of Message-IDs, as of an assistant's drafts."""
    held: list[Stepping] = field(default_factory=list)
    """The adapters of the latest process."""

    @property
    def provider(self) -> Provider:
        provider: Provider = self.app.state.provider
        return provider

    @property
    def outbox(self) -> Sequence[Posted]:
        return self.provider.post.outbox

    @property
    def mailbox(self) -> Store:
        return self.provider.post.store(ALICE.primary)

    def box(self, role: str) -> str:
        path = next(folder.path for folder in ALICE.primary.folders if folder.role == role)
        return ALICE.primary.mailbox_id(path)

    def write(
        self, *to: str, subject: str = "Hello", sender: str = "alice@sandbox.test", number: int = 1, sent: bool = False
    ) -> str:
        """The id of a draft, or of a message that was sent, as a mail program leaves one."""
        header = f"From: Alice <{sender}>\r\nTo: {', '.join(to or (ANN,))}\r\nSubject: {subject}\r\n"
        header += f"Message-ID: <{self.named}{number}@sandbox.test>\r\n"
        raw = f"{header}Date: Mon, 30 Nov 2026 12:00:00 +0000\r\n\r\nHi.\r\n"
        at = datetime.fromtimestamp(self.clock(), UTC)
        box, keywords = ("sent", frozenset[str]()) if sent else ("drafts", frozenset({"$draft"}))
        return self.mailbox.create(raw.encode(), frozenset({self.box(box)}), at, keywords).email_id

    def mail(self, **changes: Any) -> Any:
        """Of another process, or another request of the same."""
        client = JmapClient(OverHttpx(httpx.ASGITransport(self.app)), _HOSTS, self.clock)
        access = DirectHolding(
            client, FULL, allowance=allowance(self.scopes), longest_hold=self.longest_hold, **changes
        )
        return JmapMail(Stepping(access, "provider", self.before, self.after), RememberedPlaces())

    def sending(self) -> Sending:
        of = {name: Stepping(inner, name, self.before, self.after) for name, inner in self.stores.items()}
        self.held = [*of.values()]
        return Sending(
            grants=of["grants"],
            ledger=of["ledger"],
            counters=of["counters"],
            audit=Audit(of["events"], self.clock, self.entropy),
            clock=self.clock,
            entropy=self.entropy,
        )

    def connection(self, **changes: Any) -> ConnectionSending:
        grant = changes.pop("grant", self.grant)
        approvals = Stepping(self.owner, "approvals", self.before, self.after)
        return self.sending().of(grant, self.mail(), lambda: self.choice, approvals)

    async def send(self, draft_id: str, *recipients: str, grant: Grant | None = None, **request: Any) -> Outcome:
        """An assistant calls send_draft, in a process of its own."""
        asked = SendRequest(draft_id, recipients or (ANN,), **{"hold": 0, **request})
        return await self.connection(grant=grant or self.grant).send(asked)

    async def seen(self, draft_id: str) -> str:
        return digest(await self.mail().draft(draft_id))

    async def press(self, draft_id: str, seen: str | None = None, *, hold: int = 0) -> Outcome:
        """The owner presses Send on the page that showed the message of this digest."""
        seen = seen or await self.seen(draft_id)
        return await self.sending().approved(self.grant, self.mail(), draft_id, seen, hold=hold)

    async def history(self) -> list[tuple[str, str | None]]:
        page = await self.stores["events"].of_owner(self.grant.owner, self.clock())
        return [(one.what, one.reason) for one in page.events]

    async def end_grant(self) -> None:
        from mailconnect.grants.retirement import Reason, retire  # noqa: PLC0415

        assert await self.stores["grants"].update(self.grant.id, retire(Reason.OWNER_DISCONNECTED, self.clock()))

    async def sent_by_hand(self, draft_id: str) -> None:
        """The owner sends it in a mail program."""
        await self._submitted(self.mailbox.emails[draft_id])
        boxes = frozenset({self.box("sent")})
        self.mailbox.update(draft_id, mailbox_ids=boxes, keywords=frozenset())

    async def mailbox_moves(self) -> None:
        """The owner sends another mail."""
        self.others += 1
        await self._submitted(self.mailbox.emails[self.write(BOB, number=10_000 + self.others, sent=True)])

    async def _submitted(self, email: Email) -> None:
        posted = Posted(email.email_id, email.header("message-id").strip(), "alice@sandbox.test", (BOB,), b"", NOW)
        submissions = self.provider.post.submissions(ALICE.primary)
        submissions.submit(posted, identity_id="I1", thread_id=email.thread_id, envelope={}, hold=0)

    async def destroyed(self, draft_id: str) -> None:
        self.mailbox.destroy(draft_id)

    def is_draft(self, draft_id: str) -> bool:
        return "$draft" in self.mailbox.emails[draft_id].keywords


_HOSTS = HostAllowList.of((), loopback_ports=(8788,))


async def new_sender(stores: dict[str, Any] | None = None, **changes: Any) -> Sender:
    clock = TurnedClock(NOW)
    app = create_app(clock=clock, entropy=random.Random(1).randbytes)
    sender = Sender(stores or in_memory(), app, clock, **changes)
    assert sender.grant.state is GrantState.ACTIVE
    account = ALICE.primary
    sender.provider.post._stores[account.login] = Store(account.all_mailbox_ids(), ())  # with no mail
    await sender.stores["grants"].put(sender.grant)
    return sender
