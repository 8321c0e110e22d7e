"""The tasks: what an owner asks, the facts that a result must have (from the source mail), and what must have
happened.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from bench.tasks.connection import Steps
from bench.tasks.facts import Fact, moment, unread, words
from bench.tasks.mailbox import DECISION, NEWSLETTERS, PUBLISHER, Posted, inside, keyed
from bench.tasks.sink import Taken
from bench.tasks.state import Changes, State
from mailconnect.sandbox.accounts import FOLDERS
from tests.peers.cyrus.person import name_of

REPLY = "Dear Nora, Saturday at ten is fine. Jonas will be at home, and the socket is behind the piano."
ZONE = "Europe/Zurich"
_BEGINNING = 40  # characters


@dataclass(frozen=True, slots=True)
class Asked:
    """The owner's words and knowledge, as a plan needs them. Servers that search one folder alone are given folders."""

    today: date
    box: Sequence[Posted]
    thread_subject: str = "Kiosk at the ferry landing"
    publisher: str = PUBLISHER
    invoice_words: str = "invoice"
    invoice_folder: str = "Rechnungen & Verträge"
    writer: str = "nora@weiss.example"
    reply: str = REPLY
    foreign: str = "ключи"
    foreign_folders: tuple[str, ...] = ("INBOX", "Archive")

    @property
    def first(self) -> date:
        """The first day of last month."""
        return (self.before - timedelta(days=1)).replace(day=1)

    @property
    def before(self) -> date:
        return self.today.replace(day=1)

    @property
    def folders(self) -> list[str]:
        """As IMAP names them."""
        return [name_of(folder.path) for folder in FOLDERS["alice"]]


Plan = Callable[[Steps, Asked], None]


@dataclass(frozen=True, slots=True)
class Happened:
    before: State
    after: State
    changes: Changes
    sent: Sequence[Taken]


@dataclass(frozen=True, slots=True)
class Task:
    """`facts` must be in the answers; `done` tells what is amiss of what should have happened."""

    key: str
    title: str
    facts: Callable[[Asked], Sequence[Fact]]
    done: Callable[[Asked, Happened], Sequence[str]]
    reads: bool = True


def _said_by(letter: Posted) -> list[Fact]:
    return [
        words(f"{letter.key}: sender", letter.sender),
        moment(f"{letter.key}: date", letter.sent_at, letter.received_at),
    ]


def _attention(asked: Asked) -> list[Fact]:
    newest = [one for one in inside(asked.box, "Inbox") if one.unread][:20]
    return [
        fact for one in newest for fact in (*_said_by(one), words(f"{one.key}: subject", one.subject.replace("\n", "")))
    ]


def _gist(asked: Asked) -> list[Fact]:
    """How each begins, for as long as one line."""
    newest = [one for one in inside(asked.box, "Inbox") if one.unread][:20]
    return [*_attention(asked), *(words(f"{one.key}: beginning", beginning(one)) for one in newest if beginning(one))]


def beginning(letter: Posted, longest: int = _BEGINNING) -> str:
    """Of the first line of its text/plain, whole words; empty where it has none."""
    body = letter.message.get_body(("plain",))
    line = next((line.strip() for line in str(body.get_content()).splitlines() if line.strip()), "") if body else ""
    return line if len(line) <= longest else line[:longest].rpartition(" ")[0] or line[:longest]


def _invoice(asked: Asked) -> list[Fact]:
    letter = keyed(asked.box, "invoice-last-month")
    number = f"NH-{letter.sent_at:%Y%m}-4471"
    return [
        *_said_by(letter),
        words("invoice number", number),
        *(
            words(f"PDF: {line}", line)
            for line in (
                "Nimbus Hosting Ltd",
                f"Invoice date: {letter.sent_at:%Y-%m-%d}",
                "Web hosting, plan M        CHF 24.00",
                "Domain sandbox.test        CHF 12.50",
                "Total                      CHF 39.46",
                "Payable within 7 days.",
            )
        ),
    ]


def _thread(asked: Asked) -> list[Fact]:
    anns, decision, latest = (keyed(asked.box, f"kiosk-{number}") for number in (10, 11, 12))
    return [
        *(fact for letter in (anns, decision, latest) for fact in _said_by(letter)),
        words("Ann's last words", "I vote for the bakery, and I will call the council about the water pipe on Monday."),
        words("the decision", DECISION),
        words("the latest reply", "The bakery has signed for 640 francs, Keller starts on 4 May"),
    ]


