"""One person's mailboxes, which clients make, rename, move and delete while the sandbox runs."""

import uuid
from dataclasses import dataclass

from mailconnect.sandbox.accounts import FOLDERS, Account

_NAMESPACE = uuid.UUID("5a0db0c5-0000-4000-8000-0000000b0ce5")


@dataclass(slots=True)
class Box:
    mailbox_id: str
    name: str
    parent_id: str | None
    role: str | None = None
    order: int = 10
    is_subscribed: bool = True


class Boxes:
    def __init__(self, account: Account) -> None:
        """Starts with those of whose mail it is, in the order of the data."""
        self.by_id: dict[str, Box] = {}
        self.changes = 0
        for folder in FOLDERS[account.login]:
            above = account.mailbox_id(folder.path[:-1]) if len(folder.path) > 1 else None
            self._put(Box(account.mailbox_id(folder.path), folder.path[-1], above, folder.role, folder.order))

    def of(self, account: Account) -> list[Box]:
        """Those that the account shows: a shared one shows its own folders and what was made inside them."""
        if account.personal:
            return list(self.by_id.values())
        shown = {account.mailbox_id(folder.path) for folder in account.folders}
        return [box for box in self.by_id.values() if shown & {one.mailbox_id for one in self.upwards(box.mailbox_id)}]

    def upwards(self, mailbox_id: str | None) -> list[Box]:
        """The mailbox and those above it."""
        above: list[Box] = []
        while mailbox_id is not None and (box := self.by_id.get(mailbox_id)) is not None:
            above.append(box)
            mailbox_id = box.parent_id
        return above

    def children(self, mailbox_id: str | None) -> list[Box]:
        return [box for box in self.by_id.values() if box.parent_id == mailbox_id]

    def create(self, name: str, parent_id: str | None, order: int, *, is_subscribed: bool) -> Box:
        self.changes += 1
        made = Box(str(uuid.uuid5(_NAMESPACE, f"{self.changes} {name}")), name, parent_id, None, order, is_subscribed)
        self._put(made)
        return made

    def note_change(self) -> None:
        self.changes += 1

    def destroy(self, mailbox_id: str) -> None:
        del self.by_id[mailbox_id]
        self.changes += 1

    def _put(self, box: Box) -> None:
        self.by_id[box.mailbox_id] = box
