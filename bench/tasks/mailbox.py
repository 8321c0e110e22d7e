"""The mailbox of the tasks: the mail of the sandbox's alice, and beside it what the tasks need."""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cached_property
from pathlib import Path

from mailconnect.sandbox.mail.letter import Letter, letter_of
from mailconnect.sandbox.mail.messages import letters, messages
from mailconnect.sandbox.mail.newsletter import newsletter
from mailconnect.sandbox.mail.when import anchor_of
from mailconnect.sandbox.mail.writing import written

NEWSLETTERS = 30
PUBLISHER = "post@morgenblatt.example"
DECISION = (
    "Decided today: a steel frame by Keller for 23,800 francs, larch boards, and the bakery for five years at 640 "
    "francs a month. Ann signs on Friday."
)
_STORIES = (
    {"title": "Trams in the snow", "text": "Line 8 stops at the bridge until Thursday.", "link": "Timetable"},
    {"title": "A library of tools", "text": "Drills and ladders can be borrowed like books.", "link": "Opening hours"},
    {"title": "The market moves", "text": "From January it is on the south side of the square.", "link": "Map"},
)


@dataclass(frozen=True)
class Posted:
    """A message, its folders (paths from the top), and its marks."""

    key: str
    mailboxes: tuple[tuple[str, ...], ...]
    keywords: frozenset[str]
    received_at: datetime
    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=default)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"] or "").strip()

    @property
    def sender(self) -> str:
        """The address alone."""
        return str(self.message["From"].addresses[0].addr_spec)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def sent_at(self) -> datetime:
        found = self.message["Date"].datetime
        assert isinstance(found, datetime)
        return found

    @property
    def unread(self) -> bool:
        return not self.keywords & {"$seen", "$draft"}


def mail(now: int) -> tuple[Posted, ...]:
    """All of it in the order of receipt. now: epoch seconds; a whole hour sees the same mail.

    What has an attachment is marked so, as Cyrus does where its annotator runs; here none does.
    """
    anchor = anchor_of(now)
    sandbox = [Posted(one.key, one.mailboxes, one.keywords, one.received_at, one.raw) for one in messages("alice", now)]
    own = {letter.key: letter for letter in (*_written(), *_newsletters())}
    known = {**letters(), **own}
    added = [
        Posted(
            letter.key,
            letter.folders["alice"],
            frozenset() if letter.unread else frozenset({"$seen"}),
            letter.received_at(anchor),
            written(letter, known, anchor),
        )
        for letter in own.values()
    ]
    marked = [
        replace(one, keywords=one.keywords | {"$HasAttachment"}) if _has_attachment(one.message) else one
        for one in (*sandbox, *added)
    ]
    return tuple(sorted(marked, key=lambda one: (one.received_at, one.key)))


def _has_attachment(message: EmailMessage) -> bool:
    return any(part.get_content_disposition() == "attachment" for part in message.walk())


def inside(box: Sequence[Posted], *path: str) -> list[Posted]:
    """The messages in that mailbox, newest first."""
    found = [one for one in box if path in one.mailboxes]
    return sorted(found, key=lambda one: one.received_at, reverse=True)


def keyed(box: Sequence[Posted], key: str) -> Posted:
    return next(one for one in box if one.key == key)


def _written() -> Iterator[Letter]:
    for entry in tomllib.loads(Path(__file__).with_name("letters.toml").read_text("utf-8"))["letter"]:
        html = _monster() if entry.get("html") == "monster" else entry.get("html", "")
        yield letter_of({**entry, "html": html})


def _newsletters() -> Iterator[Letter]:
    host = PUBLISHER.partition("@")[2]
    for number in range(NEWSLETTERS):
        issue = 900 - number
        turned = [*_STORIES[number % 3 :], *_STORIES[: number % 3]]
        yield Letter(
            key=f"morgenblatt-{issue}",
            at=f"{3 + number}d 04:{number:02}",
            from_=f"Morgenblatt <{PUBLISHER}>",
            subject=f"Morgenblatt {issue}: {turned[0]['title']}",
            html=newsletter("Morgenblatt", issue, turned, host, blocks=6 + number % 5),
            unread=number < NEWSLETTERS // 3,
            headers={
                "List-Id": f"Morgenblatt <news.{host}>",
                "List-Unsubscribe": f"<https://{host}/u/{issue}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
            folders={"alice": (("Inbox",),)},
        )


def _monster() -> str:
    """An answer as Word writes HTML: styles without end, a paragraph in four elements, and the whole thread below."""
    fonts = "".join(
        f"@font-face{{font-family:F{number};panose-1:2 15 5 2 2 2 4 3 2 4;mso-font-signature:0 1 2 3 4 {number}}}"
        for number in range(120)
    )
    levels = "".join(
        f"@list l{number}:level1{{mso-level-number-format:bullet;mso-level-tab-stop:none;margin-left:{number}.0pt}}"
        for number in range(200)
    )
    older = "".join(
        "<div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>"
        f"{_word('From: Ann Lee')}"
        f"{_word(f'Sent: day {number}')}{_word('Subject: Re: Kiosk at the ferry landing')}</div>"
        f"{_word(f'Older words, number {number}, that were read before. ' * 6)}</div>"
        for number in range(40)
    )
    return (
        '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
        'xmlns:w="urn:schemas-microsoft-com:office:word"><head><meta name="Generator" content="Microsoft Word 15">'
        f"<style><!--{fonts}{levels}p.MsoNormal{{margin:0cm;font-size:11.0pt}}--></style>"
        '<!--[if gte mso 9]><xml><o:shapedefaults v:ext="edit" spidmax="1026"/></xml><![endif]--></head>'
        f'<body lang="EN-GB" style="word-wrap:break-word"><div class="WordSection1">{_word("Dear all,")}'
        f"{_word(DECISION)}{_word('Marc')}"
        f'<div id="divRplyFwdMsg">{older}</div></div></body></html>\n'
    )


def _word(text: str) -> str:
    return (
        '<p class="MsoNormal"><span lang="EN-GB" style=\'font-size:11.0pt;font-family:"Calibri",sans-serif;'
        f"mso-fareast-language:EN-US'>{text}<o:p></o:p></span></p>\n"
    )
