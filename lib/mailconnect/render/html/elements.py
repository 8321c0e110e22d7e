"""HTML's elements by what they do to a text (WHATWG HTML §13.2.4 and §15.3)."""

VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr")
)
KEPT = frozenset(("p", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"))
PARAGRAPHS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "pre", "table", "dl", "hr"))
BLOCKS = PARAGRAPHS | frozenset(
    # A block more or less is a line break more or less; `SPECIAL` and `SCOPES` decide what is hidden.
    {"address", "article", "aside", "body", "caption", "center", "dd", "details", "dir", "div", "dt", "fieldset"}
    | {"figcaption", "figure", "footer", "form", "header", "html", "legend", "li", "main", "menu", "nav", "option"}
    | {"section", "select", "summary", "tbody", "tfoot", "thead", "tr"}
)
SPECIAL = BLOCKS | frozenset(("td", "th", "template", "object", "button", "marquee", "head", "noscript", "svg", "math"))
CELLS = frozenset(("td", "th", "li", "h1", "h2", "h3", "h4", "h5", "h6"))  # their first block begins no new line
SCOPES = frozenset(("td", "th", "table", "caption", "html", "object", "template", "marquee"))
TABLE = frozenset(("table", "tbody", "thead", "tfoot", "tr", "td", "th", "caption"))
NEVER_SHOWN = frozenset(("template", "noscript", "datalist", "object", "audio", "video", "canvas"))
# The elements that a new one closes, by name, and the names behind which nothing is closed.
CLOSING = {
    "li": (frozenset(("li",)), frozenset(("ul", "ol", "menu"))),
    "dt": (frozenset(("dt", "dd")), frozenset(("dl",))),
    "dd": (frozenset(("dt", "dd")), frozenset(("dl",))),
    "td": (frozenset(("td", "th")), frozenset(("table", "tr"))),
    "th": (frozenset(("td", "th")), frozenset(("table", "tr"))),
    "tr": (frozenset(("tr",)), frozenset(("table",))),
    "option": (frozenset(("option",)), frozenset(("select",))),
}
# The elements that a block closes, likewise.
CLOSED_BY_BLOCKS = (frozenset(("p",)), SCOPES | frozenset(("button",)))
