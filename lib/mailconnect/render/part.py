"""Which of a message's two bodies to show: the plain text, unless the HTML says clearly more."""

from dataclasses import dataclass, field
from typing import Literal

from mailconnect.render import links
from mailconnect.render.characters import clean
from mailconnect.render.html import to_text as converter

_LEAST_SHARE = 0.25  # of what the HTML shows; a shorter plain text is a stub ("your mail program cannot show HTML")
LONGEST_PLAIN = converter.LONGEST_TEXT


@dataclass(frozen=True, slots=True)
class Body:
    """Lengths are in characters."""

    text: str = field(repr=False)
    hrefs: tuple[str, ...] = ()  # of HTML: `links.resolve` takes them
    kind: Literal["plain", "html", "none"] = "none"
    hidden: int = 0  # text that the sender hid
    removed: int = 0  # invisible characters
    cut: bool = False


def richer(plain: str | None, html: str | None) -> Body:
    """The HTML is turned into text only where it may win."""
    if html is None or not html.strip():
        return _plain(plain) if plain and plain.strip() else Body("")
    if plain is None or not plain.strip():
        return _html(converter.to_text(html))
    written = len("".join(plain.split()))
    needs_link = "href" in html.lower() and not links.has_link(plain)
    if written >= len(html) * _LEAST_SHARE and not needs_link:
        return _plain(plain)
    made = converter.to_text(html)
    shown = len("".join(made.text.split()))
    if written < shown * _LEAST_SHARE or (needs_link and _leads_somewhere(made.hrefs)):
        return _html(made)
    return _plain(plain)


def belongs_off_the_event_loop(plain: str | None, html: str | None) -> bool:
    """True where `richer` and what follows it can take longer than 5 ms."""
    return converter.belongs_off_the_event_loop(len(html or "")) or len(plain or "") > _LONG_PLAIN


_LONG_PLAIN = 8_000  # characters


def _leads_somewhere(hrefs: tuple[str, ...]) -> bool:
    return any(href.lstrip().lower().startswith(("http:", "https:", "//")) for href in hrefs)


def _plain(text: str) -> Body:
    cleaned = clean(text[:LONGEST_PLAIN])
    return Body(cleaned.text, (), "plain", 0, cleaned.removed, len(text) > LONGEST_PLAIN)


def _html(made: converter.Html) -> Body:
    return Body(made.text, made.hrefs, "html", made.hidden, made.removed, made.cut)
