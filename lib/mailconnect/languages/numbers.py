"""Numbers and sizes in each language's way."""

from mailconnect.languages.words import marked, said, spoken, translated_for

_THOUSANDS = {"de": ".", "fr": "\N{NARROW NO-BREAK SPACE}"}
_DECIMAL = {"de": ",", "fr": ","}

_KILO, _MEGA = 1_000, 1_000_000


def number(count: int) -> str:
    """Like "3,000"."""
    return f"{count:,}".replace(",", _THOUSANDS.get(spoken().code, ","))


def size(octets: int) -> str:
    """As mail programs say it: "184 kB", "1.2 MB"."""
    if octets < _KILO:
        return translated_for("%(num)d byte", "%(num)d bytes", octets) % {"num": octets}
    if octets < _MEGA:
        kilo = f"{octets / _KILO:.0f}"
        return said(marked("%(size)s kB", size=kilo))
    mega = f"{octets / _MEGA:.1f}".replace(".", _DECIMAL.get(spoken().code, "."))
    return said(marked("%(size)s MB", size=mega))
