"""The sandbox's people as users of Cyrus: the same messages in the same mailboxes, appended over IMAP and indexed."""

import imaplib
import subprocess
from collections.abc import Iterable, Sequence

from mailconnect.sandbox.accounts import FOLDERS
from mailconnect.sandbox.mail.messages import Message, messages
from tests.peers.cyrus import config, master, mutf7, packages
from tests.peers.cyrus.cyrus import Cyrus

_USES = {"archive": "Archive", "drafts": "Drafts", "sent": "Sent", "trash": "Trash", "junk": "Junk"}
_FLAGS = {"$seen": r"\Seen", "$draft": r"\Draft", "$flagged": r"\Flagged", "$answered": r"\Answered"}


def name_of(path: tuple[str, ...]) -> str:
    """The path as Cyrus has it, where a name cannot contain a slash."""
    return "/".join(name.replace("/", "-") for name in path) if path != ("Inbox",) else "INBOX"


SETTINGS = {"munge8bit": "no", "search_index_headers": "no"}
"""imapd.conf(5): 8-bit header fields stay as they are, and text finds From, To, Cc, Bcc, Subject and bodies alone."""


def load_everybody(cyrus: Cyrus, now: int) -> None:
    """Alice and bob, whose Team folder alice may read, on a server without users.  now: epoch seconds."""
    for login in FOLDERS:
        load(cyrus, login, login, messages(login, now))
    with cyrus.imap("bob") as imap:
        for name in ("Team", "Team/Minutes"):
            _ok(imap.setacl(name, "alice", "lrs"))


def load(cyrus: Cyrus, user: str, login: str, messages: Iterable[Message]) -> None:
    """Make the user, with the mailboxes of the sandbox's `login`, and give them the messages."""
    admin = cyrus.imap(config.ADMIN)
    _ok(admin.create(f"user/{user}"))
    admin.logout()
    imap = cyrus.imap(user)
    for folder in sorted(FOLDERS[login], key=lambda folder: len(folder.path)):
        if folder.path == ("Inbox",):
            continue
        use = rf"(USE (\{_USES[folder.role]}))" if folder.role in _USES else ""
        _ok(imap.xatom("CREATE", _quoted(folder.path), *([use] if use else [])))
    for message in messages:
        flags = " ".join(_FLAGS.get(keyword, keyword) for keyword in sorted(message.keywords))
        when = imaplib.Time2Internaldate(message.received_at)
        for path in message.mailboxes:
            _ok(imap.append(_quoted(path), f"({flags})", when, message.raw))
    imap.logout()
    index(cyrus)


def index(cyrus: Cyrus) -> None:
    """Run squatter(8) once; without an index Cyrus looks for parts of words. Without -i, 3.6 indexes for ever."""
    squatter = str(cyrus.root / packages.BINARIES / "squatter")
    conf = str(config.imapd_conf(cyrus.run_dir))
    subprocess.run(
        [*master._as(*master.account()), *packages.command(cyrus.root, squatter, "-C", conf, "-i")],
        cwd=cyrus.run_dir,
        check=True,
        capture_output=True,
        timeout=120,
    )


def _quoted(path: tuple[str, ...]) -> str:
    return f'"{mutf7.encode(name_of(path))}"'


def _ok(answer: tuple[str, Sequence[object]]) -> None:
    if answer[0] != "OK":
        raise RuntimeError(f"Cyrus refused a step of loading: {answer}")
