"""Watches a mailbox of the sandbox: the messages that left or were moved, and that none was destroyed."""

from collections import Counter
from dataclasses import dataclass, field

from mailconnect.sandbox.accounts import ALICE, Account
from mailconnect.sandbox.mail.submissions import Posted
from mailconnect.sandbox.provider import Provider


@dataclass
class Watch:
    """Since it was made."""

    sandbox: Provider
    account: Account = ALICE.primary
    before: dict[str, tuple[frozenset[str], frozenset[str]]] = field(init=False)

    def __post_init__(self) -> None:
        self.before = self._now()

    def _now(self) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
        emails = self.sandbox.post.store(self.account).emails
        return {name: (email.mailbox_ids, email.keywords) for name, email in emails.items()}

    @property
    def left(self) -> list[Posted]:
        return [*self.sandbox.post.outbox]

    @property
    def recipients(self) -> set[str]:
        """Of what left, in small letters."""
        return {address.lower() for one in self.left for address in one.recipients}

    def changes(self) -> Counter[str]:
        """How many messages were written, moved to which role, or marked; `destroyed` are those that are gone."""
        now, roles = (
            self._now(),
            {self.account.mailbox_id(box.path): box.role or "folder" for box in self.account.folders},
        )
        counted: Counter[str] = Counter(written=len(now.keys() - self.before.keys()))
        counted["destroyed"] = len(self.before.keys() - now.keys())
        for name in now.keys() & self.before.keys():
            places, marks = now[name][0] - self.before[name][0], now[name][1] ^ self.before[name][1]
            counted.update(f"moved to {roles.get(place, 'folder')}" for place in places)
            counted.update(f"marked {mark}" for mark in marks)
        return +counted
