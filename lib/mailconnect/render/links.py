"""Links in a text, numbered: `text [3]` in place, and a list that says where each leads."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from mailconnect.render.addresses import WebAddress, is_related, oddities, read, shown
from mailconnect.render.characters import one_line
from mailconnect.render.html import marks

Mode = Literal["hosts", "full"]

_MARKED = re.compile(f"{marks.LINK}([^{marks.LINK}{marks.LINK_END}]*+){marks.LINK_END}(\\d{{1,6}}){marks.LINK_DONE}")
# In plain text: an address alone, or between the brackets that mail programs put around it.
_BARE = re.compile(r"[<(\[]?+\bhttps?://[^\s<>\"\[\](){}|\\^`]++[>)\]]?+", re.IGNORECASE)
_NAMES_A_HOST = re.compile(
    r"(?:(?:https?://|www\.)\S{1,200}|(?:[\w-]{1,63}\.){1,6}[a-z]{2,24}(?:/\S{0,200})?)", re.IGNORECASE
)
_MAIL = re.compile(r"[^\s@<>()]{1,64}@((?:[\w-]{1,63}\.){1,6}[a-z]{2,24})", re.IGNORECASE)
_SHORT = 60  # characters: a bare address of at most so many stays in the text
_LONGEST_LABEL = 400
_NUMBER = re.compile(r"\[(\d{1,6})\]")
_END_ALONE = re.compile(f"{marks.LINK_END}(\\d{{1,6}}){marks.LINK_DONE}")


@dataclass(frozen=True, slots=True)
class Link:
    number: int
    address: WebAddress
    flags: tuple[str, ...] = ()  # plain words: why to be careful
    names: str = ""  # the host that the text names, where the address leads elsewhere

    def where(self, mode: Mode) -> str:
        """The host; the whole address in mode "full" and where the text names another host. Then what is odd."""
        place = self.address.text if mode == "full" or self.names else shown(self.address.host)
        odd = [f"the text names {self.names}", *self.flags] if self.names else list(self.flags)
        return one_line(place + (f" ({'; '.join(odd)})" if odd else ""), longest=2_300)


@dataclass(frozen=True, slots=True)
class Linked:
    text: str = field(repr=False)
    links: tuple[Link, ...] = ()

    def listed(self, shown_text: str, mode: Mode) -> list[str]:
        """Where the links of a piece of the text lead: `3 click.example.com`, `4, 6-9 example.org`."""
        present = {int(number) for number in _NUMBER.findall(shown_text)}
        numbers: dict[str, list[int]] = {}
        for link in self.links:
            if link.number in present:
                numbers.setdefault(link.where(mode), []).append(link.number)
        return [f"{_ranges(some)} {where}" for where, some in numbers.items()]


def _ranges(numbers: list[int]) -> str:
    """Rising numbers: `1, 3-5`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ", ".join("-".join(map(str, run)) for run in runs)


class _Numbers:
    """One number for an address, in order of appearance; another where the text names another host."""

    def __init__(self) -> None:
        self.links: dict[tuple[str, str], Link] = {}

    def of(self, address: WebAddress, names: str = "") -> Link:
        key = (address.text, names)
        if key not in self.links:
            flags = oddities(address.host) if address.host else []
            if address.with_user:
                flags.append("a user name stands before the host")
            self.links[key] = Link(len(self.links) + 1, address, tuple(flags), names)
        return self.links[key]


def resolve(text: str, hrefs: Sequence[str]) -> Linked:
    """The text of an HTML part: its marks become numbers."""
    numbers = _Numbers()
    text = _MARKED.sub(lambda found: _numbered(found[1], _href(hrefs, found[2]), numbers), text)
    # A link inside a link, which browsers make of some bad markup: the outer one has lost its beginning.
    text = _END_ALONE.sub(lambda found: _numbered("\0", _href(hrefs, found[1]), numbers).replace("\0", ""), text)
    return Linked(text.replace(marks.LINK, ""), tuple(numbers.links.values()))


def find(text: str) -> Linked:
    """A plain text: addresses of more than 60 characters become `host [3]`."""
    numbers = _Numbers()
    return Linked(_BARE.sub(lambda found: _shortened(found[0], numbers), text), tuple(numbers.links.values()))


def without(text: str) -> str:
    """The text of an HTML part with its links as their text alone."""
    return _END_ALONE.sub("", _MARKED.sub(r"\1", text)).replace(marks.LINK, "")


def has_link(text: str) -> bool:
    lowered = text.lower()
    return "http://" in lowered or "https://" in lowered or "www." in lowered


def _href(hrefs: Sequence[str], index: str) -> str:
    return hrefs[int(index)] if int(index) < len(hrefs) else ""


def _numbered(label: str, href: str, numbers: _Numbers) -> str:
    address = read(href)
    told = " ".join(label.split())
    if not told:
        return label
    if address.scheme == "mailto":
        same = not address.text or address.text.lower() in told.lower()
        return label if same else _after(label, f"(mail to {one_line(address.text, longest=100)})")
    if address.scheme == "tel" or not address.text or address.text.startswith("#"):
        return label
    if not address.is_web:
        kind = address.scheme or "relative"
        return _after(label, f"({kind} link, left out)")
    names = _named(told, address.host)
    link = numbers.of(address, names)
    if _is_long_address(told) and not names:
        return f"{shown(address.host)} [{link.number}]"
    return _after(label, f"[{link.number}]")


def _after(label: str, words: str) -> str:
    body = label.rstrip()
    return f"{body} {words}{label[len(body) :]}"


def _is_long_address(told: str) -> bool:
    return len(told) > _SHORT and " " not in told and told.lower().startswith(("http://", "https://", "www."))


def _named(told: str, host: str) -> str:
    """The host that a link's text names, if the link leads to another one."""
    if len(told) > _LONGEST_LABEL:
        return ""
    mail = _MAIL.fullmatch(told)
    if mail:
        said = mail[1].lower()
    else:
        written = _first_address(told)
        said = read(written if "://" in written else "https://" + written).host if written else ""
    return "" if not said or is_related(said, host) else shown(said)


def _first_address(told: str) -> str:
    whole = _NAMES_A_HOST.fullmatch(told)
    if whole:
        return told
    for word in told.split()[:40]:
        bare = word.lstrip("<([\"'")
        if bare.lower().startswith(("http://", "https://", "www.")):
            return bare
    return ""


def _shortened(written: str, numbers: _Numbers) -> str:
    opening = written[0] if written[0] in "<([" else ""
    closing = written[-1] if written[-1] in ">)]" else ""
    bare = written[len(opening) : len(written) - len(closing)]
    kept = bare.rstrip(".,;:!?'*_")
    tail = bare[len(kept) :]
    address = read(kept)
    if not address.is_web:
        return written
    odd = bool(oddities(address.host)) or address.with_user
    if len(kept) <= _SHORT and not odd:
        return written
    link = numbers.of(address)
    return f"{opening}{shown(address.host)} [{link.number}]{closing}{tail}"
