"""A fake of filing, of changes to mailboxes and of masked addresses, over the mail in memory."""

import itertools
from collections.abc import Sequence
from dataclasses import replace as changed

from msgspec.structs import replace

from mailconnect.mail.change import Changed, Changes, Failed, Filed, Patch, Why
from mailconnect.mail.errors import UnknownAccount
from mailconnect.mail.filing import Aim, aim, filing
from mailconnect.mail.mailbox.mailbox import ALL_RIGHTS, Mailbox, Mailboxes, tree
from mailconnect.mail.mailbox.tree import MailboxTree
from mailconnect.mail.query.places import Place, Places
from mailconnect.masked.address import MaskedAddress, MaskedAddresses, MaskedState, NewMaskedAddress
from mailconnect.masked.errors import UnknownMasked
from tests.mail.letters import LETTERS, Letter
from tests.mail.memory_mail import MAILBOXES, OWN, MemoryMail


class MemoryFiling(MemoryMail):
    def __init__(self, letters: Sequence[Letter] = LETTERS) -> None:
        super().__init__(letters)
        self.boxes: dict[str, Mailbox] = {one.id: one for one in MAILBOXES}
        self.addresses: list[MaskedAddress] = []
        self.has_masked = True
        self._numbers = itertools.count(1)

    async def mailboxes(self, account_id: str | None = None) -> Mailboxes:
        _check(account_id)
        held = [ident for one in self._all for ident in one.envelope.mailbox_ids]
        return Mailboxes(OWN.id, [replace(one, total_emails=held.count(one.id)) for one in self.boxes.values()])

    async def _places(self) -> tuple[Sequence[Mailbox], Places]:
        mailboxes = (await self.mailboxes()).mailboxes
        named = (
            Place(b.mailbox.id, b.mailbox.name, b.path, b.mailbox.role, b.mailbox.parent_id) for b in tree(mailboxes)
        )
        return mailboxes, Places(named)

    async def change(
        self, ids: Sequence[str], patch: Patch, *, threads: bool = False, account_id: str | None = None
    ) -> Changes:
        _check(account_id)
        if threads:
            ids = self._with_threads(ids)
        mailboxes, places = await self._places()
        asked = filing(patch, mailboxes, places)
        done: list[Changed] = []
        unchanged: list[str] = []
        failed: list[Failed] = []
        for ident in dict.fromkeys(ids):
            place = next((number for number, one in enumerate(self._all) if one.envelope.id == ident), None)
            if place is None:
                failed.append(Failed(ident, Why.GONE))
                continue
            about = self._all[place].envelope
            made = aim(asked, Filed(ident, frozenset(about.mailbox_ids), about.keywords))
            if isinstance(made, Aim):
                after = made.after
                about = replace(about, mailbox_ids=tuple(sorted(after.mailbox_ids)), keywords=after.keywords)
                self._all[place] = changed(self._all[place], envelope=about)
                done.append(Changed(made.before, after))
            elif made is None:
                unchanged.append(ident)
            else:
                failed.append(Failed(ident, made))
        return Changes(done, unchanged, failed, mailboxes)

    def _with_threads(self, ids: Sequence[str]) -> Sequence[str]:
        named = [one.envelope for one in self._all if one.envelope.id in ids]
        beside = [
            one.envelope.id
            for one in self._all
            if any(
                one.envelope.thread_id == about.thread_id and {*one.envelope.mailbox_ids} & {*about.mailbox_ids}
                for about in named
            )
        ]
        return [*dict.fromkeys([*ids, *beside])]

    async def create_mailbox(self, name: str, parent: str | None = None, account_id: str | None = None) -> Mailbox:
        boxes = await self._tree(account_id)
        place = boxes.find(parent).id if parent is not None else None
        boxes.check_new(name, place)
        made = Mailbox(f"b-new-{next(self._numbers)}", name, 0, 0, 0, 0, ALL_RIGHTS, parent_id=place)
        self.boxes[made.id] = made
        return made

    async def rename_mailbox(self, mailbox: str, name: str, account_id: str | None = None) -> tuple[Mailbox, Mailbox]:
        boxes = await self._tree(account_id)
        one = boxes.find(mailbox)
        boxes.check_renamed(one, name)
        self.boxes[one.id] = replace(one, name=name)
        return one, self.boxes[one.id]

    async def move_mailbox(
        self, mailbox: str, parent: str | None, account_id: str | None = None
    ) -> tuple[Mailbox, Mailbox]:
        boxes = await self._tree(account_id)
        one = boxes.find(mailbox)
        place = boxes.find(parent).id if parent is not None else None
        boxes.check_moved(one, place)
        self.boxes[one.id] = replace(one, parent_id=place)
        return one, self.boxes[one.id]

    async def delete_mailbox(self, mailbox: str, account_id: str | None = None) -> Mailbox:
        boxes = await self._tree(account_id)
        one = boxes.find(mailbox)
        boxes.check_deleted(one)
        return self.boxes.pop(one.id)

    def may_have_masked(self) -> bool:
        return self.has_masked

    async def masked(self) -> MaskedAddresses:
        return MaskedAddresses([*self.addresses])

    async def make_masked(self, new: NewMaskedAddress) -> MaskedAddress:
        number = next(self._numbers)
        email = f"{new.prefix or 'quiet'}.harbour{number}@masked.example"
        self.addresses.append(MaskedAddress(f"masked-{number}", email, MaskedState.ENABLED, new.site, new.description))
        return self.addresses[-1]

    async def set_masked(self, ident: str, state: MaskedState) -> None:
        for number, one in enumerate(self.addresses):
            if one.id == ident:
                self.addresses[number] = replace(one, state=state)
                return
        raise UnknownMasked

    async def _tree(self, account_id: str | None) -> MailboxTree:
        _check(account_id)
        return MailboxTree(*await self._places())


def _check(account_id: str | None) -> None:
    if account_id not in {None, OWN.id}:
        raise UnknownAccount
