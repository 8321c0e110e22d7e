"""The people of the sandbox, their accounts and their mailboxes, as data."""

import uuid
from dataclasses import dataclass

_NAMESPACE = uuid.UUID("5a0db0c5-0000-4000-8000-000000000000")


@dataclass(frozen=True, slots=True)
class Mailbox:
    path: tuple[str, ...]
    """The names from the top; a name may itself contain a slash."""
    role: str | None = None
    total: int = 0
    unread: int = 0
    """Drafts are never counted as unread."""
    order: int = 10


@dataclass(frozen=True, slots=True)
class Account:
    account_id: str
    name: str
    mailboxes: tuple[Mailbox, ...] = ()
    personal: bool = True
    read_only: bool = False
    bare: bool = False
    """An account without a single capability; Fastmail was seen to list one, and to list it first."""

    def mailbox_id(self, path: tuple[str, ...]) -> str:
        return str(uuid.uuid5(_NAMESPACE, "\0".join((self.account_id, *path))))


@dataclass(frozen=True, slots=True)
class Owner:
    """A mailbox owner: login and password are typed on the sign-in page, username is what JMAP calls them."""

    login: str
    password: str
    username: str
    accounts: tuple[Account, ...]

    @property
    def primary(self) -> Account:
        return next(account for account in self.accounts if account.personal and not account.bare)


# Children stand before their parents, and nothing is in tree order: the specification promises no order.
_ALICE = (
    Mailbox(("Projects", "2026", "Q4"), total=1, unread=1),
    Mailbox(("Inbox",), "inbox", total=6, unread=5, order=1),
    Mailbox(("Projects", "2026"), total=3),
    Mailbox(("Archive",), "archive", total=30, order=3),
    Mailbox(("Drafts",), "drafts", total=2, order=4),
    Mailbox(("Sent",), "sent", total=1, order=5),
    Mailbox(("Snoozed",), "snoozed", order=2),
    Mailbox(("Spam",), "junk", total=1, unread=1, order=6),
    Mailbox(("Trash",), "trash", order=7),
    Mailbox(("Rechnungen & Verträge",), total=12, unread=2),
    Mailbox(("日本語",), total=1, unread=1),
    Mailbox(("Emoji 📬",), total=4),
    Mailbox(("Ünïcode", "Ärger"), total=2),
    Mailbox(("Ünïcode",)),
    Mailbox(("Projects",), total=7, unread=1),
    Mailbox(("Tax/2026",), total=3),
)
_TEAM = (Mailbox(("Team", "Minutes"), total=4), Mailbox(("Team",), total=9, unread=1))
_BOB = (
    Mailbox(("Inbox",), "inbox", total=2, unread=1, order=1),
    Mailbox(("Archive",), "archive", total=11, order=3),
    Mailbox(("Drafts",), "drafts", total=1, order=4),
    Mailbox(("Sent",), "sent", total=8, order=5),
    Mailbox(("Spam",), "junk", order=6),
    Mailbox(("Trash",), "trash", order=7),
    *_TEAM,
)
_HOUSEHOLD = Account("u0b5e0000", "Sandbox household", bare=True)

ALICE = Owner(
    login="alice",
    password="secret",
    username="alice@sandbox.test",
    accounts=(
        _HOUSEHOLD,
        Account("ua11ce000", "alice@sandbox.test", _ALICE),
        Account("ub0b00000", "bob@sandbox.test", _TEAM, personal=False, read_only=True),
    ),
)
BOB = Owner(
    login="bob",
    password="secret",
    username="bob@sandbox.test",
    accounts=(_HOUSEHOLD, Account("ub0b00000", "bob@sandbox.test", _BOB)),
)
OWNERS = {owner.username: owner for owner in (ALICE, BOB)}


def signed_in(login: str, password: str) -> Owner | None:
    """The owner of that login, or of that address, if the password is theirs."""
    for owner in OWNERS.values():
        if login in {owner.login, owner.username} and password == owner.password:
            return owner
    return None
