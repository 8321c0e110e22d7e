"""Marks the sentences that people read, and says them in the language of the page that is being rendered.

A sentence is written in English where it belongs. `marked` is what tools look for when they collect the sentences, and
changes nothing. A template, or `said`, translates it when it is shown.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Self

from mailconnect.languages.language import ENGLISH, Language

_speaking: ContextVar[Language] = ContextVar("speaking", default=ENGLISH)
"""A context variable, because a sentence is rendered far below the request that tells the language."""


class Name(str):
    """A name: a value that is the same in every language, whatever word it looks like."""

    __slots__ = ()


class Sentence(str):
    """English text that was filled in from a pattern. It remembers both, so it can be said in another language."""

    __slots__ = ("pattern", "values")

    pattern: str
    values: dict[str, object]

    @classmethod
    def of(cls, pattern: str, values: dict[str, object]) -> Self:
        sentence = cls(pattern % values)
        sentence.pattern, sentence.values = pattern, values
        return sentence


def marked(text: str, **values: object) -> str:
    """The text itself. With values, the text is a pattern with `%(name)s` for each; a value that is itself marked is
    translated with it.
    """
    return Sentence.of(text, values) if values else text


def listed(texts: list[str]) -> str:
    """Marked texts with a comma between them."""
    if len(texts) < 2:
        return "".join(texts)
    # Translators: two members of a list; more follow in the same way.
    return marked("%(first)s, %(rest)s", first=texts[0], rest=listed(texts[1:]))


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    before = _speaking.set(language)
    try:
        yield
    finally:
        _speaking.reset(before)


def spoken() -> Language:
    return _speaking.get()


def said(text: str) -> str:
    """A marked text in the language of the page; text that no catalog has comes back as it is."""
    if isinstance(text, Name):
        return text
    if isinstance(text, Sentence):
        values = {name: said(value) if isinstance(value, str) else value for name, value in text.values.items()}
        return said(text.pattern) % values
    return translated(text)


def translated(message: str) -> str:
    """The empty message stands for a catalog's own header."""
    return spoken().catalog.gettext(message) if message else message


def translated_of(context: str, message: str) -> str:
    """One of several messages that are the same in English."""
    return spoken().catalog.pgettext(context, message)


def translated_for(one: str, many: str, number: int) -> str:
    """The pattern for this number, of two in English, and of as many as another language has."""
    return spoken().catalog.ngettext(one, many, number)
