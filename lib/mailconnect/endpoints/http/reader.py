"""The language in which a browser's reader gets a page, and the address of the same page in another one.

What they chose on a page of ours decides, then what the assistant asked for by `ui_locales` (OpenID Connect Core
§3.1.2.1), then what the browser accepts. To choose is to follow a link with `ui_locales` from our own page. A session
cookie keeps the choice, with the language's code and nothing else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import quote, unquote_plus

from starlette.responses import Response
from starlette.types import Scope

from mailconnect.languages.language import ENGLISH, LANGUAGES, Language
from mailconnect.languages.negotiation import of_accept_language, of_ui_locales
from mailconnect.languages.words import speaking

COOKIE = "mailconnect-language"
_PARAMETER = "ui_locales"
_AS_IT_CAME = "%&=+/:?@!$'()*,;~-._"
_ONCE = frozenset({"/auth/callback"})
"""Pages that cannot be loaded again: the provider's code is in the address."""


@dataclass(frozen=True, slots=True)
class PageReader:
    """`path` and `query` lead to the page that is shown; an empty path where it cannot be loaded again."""

    language: Language = ENGLISH
    path: str = ""
    query: str = ""
    chose: bool = False
    """By a link on our own page, with this very request."""
    wished: bool = False
    """The address asks for this language, and no cookie keeps it."""

    @property
    def others(self) -> list[tuple[Language, str]]:
        """Each other language with the address of the same page in it."""
        kept = [pair for pair in self.query.split("&") if pair and _name(pair) != _PARAMETER]
        return [
            (language, f"{self.path}?{'&'.join([*kept, f'{_PARAMETER}={language.code}'])}")
            for language in LANGUAGES
            if self.path and language is not self.language
        ]


_reading: ContextVar[PageReader] = ContextVar("reading", default=PageReader())  # noqa: B039 - frozen


def reader() -> PageReader:
    """Of the page that is being made."""
    return _reading.get()


def onward(path: str) -> str:
    """A path of ours, in the language that the address of this page asks for. Where a cookie keeps it, or the browser
    accepts it, the path is enough.
    """
    one = reader()
    return f"{path}{'&' if '?' in path else '?'}{_PARAMETER}={one.language.code}" if one.wished else path


@contextmanager
def reading(one: PageReader) -> Iterator[None]:
    before = _reading.set(one)
    try:
        with speaking(one.language):
            yield
    finally:
        _reading.reset(before)


def reader_of(scope: Scope, asked: str | None = None) -> PageReader:
    """`asked`: the query of the authorization request, where a form holds it."""
    headers = scope["headers"]
    raw = scope.get("query_string", b"") if asked is None else asked.encode("utf-8", "surrogateescape")
    query = quote(raw, safe=_AS_IT_CAME)
    wished = next((unquote_plus(pair.partition("=")[2]) for pair in query.split("&") if _name(pair) == _PARAMETER), "")
    wish = of_ui_locales(wished)
    gets = scope["method"] in ("GET", "HEAD")
    chose = wish is not None and gets and (b"sec-fetch-site", b"same-origin") in headers
    kept = _kept(headers)
    language = (wish if chose else None) or kept or wish or of_accept_language(_joined(headers))
    path = quote(scope["path"])
    if not gets and asked is None:
        query, path = "", "/account" if path.startswith("/account/") else ""
    is_wished = wish is not None and not chose and kept is None
    return PageReader(language, "" if path in _ONCE else path, query, chose, is_wished)


def keep_choice(response: Response, *, secure: bool) -> None:
    """Where this request was the press on a language's link."""
    if reader().chose:
        response.set_cookie(
            COOKIE, reader().language.code, path="/", secure=secure, httponly=True, samesite="lax", max_age=None
        )


def _kept(headers: list[tuple[bytes, bytes]]) -> Language | None:
    pairs = b";".join(value for name, value in headers if name == b"cookie").decode("latin-1").split(";")
    values = [value for name, _, value in (pair.strip().partition("=") for pair in pairs) if name == COOKIE]
    return next((language for language in LANGUAGES if values == [language.code]), None)


def _joined(headers: list[tuple[bytes, bytes]]) -> str:
    return b",".join(value for name, value in headers if name == b"accept-language").decode("latin-1")


def _name(pair: str) -> str:
    return unquote_plus(pair.partition("=")[0])
