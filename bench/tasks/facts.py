"""The facts that a result must have, taken from the source mail, and the characters of content that are lost or wrong.

A fact is there if a reader of the result finds it. Layout, letter case, tags around a paragraph and the escapes of JSON
do not matter. A fact in base64 counts as lost, and so does a date without a zone.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::\d\d(?:\.\d+)?)?\s*(Z\b|UTC|GMT|[+-]\d\d:?\d\d)", re.IGNORECASE
)
_MAIL = re.compile(
    r"(\d{1,2}) ([A-Z][a-z]{2})[a-z]* (\d{4}),? (?:at )?(\d\d):(\d\d)(?::\d\d)?\s*(Z\b|UTC|GMT(?![+-])|[+-]\d{4})"
)
_JAVASCRIPT = re.compile(r"([A-Z][a-z]{2}) (\d\d) (\d{4}) (\d\d):(\d\d):\d\d GMT([+-]\d{4})")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|[nrtbf\"\\/])")
_PLAIN_ESCAPES = {"n": "\n", "r": "\n", "t": "\t", "b": " ", "f": " "}
_TAG = re.compile(r"<[a-zA-Z/!][^<>]{0,2000}>")
_NEARLY = timedelta(minutes=2)  # a message is received some seconds after it was sent; either is right
_ROW = 1500  # characters between a folder's name and its number
_UNREAD = re.compile(r"(?:unread|unseen)\w*[\"':=\s]{1,6}(\d+)\b|\b(\d+) unread", re.IGNORECASE)
_TOTAL = re.compile(r"\btotal[\"':=\s]{1,6}(\d+)()\b", re.IGNORECASE)  # of a list of unread messages


@dataclass(frozen=True, slots=True)
class Fact:
    """`size`: characters of content that are lost with it."""

    what: str
    size: int


@dataclass(frozen=True, slots=True)
class Words(Fact):
    """Any of `forms`."""

    forms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment(Fact):
    at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread(Fact):
    """A folder's name with how many unread messages it has, soon after it; a zero may be left out."""

    name: str = ""
    number: int = 0


def words(what: str, *forms: str) -> Words:
    return Words(what, min(map(len, forms)), forms)


def moment(what: str, *at: datetime) -> Moment:
    return Moment(what, len("2026-11-30 09:12+01:00"), at)


def unread(what: str, name: str, number: int) -> Unread:
    return Unread(what, len(name) + len(str(number)), name, number)


def lost(facts: Iterable[Fact], said: str) -> list[Fact]:
    """The facts that the result does not have."""
    readable = unescaped(said)
    searched, untagged = plain(readable), plain(_TAG.sub(" ", readable))
    moments = list(moments_in(readable))
    missing: list[Fact] = []
    for fact in facts:
        match fact:
            case Words(forms=forms):
                there = any(plain(form) in searched or plain(form) in untagged for form in forms)
            case Moment(at=at):
                there = any(abs(found - one) <= _NEARLY for found in moments for one in at)
            case Unread(name=name, number=number):
                there = _row(readable, name, number)
            case _:
                raise TypeError(fact)
        if not there:
            missing.append(fact)
    return missing


def characters(facts: Sequence[Fact]) -> int:
    return sum(fact.size for fact in facts)


def plain(text: str) -> str:
    """Letters and digits alone."""
    return "".join(one for one in unicodedata.normalize("NFC", text).casefold() if one.isalnum())


def unescaped(text: str) -> str:
    """As one reads JSON: its escapes are the characters that they stand for. Surrogate pairs too."""

    def character(found: re.Match[str]) -> str:
        code = found[1]
        return chr(int(code[1:], 16)) if code[0] == "u" else _PLAIN_ESCAPES.get(code, code)

    return _ESCAPE.sub(character, text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def moments_in(text: str) -> Iterable[datetime]:
    """Every date with a time and a zone."""
    for year, month, day, hour, minute, zone in _ISO.findall(text):
        yield from _moment(year, month, day, hour, minute, zone)
    for day, name, year, hour, minute, zone in _MAIL.findall(text):
        yield from _moment(year, _month(name), day, hour, minute, zone)
    for name, day, year, hour, minute, zone in _JAVASCRIPT.findall(text):
        yield from _moment(year, _month(name), day, hour, minute, zone)


def _month(name: str) -> str:
    return str(_MONTHS.index(name.lower()) + 1) if name.lower() in _MONTHS else "0"


def _moment(*told: str) -> Iterable[datetime]:
    """From year, month, day, hour, minute and zone."""
    year, month, day, hour, minute = map(int, told[:5])
    found = re.fullmatch(r"([+-])(\d\d):?(\d\d)", told[5])
    offset = timedelta()
    if found:
        offset = timedelta(hours=int(found[2]), minutes=int(found[3])) * (-1 if found[1] == "-" else 1)
    try:
        yield datetime(year, month, day, hour, minute, tzinfo=timezone(offset)).astimezone(UTC)
    except ValueError:
        return


def _row(text: str, name: str, unread: int) -> bool:
    """Whether the first number of unread messages after the name, wherever that stands, is the right one."""
    found = list(re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE))
    if not unread:
        return bool(found)
    for one in found:
        row = text[one.end() : one.end() + _ROW]
        told = _UNREAD.search(row) or _TOTAL.search(row)
        if told and unread == int(told[1] or told[2]):
            return True
    return False
