"""The people of the sandbox, their accounts and their mailboxes, as data."""

import uuid
from dataclasses import dataclass

_NAMESPACE = uuid.UUID("5a0db0c5-0000-4000-8000-000000000000")


@dataclass(frozen=True, slots=True)
class Folder:
    """A mailbox as it is set up; what lies in it is in `sandbox.mail`."""

    path: tuple[str, ...]
    """The names from the top; a name may itself contain a slash."""
    role: str | None = None
    order: int = 10


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox with the numbers that the sandbox starts with."""

    path: tuple[str, ...]
    role: str | None
    total: int
    unread: int
    """Drafts are never counted as unread."""


@dataclass(frozen=True, slots=True)
class Account:
    account_id: str
    name: str
    folders: tuple[Folder, ...] = ()
    login: str = ""
    """The owner of the mail."""
    personal: bool = True
    read_only: bool = False
    bare: bool = False
    """An account without a single capability; Fastmail was seen to list one, and to list it first."""

    @property
    def mailboxes(self) -> tuple[Mailbox, ...]:
        from mailconnect.sandbox.mail.messages import counts  # noqa: PLC0415 - a sandbox that is not asked for mail reads none

        counted = counts(self.login)
        return tuple(Mailbox(box.path, box.role, *counted.get(box.path, (0, 0))) for box in self.folders)

    def mailbox_id(self, path: tuple[str, ...]) -> str:
        return str(uuid.uuid5(_NAMESPACE, "\0".join((self.account_id, *path))))

    def all_mailbox_ids(self) -> dict[tuple[str, ...], str]:
        """Also of the mailboxes that are not shared with the owner of this account."""
        return {box.path: self.mailbox_id(box.path) for box in FOLDERS[self.login]}


@dataclass(frozen=True, slots=True)
class Identity:
    name: str
    email: str
    """`*@domain` stands for any address there."""
    text_signature: str = ""
    html_signature: str = ""


@dataclass(frozen=True, slots=True)
class Owner:
    """A mailbox owner: login and password are typed on the sign-in page, username is what JMAP calls them."""

    login: str
    password: str
    username: str
    accounts: tuple[Account, ...]
    identities: tuple[Identity, ...] = ()

    @property
    def primary(self) -> Account:
        return next(account for account in self.accounts if account.personal and not account.bare)


# Children stand before their parents, and nothing is in tree order: the specification promises no order.
_ALICE = (
    Folder(("Projects", "2026", "Q4")),
    Folder(("Inbox",), "inbox", order=1),
    Folder(("Projects", "2026")),
    Folder(("Archive",), "archive", order=3),
    Folder(("Drafts",), "drafts", order=4),
    Folder(("Sent",), "sent", order=5),
    Folder(("Snoozed",), "snoozed", order=2),
    Folder(("Spam",), "junk", order=6),
    Folder(("Trash",), "trash", order=7),
    Folder(("Rechnungen & Verträge",)),
    Folder(("日本語",)),
    Folder(("Emoji 📬",)),
    Folder(("Ünïcode", "Ärger")),
    Folder(("Ünïcode",)),
    Folder(("Projects",)),
    Folder(("Tax/2026",)),
    Folder(("Newsletters",)),
    Folder(("Lists",)),
)
_TEAM = (Folder(("Team", "Minutes")), Folder(("Team",)))
_BOB = (
    Folder(("Inbox",), "inbox", order=1),
    Folder(("Archive",), "archive", order=3),
    Folder(("Drafts",), "drafts", order=4),
    Folder(("Sent",), "sent", order=5),
    Folder(("Spam",), "junk", order=6),
    Folder(("Trash",), "trash", order=7),
    *_TEAM,
)
FOLDERS = {"alice": _ALICE, "bob": _BOB}
_HOUSEHOLD = Account("u0b5e0000", "Sandbox household", bare=True)

ALICE = Owner(
    login="alice",
    password="secret",
    username="alice@sandbox.test",
    accounts=(
        _HOUSEHOLD,
        Account("ua11ce000", "alice@sandbox.test", _ALICE, "alice"),
        Account("ub0b00000", "bob@sandbox.test", _TEAM, "bob", personal=False, read_only=True),
    ),
    identities=(
        Identity("Alice Sandbox", "alice@sandbox.test", "Alice Sandbox\nBasel", "<p>Alice Sandbox<br>Basel</p>"),
        Identity("Alice Sandbox", "*@alice.sandbox.test"),
    ),
)
BOB = Owner(
    login="bob",
    password="secret",
    username="bob@sandbox.test",
    accounts=(_HOUSEHOLD, Account("ub0b00000", "bob@sandbox.test", _BOB, "bob")),
    identities=(Identity("Bob Sandbox", "bob@sandbox.test", "Bob"),),
)
OWNERS = {owner.username: owner for owner in (ALICE, BOB)}


def signed_in(login: str, password: str) -> Owner | None:
    """The owner of that login, or of that address, if the password is theirs."""
    for owner in OWNERS.values():
        if login in {owner.login, owner.username} and password == owner.password:
            return owner
    return None
