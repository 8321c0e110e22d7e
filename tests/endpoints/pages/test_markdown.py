"""Our Markdown: what it makes, that it escapes, and that it refuses the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.endpoints.pages.markdown import NotUnderstood, document, inline
from tests.endpoints.reading import Page


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# A\n\n## B\n\n### C", "<h1>A</h1>\n<h2>B</h2>\n<h3>C</h3>"),
        ("one\nline\n\nanother", "<p>one line</p>\n<p>another</p>"),
        ("- a\n- b\n  goes on", "<ul><li>a</li><li>b goes on</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("`a < b` and **bold `c`**", "<p><code>a &lt; b</code> and <strong>bold <code>c</code></strong></p>"),
        ("[**x** & y](/privacy)", '<p><a href="/privacy"><strong>x</strong> &amp; y</a></p>'),
        ("[a](https://a.example/?b=1&c=2)", '<p><a href="https://a.example/?b=1&amp;c=2">a</a></p>'),
        ("[a](mailto:a@b.example)", '<p><a href="mailto:a@b.example">a</a></p>'),
        ("3 * 4 = 12, a_b_c, 5 - 4", "<p>3 * 4 = 12, a_b_c, 5 - 4</p>"),
    ],
)
def test_the_subset_becomes_html(text: str, html: str) -> None:
    assert document(text) == html


def test_a_table_carries_its_headings_in_every_cell() -> None:
    table = Page.of(document('| What | For "how" long |\n|---|---|\n| **a** | b |\n| c | d |'))
    assert [has["data-column"] for has in table.all("td")] == ["What", 'For "how" long'] * 2
    assert len(table.all("th", scope="col")) == 2
    assert "".join(table.words) == 'WhatFor "how" longabcd'


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "a <b>c</b>", "&amp; \"quoted\" 'so'"])
def test_markup_is_text(text: str) -> None:
    if text.startswith("<"):
        with pytest.raises(NotUnderstood):
            document(text)
    assert Page.of(inline(text)).text == text
    assert Page.of(inline(text)).elements == []


@pytest.mark.parametrize(
    "text",
    [
        "#no space",
        "#### four",
        "# heading\nwith a line",
        "> quoted",
        "```\ncode\n```",
        "    indented",
        "* star",
        "text\n- list without a blank line",
        "- a\n  - nested",
        "- a\nlazy",
        "1. a\n- b",
        "---",
        "text\n===",
        "![image](/a.svg)",
        "text with ![image](/a.svg)",
        "`unclosed",
        "**unclosed",
        "[a](javascript:alert(1))",
        "[a](JavaScript:x)",
        "[a](http://a.example/)",
        "[a](//a.example/)",
        "[a](docs/storage.md)",
        "[a](data:text/html,x)",
        "| a | b |\n|---|---|\n| only one |",
        "| a |\n| no ruler |\n| x |",
        "| a |\n|---|\nno row",
    ],
)
def test_markdown_beyond_the_subset_is_refused(text: str) -> None:
    with pytest.raises(NotUnderstood):
        document(text)


@given(st.text(alphabet=st.sampled_from(list("ab \n`*[]()|#-<>\"'&1.!/:")), max_size=60))
def test_no_text_makes_an_element_that_is_not_of_the_subset(text: str) -> None:
    try:
        html = document(text)
    except NotUnderstood:
        return
    page = Page.of(html)
    known = {"h1", "h2", "h3", "p", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"}
    assert {tag for tag, _ in page.elements} <= known | {"code", "strong", "a"}
    assert {name for _, has in page.elements for name in has} <= {"href", "scope", "role", "data-column"}
