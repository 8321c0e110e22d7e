"""The one sanitizer for every text that reaches a model: nothing invisible, nothing that steers, NFC (UAX #15).

Removed: controls except line feed and tab, format characters (bidirectional ones too), tag characters, variation
selectors unless after an emoji, blank fillers, runs of blank Braille, every other default-ignorable code point, lone
surrogates, noncharacters. Joiners stay between the letters of the scripts that are misspelt without them, and between
emoji.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

_MAX_MARKS = 8  # on one letter. Longer runs are ornament, and normalizing them takes quadratic time
_BAD = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0d\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17))
)
_JOINER, _SELECTOR, _BREAK = "\u200c\u200d", "\ufe0e\ufe0f", "\u2028\u2029"
_SUSPECT = re.compile(f"[{_BAD}]+|[{_JOINER}]|[{_SELECTOR}]|[{_BREAK}]|\u2800{{2,}}")
_ONE_LINE = re.compile(f"[{_BAD}{_BREAK}\n\t]|[{_JOINER}]|[{_SELECTOR}]|\u2800{{2,}}")
_ASCII_BAD = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
# Of all that is removed, what Python takes for printable: fillers and marks that show nothing.
_PRINTABLE_BAD = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
# Arabic, Syriac, N'Ko, Indic scripts to Myanmar, Khmer, Mongolian, and Arabic's presentation forms.
_JOINED = re.compile("[\u0620-\u08ff\u0900-\u109f\u1780-\u18aa\ua840-\ua97f\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc]")
_EMOJI = re.compile(
    "[#*0-9\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_KEYCAP = "\u20e3"


@dataclass(frozen=True, slots=True)
class Cleaned:
    text: str = field(repr=False)
    removed: int  # characters


def clean(text: str) -> Cleaned:
    """Text of any number of lines. Line ends become line feeds, which are not counted."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _is_plain(text):
        return Cleaned(text, 0)
    if text.isascii():
        kept = _ASCII_BAD.sub("", text)
        return Cleaned(kept, len(text) - len(kept))
    kept = _SUSPECT.sub(_kept, text)
    kept, marks = _bounded_marks(kept)
    removed = len(text) - len(kept)
    return Cleaned(unicodedata.normalize("NFC", kept) if marks else kept, removed)


def one_line(text: str, *, longest: int = 255) -> str:
    """A name inside our sentence, or a value in a tool's structure. What would be removed becomes U+FFFD, so that two
    names do not look alike.

    In NFC, as `clean` is: a model that compares a name in one result with a name in another, or with what the person
    types, compares code points. Nothing is looked up by a shown name: tools take ids, and compare names in a form of
    their own. What is longer than `longest` characters is cut.
    """
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    if _is_plain(cut):
        return cut
    shown, marks = _bounded_marks(_ONE_LINE.sub(_replaced, cut))
    return unicodedata.normalize("NFC", shown)[:longest] if marks else shown


def all_one_line(texts: Sequence[str], *, longest: int = 255) -> Sequence[str]:
    """Each of them so. Mostly they are harmless, and one look at all of them together sees it."""
    if max(map(len, texts), default=0) <= longest and _is_plain("".join(texts)):
        return texts
    return [one_line(text, longest=longest) for text in texts]


def _is_plain(text: str) -> bool:
    """Whether it is one line of which nothing is removed or composed: then it is so of each of its parts too."""
    if not text.isprintable():
        return False
    return text.isascii() or (_PRINTABLE_BAD.search(text) is None and _is_composed(text))


def _is_composed(text: str) -> bool:
    return unicodedata.is_normalized("NFC", text) and not _has_long_run(text)


def _kept(found: re.Match[str]) -> str:
    character = found.group()
    if character in _BREAK:
        return "\n"
    return character if len(character) == 1 and _has_a_use(found) else ""


def _replaced(found: re.Match[str]) -> str:
    return found.group() if _has_a_use(found) else "\ufffd"


def _has_a_use(found: re.Match[str]) -> bool:
    """A joiner between letters that join or between emoji, or the selector right after an emoji."""
    character, text, start = found.group(), found.string, found.start()
    before, after = text[start - 1 : start], text[start + 1 : start + 2]
    if character in _SELECTOR:
        if before in "#*0123456789":  # an empty `before` too
            return bool(before) and after == _KEYCAP
        return _EMOJI.match(before) is not None
    if character not in _JOINER:
        return False
    if _JOINED.match(before) and _JOINED.match(after):
        return True
    if before == "\ufe0f":
        before = text[start - 2 : start - 1]
    return character == "\u200d" and _is_picture(before) and _is_picture(after)


def _is_picture(character: str) -> bool:
    return character > "\u2000" and _EMOJI.match(character) is not None


def _bounded_marks(text: str) -> tuple[str, bool]:
    """The text with at most _MAX_MARKS combining marks in a row, and whether it may need to be normalized."""
    if _is_composed(text):
        return text, False
    kept: list[str] = []
    run = 0
    for character in text:
        run = run + 1 if character > "\u02ff" and unicodedata.combining(character) else 0
        if run <= _MAX_MARKS:
            kept.append(character)
    return "".join(kept), True


def _has_long_run(text: str) -> bool:
    """Looks at every _MAX_MARKS-th character: a longer run cannot hide between two of them."""
    return any(map(unicodedata.combining, text[_MAX_MARKS::_MAX_MARKS]))
