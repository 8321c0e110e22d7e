import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailconnect.writing.markdown import LONGEST, bodies

PIECES = [
    "*",
    "_",
    "`",
    "[a](",
    "http://x.example",
    ")",
    "<b>",
    "<img src=x>",
    "![",
    "]",
    "> ",
    "- ",
    "1. ",
    "# ",
    "\n",
]
PIECES += [
    "| a | b |\n|---|---|\n",
    "    ",
    "&lt;",
    "\\",
    "~~",
    "javascript:alert(1)",
    "é",
    "a",
    " ",
    "\u202e",
    "\ud800",
]
TAGS = {
    *("p", "br", "strong", "em", "s", "a", "ul", "ol", "li", "blockquote", "pre", "code", "hr"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("Hello\nthere\n\nyou", "Hello\nthere\n\nyou"),
        ("# Title\n\nText", "Title\n\nText"),
        ("- a\n- b\n\nc", "- a\n- b\n\nc"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("- a\n  - b\n    1. c\n- d", "- a\n  - b\n    1. c\n- d"),
        ("- a\n\n  more", "- a\n\n  more"),
        ("> a\n> b\n\nc", "> a\n> b\n\nc"),
        ("> - a\n> - b", "> - a\n> - b"),
        ("**a** _b_ ~~c~~ `d`", "*a* _b_ ~c~ d"),
        ("[a](https://x.example)", "a <https://x.example>"),
        ("<https://x.example>", "https://x.example"),
        ("<ann@example.org>", "ann@example.org"),
        ("```\ncode *x*\n```", "    code *x*"),
        ("a\n\n---\n\nb", "a\n\n* * *\n\nb"),
        ("| a | b |\n|---|---|\n| c | d |", "a | b\nc | d"),
        (r"2 \* 3 & 4 &amp; 5", "2 * 3 & 4 & 5"),
        ("<b>x</b>", "<b>x</b>"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_plain_text_reads_as_it_was_meant(markdown: str, plain: str) -> None:
    assert bodies(markdown).plain == plain


@pytest.mark.parametrize("markdown", ["Hello\n\nthere", "2 * 3 is 6", r"a\*b", "<b>x</b>", "x &amp; y"])
def test_without_formatting_there_is_no_html(markdown: str) -> None:
    assert bodies(markdown).html is None


@pytest.mark.parametrize(
    "markdown",
    [
        "*a* <script>alert(1)</script>",
        "*a* ![x](https://x.example/?q=1)",
        "*a* [x](javascript:alert(1))",
        "*a* [x](data:text/html,1)",
        "*a* [x](//evil.example)",
        "*a* <javascript:alert(1)>",
        "*a*\n\n<img src=x onerror=alert(1)>",
        '*a* [x](https://x.example "onclick=1")',
        "*a* [x][1]\n\n[1]: vbscript:x",
    ],
)
def test_nothing_runs_or_loads(markdown: str) -> None:
    made = bodies(markdown).html or ""
    assert all_tags(made) <= TAGS
    assert all(link.startswith("https://x.example") for link in re.findall(r'href="([^"]*)"', made))


def all_tags(html: str) -> set[str]:
    return set(re.findall(r"</?([a-zA-Z0-9]+)", html))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_markdown_becomes_harmless_html_and_clean_text(markdown: str) -> None:
    made = bodies(markdown)
    assert "\u202e" not in made.plain
    html = made.html or ""
    html.encode()
    assert all_tags(html) <= TAGS
    assert set(re.findall(r"<[a-z0-9]+ ([a-z]+)=", html)) <= {"href", "start", "style", "class"}


def test_more_than_the_maximum_is_left_out() -> None:
    assert len(bodies("a" * (LONGEST + 10)).plain) == LONGEST


def test_the_parser_is_imported_by_the_first_draft_alone() -> None:
    script = (
        "import sys, mailconnect.mcp.mailconnect, mailconnect.writing.markdown; print('markdown_it' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout == b"False\n"
