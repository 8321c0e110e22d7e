"""A language like English in which each sentence of the catalogs carries marks: what has none was not translatable."""

from collections.abc import Iterator
from contextlib import contextmanager
from gettext import NullTranslations
from html.parser import HTMLParser

from mailconnect.languages.language import ENGLISH
from tests.languages.collect import collected, messages

_BEGIN, _END = "\N{INVISIBLE SEPARATOR}", "\N{INVISIBLE PLUS}"
_SHOWN = frozenset({"title", "aria-label", "alt", "placeholder", "aria-description"})
_VOID = frozenset({"input", "meta", "link", "br", "img", "hr"})
_DRAWN = frozenset({"style", "path", "use", "symbol"})


class Marking(NullTranslations):
    def __init__(self) -> None:
        super().__init__()
        self._known = {one for message in messages(collected()) for one in _ids(message.id)}

    def gettext(self, message: str) -> str:
        return f"{_BEGIN}{message}{_END}" if message in self._known else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        return self.gettext(message)


def _ids(id_: object) -> tuple[str, ...]:
    return tuple(map(str, id_)) if isinstance(id_, list | tuple) else (str(id_),)


@contextmanager
def marked_english() -> Iterator[None]:
    """Meanwhile, English is that language."""
    ENGLISH.__dict__["catalog"] = Marking()
    try:
        yield
    finally:
        del ENGLISH.__dict__["catalog"]


def unmarked(text: str) -> str:
    return text.replace(_BEGIN, "").replace(_END, "")


def untranslatable(html: str) -> list[str]:
    """Words that people see or hear, and that stand in no sentence of the catalogs; but not names, hosts and codes,
    which no translator touches, nor what is in a language of its own.
    """
    reading = _Reading()
    reading.feed(html)
    reading.close()
    return reading.found


class _Reading(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._depth = 0
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        for name, value in attrs:
            if name in _SHOWN and value:
                self._read(value, depth=0)
        if tag not in _VOID:
            fixed = has.get("translate") == "no" or tag in _DRAWN or ("lang" in has and tag != "html")
            self._open.append((tag, fixed and has.get("translate") != "yes"))

    def handle_endtag(self, tag: str) -> None:
        if tag in (one for one, _ in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        self._depth = self._read(data, depth=self._depth, fixed=any(fixed for _, fixed in self._open))

    def _read(self, text: str, *, depth: int, fixed: bool = False) -> int:
        bare = ""
        for letter in text:
            depth += (letter == _BEGIN) - (letter == _END)
            bare += letter if depth == 0 and letter not in (_BEGIN, _END) else " "
        words = " ".join(bare.split())
        if not fixed and any(letter.isalpha() for letter in words):
            self.found.append(words)
        return depth