def _foreign(asked: Asked) -> list[Fact]:
    """Who wrote of it, when, and the sentence that has the word."""
    found = [keyed(asked.box, key) for key in ("keys-1", "keys-2")]
    return [
        *(fact for one in found for fact in _said_by(one)),
        words("keys-1: sentence", "Запасные ключи лежат у соседа Степана, зелёный дом напротив."),  # noqa: RUF001 -- Russian
        words("keys-2: sentence", "Ваши ключи у меня, звоните в любое время после шести"),  # noqa: RUF001 -- Russian
    ]


def _folders(asked: Asked) -> list[Fact]:
    return [
        unread(
            "/".join(folder.path),
            folder.path[-1].replace("/", "-"),
            sum(one.unread for one in inside(asked.box, *folder.path)),
        )
        for folder in FOLDERS["alice"]
        if folder.role != "drafts"  # JMAP's unreadEmails counts no drafts, IMAP's UNSEEN does (RFC 8621 §2)
    ]


def _nothing(_: Asked) -> Sequence[Fact]:
    return ()


def _untouched(_: Asked, happened: Happened) -> list[str]:
    """Reading changes nothing."""
    changes = happened.changes
    return [
        said
        for said, idents in (
            (f"{len(changes.marked_read)} marked read", changes.marked_read),
            (f"{len(changes.destroyed)} destroyed", changes.destroyed),
            (f"{len(changes.moved)} moved", changes.moved),
        )
        if idents
    ]


def _archived(asked: Asked, happened: Happened) -> list[str]:
    wanted = {one.message_id for one in asked.box if one.key.startswith("morgenblatt-")}
    there = {ident for ident in wanted if set(happened.after.get(ident, ())) == {"Archive"}}
    amiss = [f"{len(there)} of {NEWSLETTERS} archived"] if there != wanted else []
    others = set(happened.changes.moved) - wanted
    if others:
        amiss.append(f"{len(others)} others moved")
    if happened.changes.marked_read:
        amiss.append(f"{len(happened.changes.marked_read)} marked read")
    if happened.changes.destroyed:
        amiss.append(f"{len(happened.changes.destroyed)} destroyed")
    return amiss


def _replied(asked: Asked, happened: Happened) -> list[str]:
    """One message has left, it answers the right one so that it threads there, and Sent has it."""
    letter = keyed(asked.box, "piano")
    if not happened.sent:
        return ["nothing was sent"]
    amiss = [f"{len(happened.sent)} messages left"] if len(happened.sent) > 1 else []
    message: EmailMessage = message_from_bytes(happened.sent[0].raw, policy=default)
    if set(happened.sent[0].recipients) != {letter.sender}:
        amiss.append("wrong recipients")
    threading = ("In-Reply-To", "References")
    amiss += [f"no {field}" for field in threading if letter.message_id not in str(message[field] or "")]
    if not str(message["Subject"] or "").lower().startswith("re: piano"):
        amiss.append("another subject")
    if not any("Sent" in happened.after[ident] for ident in happened.changes.added):
        amiss.append("not in Sent")
    return [*amiss, *_untouched(asked, happened)] if amiss else _kept(happened)


def _kept(happened: Happened) -> list[str]:
    return [f"{len(happened.changes.destroyed)} destroyed"] if happened.changes.destroyed else []


TASKS = (
    Task("attention", "What needs my attention today (20 newest unread)", _attention, _untouched),
    Task("gist", "The same with how each of the 20 begins", _gist, _untouched),
    Task("invoice", "Find last month's invoice and read its PDF", _invoice, _untouched),
    Task("thread", "What did Ann say last, and what was decided", _thread, _untouched),
    Task("language", "Free-text search in another language: who wrote what of it", _foreign, _untouched),
    Task("folders", "Folders and unread counts", _folders, _untouched),
    Task("archive", "Archive 30 newsletters", _nothing, _archived, reads=False),
    Task("reply", "Reply to a message and send", _nothing, _replied, reads=False),
)
BY_KEY: Mapping[str, Task] = {task.key: task for task in TASKS}
