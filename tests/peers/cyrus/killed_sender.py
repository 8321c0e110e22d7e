"""A process that sends drafts on Cyrus and is killed while it does: `killed_sender.py JMAP_URL KEY_FILE DATABASE`.

It reads one JSON object a line: {"write": n} writes a draft; {"send": draft, "step": k} sends it in a child that kills
itself with SIGKILL at its k-th step, each request counted before and after; {"send": draft, "after": seconds} so long
after the submission began; {"send": draft} undisturbed. It answers one line each. A child is forked, so that a kill is
one of a whole process and costs no start.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from mailconnect.audit import Audit
from mailconnect.grants.grant import Grant
from mailconnect.grants.sending import Choice, SendingPolicy
from mailconnect.jmap.allowance import allowance
from mailconnect.jmap.client import JmapClient
from mailconnect.jmap.mail import JmapMail
from mailconnect.jmap.mailbox.remembered_places import RememberedPlaces
from mailconnect.jmap.session import Session
from mailconnect.mail.address import Address
from mailconnect.mail.draft.draft import NewDraft
from mailconnect.mail.errors import MailboxError
from mailconnect.outbound.allowed_hosts import HostAllowList
from mailconnect.outbound.httpx_transport import OverHttpx
from mailconnect.sending.sending import Sending, SendRequest
from mailconnect.store.errors import AlreadyExists
from mailconnect.store.memory import MemoryCounters
from mailconnect.store.sqlite.audit import SqliteAuditEvents
from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.grants import SqliteGrants
from mailconnect.store.sqlite.ledger import SqliteLedger
from tests.mail.sandbox_mail import Direct
from tests.peers.cyrus.cyrus import mint
from tests.sending.sender import SCOPES, SUBMIT, Stepping, new_grant

TO = "ann@example.org"
TLS = httpx.create_ssl_context()
"""Of no use before plain HTTP, but httpx makes one for each transport, which takes longer than all else in a child."""


@dataclass
class OnCyrus(Direct):
    """A person's mailbox without the bridge between; `url` is the session's."""

    url: str = ""

    async def _session(self) -> Session:
        if self.kept is None:
            self.kept = await self.client.session(self.url, self.token)
        return self.kept


def now() -> int:
    return int(datetime.now(UTC).timestamp())


class Killed:
    """Counts steps and kills this process at one of them."""

    def __init__(self, step: int | None, after: float | None) -> None:
        self.step, self.delay, self.count = step, after, 0

    async def before(self, name: str) -> None:
        if name == SUBMIT and self.delay is not None:
            threading.Timer(self.delay, self.kill).start()
        self.passed()

    async def after(self, _: str) -> None:
        self.passed()

    def passed(self) -> None:
        self.count += 1
        if self.count == self.step:
            self.kill()

    def kill(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class Sender:
    def __init__(self, url: str, key_file: Path, database: Path) -> None:
        self.url, self.key_file, self.path = url, key_file, database
        self.grant: Grant = new_grant()

    def mail(self, before: Any, after: Any) -> JmapMail:
        token = mint(self.key_file, "alice", now())
        port = httpx.URL(self.url).port or 80
        client = JmapClient(
            OverHttpx(httpx.AsyncHTTPTransport(verify=TLS)), HostAllowList.of((), loopback_ports=(port,)), now
        )
        access = OnCyrus(client, token, allowance(SCOPES), url=self.url)
        return JmapMail(Stepping(access, "provider", before, after), RememberedPlaces())

    async def write(self, number: int) -> str:
        mail = self.mail(*_undisturbed())
        draft = NewDraft(
            sender=Address("Alice", "alice@example.com"),
            to=(Address("Ann", TO),),
            subject=f"Number {number}",
            plain=f"This is number {number}.",
            message_id=f"mc.killed-{number}@example.com",
            key=f"killed-{number}@",
            sent_at=datetime.now(UTC),
        )
        return (await mail.write_draft(draft)).id

    async def send(self, draft_id: str, killed: Killed | None) -> str:
        before, after = (killed.before, killed.after) if killed else _undisturbed()
        database = Database.open(self.path)
        stores = {
            "grants": SqliteGrants(database),
            "ledger": SqliteLedger(database),
            "counters": MemoryCounters(),
            "events": SqliteAuditEvents(database),
        }
        with contextlib.suppress(AlreadyExists):
            await stores["grants"].put(self.grant)  # type: ignore[attr-defined]
        of: dict[str, Any] = {name: Stepping(one, name, before, after) for name, one in stores.items()}
        audit = Audit(of["events"], now, os.urandom)
        sending = Sending(of["grants"], of["ledger"], of["counters"], audit, now, os.urandom)
        connection = sending.of(self.grant, self.mail(before, after), lambda: Choice(SendingPolicy.FREE, 100), None)
        try:
            outcome = await connection.send(SendRequest(draft_id, (TO,), hold=0))
        except MailboxError as error:
            return type(error).__name__
        finally:
            await database.close()
        return type(outcome).__name__


async def _nothing(_: str) -> None:
    return


def _undisturbed() -> tuple[Callable[[str], Awaitable[None]], Callable[[str], Awaitable[None]]]:
    return _nothing, _nothing


def in_a_child(work: Callable[[], Awaitable[str]]) -> str:
    """What it says; empty where it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            said = asyncio.run(work())  # type: ignore[arg-type]
        except BaseException as error:  # noqa: BLE001 - the parent tells it
            said = f"{type(error).__name__}: {error}"
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return "" if os.WIFSIGNALED(status) else said


def main() -> None:
    url, key_file, database = sys.argv[1:]
    sender = Sender(url, Path(key_file), Path(database))
    for line in sys.stdin:
        asked = json.loads(line)
        if "write" in asked:
            said = in_a_child(lambda asked=asked: sender.write(asked["write"]))
        else:
            disturbed = "step" in asked or "after" in asked
            killed = Killed(asked.get("step"), asked.get("after")) if disturbed else None
            said = in_a_child(lambda asked=asked, killed=killed: sender.send(asked["send"], killed))
        print(said, flush=True)


if __name__ == "__main__":
    main()
