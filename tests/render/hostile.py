"""HTML that makes parsers slow: each a name and 256 KiB of source, made when asked for."""

from collections.abc import Callable

_SIZE = 256 * 1024


def _times(unit: str, *, before: str = "", after: str = "") -> Callable[[], str]:
    return lambda: (before + unit * (_SIZE // len(unit) + 1))[: _SIZE - len(after)] + after


def _each(make: Callable[[int], str], *, before: str = "") -> Callable[[], str]:
    def made() -> str:
        parts, size, count = [before], 0, 0
        while size < _SIZE:
            parts.append(make(count))
            size += len(parts[-1])
            count += 1
        return "".join(parts)[:_SIZE]

    return made


_KINDS: dict[str, Callable[[], str]] = {
    # Inputs that made the measured libraries slow.
    "unclosed href": _times('<a href="'),
    "unclosed href with an end": _times('<a href="x>'),
    "processing instructions": _times("<?"),
    "declarations": _times("<!"),
    "comments opened": _times("<!--"),
    "comments opened and half closed": _times("<!---->-->"),
    "conditional comments": _times("<!--[if mso]>x"),
    "less-than signs": _times("<"),
    "end tags opened": _times("</"),
    "ampersands": _times("&"),
    "references without an end": _times("&#x"),
    "references to endless numbers": _each(lambda n: f"&#{'9' * 5_000};<p title=&#{'9' * 5_000}>{n}"),
    "styles with endless numbers": _each(lambda n: f'<p style="font-size:{"9" * 4_000}px;opacity:{"1" * 90}">{n}'),
    "long references": _times("&CounterClockwiseContourIntegral;"),
    "deep div": _times("<div>"),
    "deep and closed div": lambda: "<div>" * 23_000 + "x" + "</div>" * 23_000,
    "deep blockquote": _times("<blockquote>x"),
    "deep list": _times("<ul><li>x"),
    "deep table": _times("<table><tr><td>x"),
    "deep span": _times("<span>"),
    "bold": _times("<b>"),
    "bold closed by italic": _times("<b></i>"),
    "misnested formatting": _times("<b><i></b></i>"),
    "misnested link": _times("<a><div></a>"),
    "misnested link with href": _times("<a href=x><div></a>t"),
    "many attributes": _times(" a=b", before="<p", after=">x"),
    "many attributes without values": _times(" a", before="<p"),
    "many equals signs": _times("=", before="<p "),
    "one attribute many times": _times(' style="color:red"', before="<p", after=">x"),
    "nulls": _times("\0"),
    "nulls in tags": _times("<a\0b>\0"),
    "newlines": _times("\n"),
    "spaces": _times(" "),
    "spaces in a tag": _times(" ", before="<p", after=">"),
    "no-break spaces": _times("&nbsp;"),
    "one word": _times("x"),
    "wide letters": _times("é"),
    "emoji": _times("\U0001f600"),
    "surrogates": _times("\ud800x"),
    # Inputs that might make this converter slow.
    "line breaks": _times("<br>"),
    "paragraphs": _times("<p>x"),
    "paragraphs closed": _times("</p>"),
    "blocks with a letter": _times("<div>x</div>"),
    "cells": _times("<td>x"),
    "rows": _times("<tr><td>x</td><td>y</td></tr>", before="<table>"),
    "definition terms behind spans": lambda: "<dl><dt><dl>" + "<b>" * 30_000 + "<dt></dt>" * 18_000,
    "end tags behind spans": lambda: "<i>" + "<b>" * 40_000 + "</i>" * 34_000,
    "closing paragraphs behind bold": lambda: "<p>" + "<b>" * 40_000 + "<div></div>" * 12_000,
    "quotes one after another": _times("<blockquote>x</blockquote>"),
    "headings": _times("<h1>x</h1>"),
    "lists": _times("<ul><li>x</ul>"),
    "preformatted": _times("<pre>x \n</pre>"),
    "preformatted spaces": _times(" \n", before="<pre>"),
    "links": _each(lambda n: f'<a href="https://h{n}.example/">{n}</a> '),
    "links without text": _times('<a href="x"></a>'),
    "links on lines": _times('<a href="x"><div>'),
    "images": _times('<img src="x" alt="y">'),
    "images in links": _times("<a href=x><img src=y></a>"),
    "pixels": _times("<img width=1 height=1>"),
    "styles": _each(lambda n: f'<p style="color:#{n % 4096:03x};font-size:{n}px">x'),
    "styles without an end": _times(";", before='<p style="', after='">x'),
    "comments in styles": _times("/*", before='<p style="', after='">x'),
    "escapes in styles": _times("\\64 ", before='<p style="', after='">x'),
    "hidden in hidden": _times('<p style="display:none">x'),
    "style elements": _times("<style>"),
    "style elements closed": _times("<style></style>"),
    "script half closed": _times("</scrip", before="<script>"),
    "titles": _times("<title></titl>"),
    "quote marks": _times("\"'", before="<a "),
    "quoted ends": _times("<a \"'>'\""),
    "classes": _each(lambda n: f'<div class="yahoo_quoted c{n}">x'),
    "reply headers": _times('<div id="divRplyFwdMsg">x</div>'),
    "signatures": _times('<div class="gmail_signature">x</div>'),
    "combining marks": _times("\u0301\u0323"),
    "joiners": _times("&zwnj;&nbsp;"),
    "bidirectional": _times("\u202e\u2066"),
    "tag characters": _times("\U000e0041"),
    "markdown": _times("![x](y) "),
    "markdown fences": _times("```\n"),
    "markdown quotes": _times("&gt; "),
    "greater-than lines": _times("&gt;<br>"),
    "brackets": _times("["),
    "urls": _times("https://x.example/ "),
    "url without an end": _times("https://"),
    "attribution": _times("On "),
    "attribution on lines": _times("On Mon<br>"),
    "dashes": _times("-"),
    "dash lines": _times("-- <br>"),
    "underscores": _times("_"),
    "colons": _times("From:<br>"),
    "fences": _times("&lt;&lt;mail "),
    "mails": _times("&lt;&lt;/"),
    "custom elements": _each(lambda n: f"<x-{n}>"),
    "long names": _times("a", before="<"),
}


def kinds() -> list[str]:
    return list(_KINDS)


def source(kind: str) -> str:
    return _KINDS[kind]()
