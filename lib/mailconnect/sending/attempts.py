"""Attempts to send one message, each noted in the ledger before the provider is asked (facts of a message: none).

The record of an attempt is only ever added: `send:<message>:<number>`, and what became of it under the same name with
`:end`, and with `:undone` where it was taken back. Any process may go on where another one was killed. What it may do
follows from the record alone:

- Every attempt that ended is done with. A new one may begin.
- One that has not ended may have been made, or may still be on its way. It was for one state of the provider's
  submissions, and that state changes with every submission. While the state is the same, a new attempt in the same
  state is safe: the provider makes one of them at most. Once it is another, the outcome is unknown, unless the message
  itself tells.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from mailconnect.encoding import fast_json
from mailconnect.ledger_keys import LedgerKind, ledger_key
from mailconnect.mail.draft.draft import Draft
from mailconnect.store.errors import AlreadyExists, StoreUnavailable
from mailconnect.store.ledger import Entry, Ledger

KEPT = 48 * 3600
"""Seconds from the first attempt on, for all attempts of one message together."""

_BEGUN_WITHIN = 24 * 3600
"""Seconds after the first attempt, beyond which none begins: each is remembered for a day at least."""

_MAX = 12

_WRITTEN = ("state", "mark", "at", "grant", "word")

SENT, NOT_SENT = b"sent", b"not sent"


@dataclass(frozen=True, slots=True)
class SendingAttempt:
    """`state` is the provider's, `mark` random, `at` seconds since the epoch. `grant` is the hash of the connection's
    id, `word` what the history says of it. `ended` is SENT, NOT_SENT or None.
    """

    state: str
    mark: str
    at: int
    grant: str
    word: str
    ended: bytes | None = None
    undone: bool = False

    @property
    def may_be_out(self) -> bool:
        return self.ended != NOT_SENT and not self.undone


@dataclass(frozen=True, slots=True)
class Attempts:
    """All attempts of one message, the oldest first."""

    key: str
    all: tuple[SendingAttempt, ...] = ()

    @property
    def was_sent(self) -> bool:
        return any(one.ended == SENT and not one.undone for one in self.all)

    @property
    def open(self) -> tuple[SendingAttempt, ...]:
        """The attempts whose outcome is unknown."""
        return tuple(one for one in self.all if one.ended is None)

    def may_begin(self, state: str, now: int) -> bool:
        """Whether another attempt in this state cannot make a second mail."""
        if self.was_sent or len(self.all) >= _MAX:
            return False
        if self.all and now >= self.all[0].at + _BEGUN_WITHIN:
            return False
        return all(one.state == state for one in self.open)


def message_key(owner: str, draft: Draft) -> str:
    """The same for every assistant of one owner, and for each edition of a draft that keeps its Message-ID."""
    named = "\0".join((owner, draft.account_id, draft.message_id or draft.id))
    return ledger_key(
        LedgerKind.SEND, sha256(b"mailconnect send\0" + named.encode("utf-8", "surrogatepass")).hexdigest()
    )


@dataclass(frozen=True, slots=True)
class AttemptLedger:
    ledger: Ledger

    async def of(self, key: str, now: int) -> Attempts:
        """Raises StoreUnavailable."""
        found: list[SendingAttempt] = []
        while len(found) < _MAX:
            entry = await self.ledger.get(f"{key}:{len(found)}", now)
            if entry is None:
                break
            found.append(await self._read(key, len(found), entry, now))
        return Attempts(key, tuple(found))

    async def begin(self, attempts: Attempts, attempt: SendingAttempt, now: int) -> bool:
        """Whether it is noted. False: another caller began one meanwhile. Raises StoreUnavailable: then it may
        be noted, and nothing must be sent by it.
        """
        first = attempts.all[0].at if attempts.all else now
        value = fast_json.encode({name: getattr(attempt, name) for name in _WRITTEN})
        entry = Entry(key=f"{attempts.key}:{len(attempts.all)}", value=value, expires_at=first + KEPT)
        try:
            await self.ledger.put(entry, now)
        except AlreadyExists:
            return False
        except StoreUnavailable:
            noted = await self.ledger.get(entry.key, now)
            if noted is None or noted.value != value:
                raise
        return True

    async def end(self, attempts: Attempts, number: int, how: bytes, now: int) -> None:
        """Notes the outcome of an attempt. The first note counts."""
        await self._note(attempts, f"{attempts.key}:{number}:end", how, now)

    async def undo(self, attempts: Attempts, now: int) -> None:
        """Notes, of each attempt that may have been sent, that the provider took the message back."""
        for number, one in enumerate(attempts.all):
            if one.may_be_out:
                await self._note(attempts, f"{attempts.key}:{number}:undone", b"undone", now)

    async def _note(self, attempts: Attempts, key: str, value: bytes, now: int) -> None:
        """Ignores an unavailable store: the next look at the message settles the outcome."""
        first = attempts.all[0].at if attempts.all else now
        try:
            await self.ledger.put(Entry(key=key, value=value, expires_at=first + KEPT), now)
        except (AlreadyExists, StoreUnavailable):
            return

    async def _read(self, key: str, number: int, entry: Entry, now: int) -> SendingAttempt:
        ended = await self.ledger.get(f"{key}:{number}:end", now)
        undone = None
        if ended is None or ended.value == SENT:
            undone = await self.ledger.get(f"{key}:{number}:undone", now)
        written: Any = fast_json.decode(entry.value)
        return SendingAttempt(
            **{name: written[name] for name in _WRITTEN},
            ended=None if ended is None else ended.value,
            undone=undone is not None,
        )
