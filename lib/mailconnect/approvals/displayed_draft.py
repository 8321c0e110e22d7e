"""A draft as its owner sees it before it leaves: who gets it, and its lines (pure)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from msgspec.structs import replace

from mailconnect.mail.address import Address
from mailconnect.mail.draft.draft import Draft
from mailconnect.mail.message import Attachment
from mailconnect.render import links, quotes
from mailconnect.render.characters import clean, one_line
from mailconnect.render.html import to_text as converter

_MAX_QUOTED = 8
"""Lines of a quotation that are shown without being unfolded."""

_LONGEST_ADDRESS = 320

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayedDraft:
    """`text` is the message's own text, `quoted` the end of it that is folded. `places` say where its links lead.

    `other` is the plain text, where the HTML that `text` shows says something else. `hidden` counts characters that
    the HTML hides. `whole`: nothing was cut. Where it is not, the owner cannot see all that would leave.
    """

    sender: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    subject: str
    text: str = field(repr=False)
    quoted: str = field(default="", repr=False)
    places: tuple[str, ...] = ()
    other: str = field(default="", repr=False)
    hidden: int = 0
    attachments: tuple[Attachment, ...] = ()
    whole: bool = True

    @property
    def recipients(self) -> tuple[Address, ...]:
        """Each address once."""
        return tuple({one.email.lower(): one for one in (*self.to, *self.cc, *self.bcc)}.values())

    def lines(self) -> Iterator[str]:
        """All that the page shows of the message, each line with what it is."""
        for label in ("sender", "reply_to", "to", "cc", "bcc"):
            yield from (f"{label} {one.email.lower()}" for one in getattr(self, label))
        yield f"subject {self.subject}"
        yield from (f"file {one.name} {one.size}" for one in self.attachments)
        for text in (self.text, self.quoted, self.other):
            yield from (f"text {line.strip()}" for line in text.split("\n") if line.strip())


def displayed_draft_of(draft: Draft) -> DisplayedDraft:
    made = converter.to_text(draft.html) if draft.html and draft.html.strip() else None
    linked = links.resolve(made.text, made.hrefs) if made is not None else links.find(clean(draft.plain or "").text)
    text = clean(linked.text).text.strip("\n")
    own, quoted = _folded(text)
    plain = clean(draft.plain or "").text.strip("\n")
    return DisplayedDraft(
        sender=_shown(draft.sender),
        reply_to=_shown(draft.reply_to),
        to=_shown(draft.to),
        cc=_shown(draft.cc),
        bcc=_shown(draft.bcc),
        subject=one_line(draft.subject, longest=1_000),
        text=own,
        quoted=quoted,
        places=tuple(f"[{link.number}] {link.where('full')}" for link in linked.links),
        other=plain if made is not None and plain and _says_more(plain, text, linked) else "",
        hidden=made.hidden if made is not None else 0,
        attachments=tuple(replace(one, name=one_line(one.name)) for one in draft.attachments),
        whole=not draft.is_cut and not (made is not None and (made.cut or made.broken)),
    )


def _shown(people: Iterable[Address]) -> tuple[Address, ...]:
    """Makes invisible and direction-changing characters visible: they could make one name look like another."""
    return tuple(Address(one_line(one.name), one_line(one.email, longest=_LONGEST_ADDRESS)) for one in people)


def _folded(text: str) -> tuple[str, str]:
    split = quotes.split(text)
    own = split.own.rstrip()
    quoted = text[len(split.own) :].strip("\n") if split.quoted else ""
    return (own, quoted) if quoted.count("\n") >= _MAX_QUOTED else (text, "")


def _says_more(plain: str, text: str, linked: links.Linked) -> bool:
    """Whether the plain text has a word that neither the HTML's text nor its links have."""
    shown = {*_WORD.findall(text.lower())}
    for link in linked.links:
        shown.update(_WORD.findall(link.address.text.lower()))
    return bool({*_WORD.findall(plain.lower())} - shown)
