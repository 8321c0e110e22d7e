"""Quotes the message that a draft replies to or forwards, from its text alone.

A sender's HTML is never passed on: it becomes text first (mailconnect.render), and that text is escaped.
"""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from mailconnect.encoding.discreet import Discreet
from mailconnect.mail.address import Address
from mailconnect.mail.message import Content, Envelope
from mailconnect.render import links, part, quotes
from mailconnect.render.characters import clean, one_line

LONGEST = 60_000  # characters
FORWARDED = "---------- Forwarded message ----------"
_MAX_NAMED = 20


class Quotation(Discreet, frozen=True):
    """`intro` are lines of ours above `text`. `is_marked`: each line of the text gets `> `."""

    intro: str
    text: str
    is_marked: bool = True

    @property
    def plain(self) -> str:
        text = "\n".join(_marked(line) for line in self.text.split("\n")) if self.is_marked else self.text
        return f"{self.intro}\n{text}" if self.intro else text

    @property
    def html(self) -> str:
        intro = f"<div>{_lines(self.intro)}</div>" if self.intro else ""
        tag = 'blockquote type="cite" style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex"'
        kind = tag if self.is_marked else "div"
        return f"{intro}<{kind}>{_lines(self.text)}</{kind.split(' ')[0]}>"


def answered(about: Envelope, content: Content) -> Quotation:
    when, who = _when(about.sent_at or about.received_at), _person(about.sender)
    said = " ".join(word for word in (f"On {when}," if when else "", who or "somebody", "wrote:") if word)
    return Quotation(said, _text(content))


def forwarded(about: Envelope, content: Content) -> Quotation:
    named = [
        ("From", _people(about.sender)),
        ("Date", _when(about.sent_at or about.received_at)),
        ("Subject", one_line(" ".join(about.subject.split()), longest=500)),
        ("To", _people(about.to)),
        ("Cc", _people(about.cc)),
    ]
    lines = [FORWARDED, *(f"{name}: {value}" for name, value in named if value), ""]
    return Quotation("\n".join(lines), _text(content), is_marked=False)


def of_draft(plain: str) -> Quotation | None:
    """The quotation in a draft, kept when the rest is rewritten. None if it quotes nothing."""
    at = plain.find(f"\n{FORWARDED}")
    if at >= 0 or plain.startswith(FORWARDED):
        return Quotation("", plain[at + 1 :].strip("\n"), is_marked=False)
    own = quotes.split(plain)
    if not own.quoted:
        return None
    return Quotation("", plain[len(own.own) :].strip("\n"), is_marked=False)


def _text(content: Content) -> str:
    """As a reader saw it, without what was hidden from them. Links keep their text alone."""
    body = part.richer(content.plain, content.html)
    text = links.without(body.text) if body.kind == "html" else body.text
    cleaned = clean(text).text.strip("\n")
    return cleaned if len(cleaned) <= LONGEST else f"{cleaned[:LONGEST]}\n[cut]"


def _marked(line: str) -> str:
    return f">{line}" if line.startswith(">") else f"> {line}".rstrip()


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>\n")


def _when(moment: datetime | None) -> str:
    """With the offset that it came with, and in digits: a month's name would be of one language."""
    return f"{moment:%Y-%m-%d} at {moment:%H:%M %z}" if moment else ""


def _people(addresses: Sequence[Address]) -> str:
    return ", ".join(_person([one]) for one in addresses[:_MAX_NAMED])


def _person(addresses: Sequence[Address]) -> str:
    for one in addresses[:1]:
        name, email = (one_line(" ".join(text.split()), longest=120) for text in (one.name, one.email))
        return f"{name} <{email}>" if name and email else name or email
    return ""
