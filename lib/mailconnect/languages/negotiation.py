"""Which language a reader gets, of those that there are."""

from collections.abc import Iterable

from mailconnect.languages.language import ENGLISH, LANGUAGES, Language

_MAX = 40
"""Names that are looked at; a browser sends a handful."""

_BY_CODE = {language.code: language for language in LANGUAGES}


def of_ui_locales(text: str) -> Language | None:
    """The first that there is, of BCP 47 tags separated by spaces, the preferred first (OpenID Connect Core
    §3.1.2.1).
    """
    return _first(text.split()[:_MAX])


def of_accept_language(header: str) -> Language:
    """Of the languages that the browser accepts, the one with the greatest weight (RFC 9110 §12.5.4). A weight that
    cannot be read counts as none.
    """
    weighed = [(_weight(weight), tag) for tag, _, weight in (one.partition(";") for one in header.split(",")[:_MAX])]
    wanted = sorted((one for one in weighed if one[0] > 0), key=lambda one: -one[0])
    return _first(tag for _, tag in wanted) or ENGLISH


def _first(tags: Iterable[str]) -> Language | None:
    codes = (tag.strip().replace("_", "-").partition("-")[0].lower() for tag in tags)
    return next((_BY_CODE[code] for code in codes if code in _BY_CODE), None)


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if not name:
        return 1
    digits = value.strip()
    whole, _, part = digits.partition(".")
    readable = name.strip().lower() == "q" and whole in ("0", "1") and len(part) <= 3 and (part or "0").isdecimal()
    return float(digits) if readable and digits.isascii() else 0
