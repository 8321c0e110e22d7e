"""A query cut into tokens, in one pass."""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum, auto

from mailconnect.mail.query.errors import QueryError, shown
from mailconnect.mail.query.signs import (
    APOSTROPHES,
    BREAKS,
    COLONS,
    DASHES,
    FULL_WIDTH_PARENTHESES,
    INVISIBLE,
    PUNCTUATION,
    QUOTES,
    STRAIGHT_QUOTES,
)

_OPERATOR = re.compile(rf"([^\W\d][\w-]{{0,39}})[{COLONS}](?!//)")


class LexemeKind(Enum):
    WORD = auto()
    OPERATOR = auto()
    OPEN = auto()
    CLOSE = auto()
    OPEN_ANY = auto()
    CLOSE_ANY = auto()
    OR = auto()
    AND = auto()
    NOT = auto()
    SMALL = auto()
    """`or`, `and`, `not` in small letters: words, unless they stand where only OR, AND or NOT can be meant."""


@dataclass(frozen=True, slots=True, repr=False)
class Lexeme:
    """`position` is where it begins, from 1. `phrase`: a WORD in quotes."""

    kind: LexemeKind
    text: str
    position: int
    phrase: bool = False


_BRACKETS = {
    "(": LexemeKind.OPEN,
    FULL_WIDTH_PARENTHESES[0]: LexemeKind.OPEN,
    ")": LexemeKind.CLOSE,
    FULL_WIDTH_PARENTHESES[1]: LexemeKind.CLOSE,
    "{": LexemeKind.OPEN_ANY,
    "}": LexemeKind.CLOSE_ANY,
}
_CONNECTIVES = {"OR": LexemeKind.OR, "AND": LexemeKind.AND, "&&": LexemeKind.AND, "NOT": LexemeKind.NOT}
_SMALL_CONNECTIVES = frozenset({"or", "and", "not"})


def tokens(text: str) -> list[Lexeme]:
    """Raises QueryError for a character that no text has, and for quotes that do not end."""
    return [*_Lexer(text).read()]


def is_punctuation(word: str) -> bool:
    """Nothing to be found by it."""
    return PUNCTUATION.issuperset(word)


class _Lexer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: list[Lexeme] = []
        self.closers = {closing: self._closers(closing) for closing in APOSTROPHES.values()}

    def _closers(self, closing: str) -> list[int]:
        """Where this mark ends a word, so that it may end a phrase."""
        text = self.text
        return [
            at
            for at, character in enumerate(text)
            if character == closing
            and (at + 1 == len(text) or text[at + 1] in BREAKS or text[at + 1].isspace() or text[at + 1] in INVISIBLE)
        ]

    def read(self) -> list[Lexeme]:
        text = self.text
        glued = False
        while self.at < len(text):
            character = text[self.at]
            if _is_space(character, self.at):
                self.at += 1
                glued = False
                continue
            self._next(character, glued)
            glued = True
        return self.found

    def _next(self, character: str, glued: bool) -> None:
        start = self.at
        is_value = glued and bool(self.found) and self.found[-1].kind is LexemeKind.OPERATOR
        if character in _BRACKETS:
            self._add(_BRACKETS[character], character, 1)
        elif character == "|":
            self._add(LexemeKind.OR, "|", 2 if self.text.startswith("||", start) else 1)
        elif character in QUOTES:
            self._phrase(character)
        elif character in APOSTROPHES and (is_value or not self._after_a_word(glued)) and self._apostrophes():
            pass
        elif is_value:
            self._word(is_value=True)
        elif character == "-" and self._negates():
            self._add(LexemeKind.NOT, "-", 1)
        elif match := _OPERATOR.match(self.text, start):
            self._add(LexemeKind.OPERATOR, match[1], match.end() - start)
        else:
            self._word()

    def _after_a_word(self, glued: bool) -> bool:
        return glued and self.found[-1].kind is LexemeKind.WORD

    def _negates(self) -> bool:
        following = self.text[self.at + 1 : self.at + 2]
        return bool(following) and following not in DASHES and not _is_space(following, self.at + 1)

    def _add(self, kind: LexemeKind, text: str, length: int) -> None:
        self.found.append(Lexeme(kind, text, self.at + 1))
        self.at += length

    def _word(self, *, is_value: bool = False) -> None:
        """To the next space, bracket or quotation mark."""
        start = self.at
        while self.at < len(self.text):
            character = self.text[self.at]
            if character in BREAKS or _is_space(character, self.at):
                break
            self.at += 1
        word = self.text[start : self.at]
        kind = LexemeKind.SMALL if word in _SMALL_CONNECTIVES else _CONNECTIVES.get(word, LexemeKind.WORD)
        # Printed back they could read as something else, so they stand in quotes from here on.
        starts_oddly = word[0] in APOSTROPHES or (word[0] in DASHES and not is_punctuation(word))
        exact = kind is LexemeKind.SMALL or (starts_oddly and not is_value)
        self.found.append(Lexeme(kind, word, start + 1, phrase=exact))

    def _phrase(self, opening: str) -> None:
        """To the closing mark. A backslash takes the mark, or the backslash, after it literally."""
        start = self.at
        closing = STRAIGHT_QUOTES if opening in STRAIGHT_QUOTES else QUOTES
        inside: list[str] = []
        at = start + 1
        while at < len(self.text):
            character = self.text[at]
            if character in closing:
                break
            following = self.text[at + 1 : at + 2]
            if character == "\\" and following and (following in QUOTES or following == "\\"):
                character, at = following, at + 1
            inside.append(" " if _is_space(character, at) else character)
            at += 1
        else:
            raise QueryError(
                f"The quotation mark at character {start + 1} has no partner; close it after the phrase, "
                f"or leave it out.",
                start + 1,
            )
        self._end_phrase("".join(inside), start, at + 1)

    def _apostrophes(self) -> bool:
        """Takes 'these' for quotation marks too, where they stand around whole words. Says whether they did."""
        start = self.at
        closers = self.closers[APOSTROPHES[self.text[start]]]
        first = bisect_right(closers, start + 1)
        if first == len(closers):
            return False
        end = closers[first]
        inside = [" " if _is_space(self.text[at], at) else self.text[at] for at in range(start + 1, end)]
        self._end_phrase("".join(inside), start, end + 1)
        return True

    def _end_phrase(self, inside: str, start: int, end: int) -> None:
        words = " ".join(inside.split())
        if not words or is_punctuation(words):
            raise QueryError(
                f"The quotes at character {start + 1} hold no word; put the words between them, or leave them out.",
                start + 1,
            )
        self.found.append(Lexeme(LexemeKind.WORD, words, start + 1, phrase=True))
        self.at = end


def _is_space(character: str, at: int) -> bool:
    """Raises QueryError for a control character, or half a surrogate pair."""
    if character.isspace() or character in INVISIBLE:
        return True
    if unicodedata.category(character) in {"Cc", "Cs"}:
        raise QueryError(f"Character {at + 1} of the query is a control character; leave it out.", at + 1)
    return False


def unbalanced(token: Lexeme) -> QueryError:
    bracket = "parenthesis" if token.kind in {LexemeKind.OPEN, LexemeKind.CLOSE} else "brace"
    missing = "is not closed" if token.kind in {LexemeKind.OPEN, LexemeKind.OPEN_ANY} else "closes nothing"
    return QueryError(
        f"The {bracket} `{shown(token.text)}` at character {token.position} {missing}; "
        f"add its partner, or leave it out.",
        token.position,
    )
