"""HTML to text: what a person sees of it, bounded in input, output and time.

Our outline decides what is seen; the library html-to-markdown lays it out. Neither fetches anything.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from mailconnect.render.html.layout import lines
from mailconnect.render.html.markup import resolved
from mailconnect.render.html.outline import outline

if TYPE_CHECKING:
    from html_to_markdown import ConversionOptions

_TAG = re.compile("</?[a-z0-6]+>")
LONGEST_SOURCE = 256 * 1024  # characters of one part
LONGEST_TEXT = 300_000  # characters
_FIVE_MILLISECONDS = 2_000  # characters that take 5 ms in the worst of the hostile corpus


@dataclass(frozen=True, slots=True)
class Html:
    """Lengths are in characters. `text` still has the marks of its links: `links.resolve` takes them."""

    text: str = field(repr=False)
    hrefs: tuple[str, ...] = ()
    hidden: int = 0  # text that the sender hid
    removed: int = 0  # invisible characters
    dropped: int = 0  # comments, style sheets, scripts, titles
    pixels: int = 0  # images that nobody sees
    cut: bool = False  # the source had too many characters or tags, or its text too many characters
    broken: bool = False  # the library gave up: text is then the text between the tags


def belongs_off_the_event_loop(characters: int) -> bool:
    """True where turning so much HTML source into text can take longer than 5 ms."""
    return characters > _FIVE_MILLISECONDS


def to_text(source: str) -> Html:
    made = outline(_encodable(source[:LONGEST_SOURCE].replace("\0", "").removeprefix("\ufeff")))
    converted, broken = _converted(made.html)
    text = lines(converted)
    return Html(
        text=text[:LONGEST_TEXT],
        hrefs=tuple(made.hrefs),
        hidden=made.hidden,
        removed=made.removed,
        dropped=made.dropped,
        pixels=made.pixels,
        cut=made.cut or len(source) > LONGEST_SOURCE or len(text) > LONGEST_TEXT,
        broken=broken,
    )


def _encodable(source: str) -> str:
    """Without lone surrogates, which the library cannot take."""
    try:
        source.encode()
    except UnicodeEncodeError:
        return source.encode("utf-8", "ignore").decode()
    return source


def _converted(html: str) -> tuple[str, bool]:
    # Imported when first needed: 30 ms and 8 MB that a function which reads no mail does not pay.
    from html_to_markdown import convert  # noqa: PLC0415

    try:
        return convert(html, _options()).content or "", False
    except BaseException as failure:
        # A panic of Rust that the library does not turn into its PanicError is no Exception (pyo3's PanicException).
        if not isinstance(failure, Exception) and type(failure).__name__ != "PanicException":
            raise
        return resolved(_TAG.sub("", html.replace("<br>", "\n").replace("<p>", "\n\n"))), True


@cache
def _options() -> "ConversionOptions":
    """Also names the library's own defaults, by its types: each that is a text it would parse again at every call."""
    import html_to_markdown as library  # noqa: PLC0415

    return library.ConversionOptions(
        extract_metadata=False,
        skip_images=True,
        autolinks=False,
        bullets="-",
        hidden_content=library.HiddenContent.ALL,
        include_blockquote_citations=False,
        preprocessing=library.PreprocessingOptions(enabled=False, preset=library.PreprocessingPreset.STANDARD),
        heading_style=library.HeadingStyle.ATX,
        list_indent_type=library.ListIndentType.SPACES,
        highlight_style=library.HighlightStyle.DOUBLE_EQUAL,
        whitespace_mode=library.WhitespaceMode.NORMALIZED,
        newline_style=library.NewlineStyle.SPACES,
        code_block_style=library.CodeBlockStyle.BACKTICKS,
        inline_data_media=library.InlineDataMedia.KEEP,
        url_escape_style=library.UrlEscapeStyle.ANGLE,
        link_style=library.LinkStyle.INLINE,
        output_format=library.OutputFormat.MARKDOWN,
        tier_strategy=library.TierStrategy.AUTO,
    )
