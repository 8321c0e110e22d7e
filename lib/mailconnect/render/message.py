"""One message as a model gets it: what we say first, then its headers, text and links inside a fence."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from mailconnect.render import budget, links, part, quotes, signature, words
from mailconnect.render.calendar.invitation import summarise
from mailconnect.render.characters import clean, one_line
from mailconnect.render.fence import fence, harmless
from mailconnect.render.html.to_text import LONGEST_SOURCE

BodyMode = Literal["new", "full", "none"]

_FORWARD_PREFIXES = frozenset(words.FORWARD_PREFIXES)
_MAX_HEADERS, _LONGEST_HEADER = 16, 500
_MAX_LINES, _LONGEST_LINE = 60, 300  # of attachments, and of what the tool says
_MAX_WARNINGS = 5
_LEAST_FOR_LINKS = 1_000  # characters


@dataclass(frozen=True, slots=True)
class MessageParts:
    """Plain values. `ours` is what the tool itself says (ids, flags, sizes); the rest is what others wrote."""

    ours: Sequence[str] = ()  # lines
    verdict: str = ""  # of `verdict.verdict`
    headers: Sequence[tuple[str, str]] = ()  # name and value, in the order to show them
    plain: str | None = None
    html: str | None = None
    calendar: str | None = None  # a text/calendar part
    attachments: Sequence[str] = ()  # a line each


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """Counts are in characters of the body's text, which `offset` counts too."""

    text: str = field(repr=False)  # ends without a line feed
    total: int
    next_offset: int | None
    quoted: int
    signature: int
    hidden: int
    removed: int  # invisible characters


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message whose body is text already, before it is known how much of it will be shown."""

    message: MessageParts
    mode: BodyMode
    body: part.Body
    linked: links.Linked
    text: str = field(repr=False)
    quoted: int = 0
    signature: int = 0

    @property
    def total(self) -> int:
        return len(self.text)

    def render(self, nonce: str, *, longest: int, offset: int = 0, link_mode: links.Mode = "hosts") -> RenderedMessage:
        """At most `longest` characters of the body; links, headers and bars come on top, in proportion.

        Raises ValueError for a nonce that `fence` does not take.
        """
        piece = budget.cut(self.text, offset=offset, longest=longest)
        found = self.linked.listed(piece.text, link_mode)
        inside = [*_headers(self.message.headers), *self._calendar(), *self._attachments()]
        if self.mode != "none":
            inside += ["", piece.text] if inside else [piece.text]
            inside += _bounded(found, maximum=max(_LEAST_FOR_LINKS, longest // 3))
        outside = [*(harmless(line, nonce) for line in self._ours(piece)), fence("\n".join(inside), nonce)]
        return RenderedMessage(
            text="\n".join(outside),
            total=self.total,
            next_offset=piece.next_offset,
            quoted=self.quoted,
            signature=self.signature,
            hidden=self.body.hidden,
            removed=self.body.removed,
        )

    def _ours(self, piece: budget.Piece) -> list[str]:
        said = [one_line(line, longest=_LONGEST_LINE) for line in self.message.ours[:_MAX_LINES]]
        if self.message.verdict:
            said.append(one_line(self.message.verdict, longest=1_000))
        if self.mode == "none":
            return said
        warnings = [link for link in self.linked.links if link.names]
        said += [
            f"careful: link {link.number} leads to {link.address.host}, but its text names {link.names}"
            for link in warnings[:_MAX_WARNINGS]
        ]
        if len(warnings) > _MAX_WARNINGS:
            said.append(f"careful: {len(warnings) - _MAX_WARNINGS:,} more links lead elsewhere than their text says")
        if self.body.hidden:
            said.append(f"[hidden text left out: {self.body.hidden:,} characters]")
        if self.body.removed:
            said.append(f"[invisible characters removed: {self.body.removed:,}]")
        if self.body.cut:
            said.append(f"[the message is too long: about the first {LONGEST_SOURCE:,} characters of it were read]")
        if self.body.kind == "none" and not self.message.calendar:
            said.append("[no text]")
        if self.signature:
            said.append(signature.note(self.signature))
        if self.quoted:
            said.append(quotes.note(self.quoted))
        if piece.note:
            said.append(piece.note)
        return said

    def _calendar(self) -> list[str]:
        told = summarise(self.message.calendar) if self.message.calendar else ""
        return ["", *told.split("\n")] if told else []

    def _attachments(self) -> list[str]:
        files = self.message.attachments
        shown = [one_line(line, longest=_LONGEST_LINE) for line in files[:_MAX_LINES]]
        more = [f"and {len(files) - _MAX_LINES:,} more attachments"] if len(files) > _MAX_LINES else []
        return ["", "attachments:", *shown, *more] if shown else []


def prepare(message: MessageParts, mode: BodyMode = "new") -> Prepared:
    """`part.belongs_off_the_event_loop` says whether this may take longer than 5 ms. Never raises."""
    if mode == "none":
        return Prepared(message, mode, part.Body(""), links.Linked(""), "")
    body = part.richer(message.plain, message.html)
    linked = links.resolve(body.text, body.hrefs) if body.kind == "html" else links.find(body.text)
    text = clean(linked.text).text.strip("\n")
    if mode == "full" or is_forwarded(message.headers):
        return Prepared(message, mode, body, linked, text)
    return _collapsed(message, mode, body, linked, text)


def is_forwarded(headers: Sequence[tuple[str, str]]) -> bool:
    """By the subject's prefix: then the quotation is what the sender wants read."""
    return any(
        name.lower() == "subject"
        and value[:20].replace("：", ":").partition(":")[0].strip().lower() in _FORWARD_PREFIXES
        for name, value in headers
    )


def _collapsed(message: MessageParts, mode: BodyMode, body: part.Body, linked: links.Linked, text: str) -> Prepared:
    """The signature stands above the quotation, or below it: then the quotation is at the end only without it."""
    below = signature.Split(text)
    own = quotes.split(text)
    if not own.quoted:
        below = signature.split(text)
        own = quotes.split(below.own)
    above = signature.split(own.own) if own.quoted else signature.Split(own.own)
    return Prepared(message, mode, body, linked, above.own.rstrip(), own.quoted, below.signature + above.signature)


def _headers(headers: Sequence[tuple[str, str]]) -> list[str]:
    return [
        f"{one_line(name, longest=40)}: {one_line(value, longest=_LONGEST_HEADER)}"
        for name, value in headers[:_MAX_HEADERS]
    ]


def _bounded(found: list[str], *, maximum: int) -> list[str]:
    """As many of the lines as fit into `maximum` characters, and how many did not."""
    shown: list[str] = []
    for line in found:
        maximum -= len(line) + 1
        if maximum < 0:
            break
        shown.append(line)
    more = [f"and {len(found) - len(shown):,} more links"] if len(shown) < len(found) else []
    return ["", "links:", *shown, *more] if found else []
