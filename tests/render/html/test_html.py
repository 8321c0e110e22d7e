import pytest

from mailconnect.render import links
from mailconnect.render.html.to_text import LONGEST_SOURCE, to_text


def text(source: str) -> str:
    made = to_text(source)
    return links.resolve(made.text, made.hrefs).text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<h1>Head</h1><p>one <b>two</b><br>three</p>", "# Head\n\none two\nthree"),
        ("<div>one</div><div>two</div><div><br></div><div>three</div>", "one\ntwo\n\nthree"),
        ("<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>", "- a\n- b\n  1. c"),
        ("<blockquote>one<br>two<blockquote>three</blockquote></blockquote>", "> one\n> two\n>\n> > three"),
        ("<pre>  a\n   b &lt;c&gt;</pre>", "  a\n   b <c>"),
        ("1 &lt; 2 &amp;amp; 3 < 4", "1 < 2 &amp; 3 < 4"),
        ("<p>a\n   b&nbsp; c</p>", "a b c"),
        ("<p>1. x<p>- y<p># z<p>&gt; q", "1. x\n\n- y\n\n# z\n\n> q"),
        ("<q>a</q>", '"a"'),
        ("<textarea>typed</textarea>", "typed"),
        ("<p class=MsoNormal>a</p><p class=MsoNormal>b</p>", "a\nb"),
        ("", ""),
        ("plain", "plain"),
        ("<ul><li><div>a</div></li><li><p>b</p></li></ul>c", "- a\n- b\n\nc"),
        ("<ul><li><p>a</p><p>b</p></li></ul>", "- a\n\n  b"),
        ("<h2><div>Title</div></h2>x", "## Title\n\nx"),
        ("a<br><br><br><br>b", "a\n\nb"),
        ("<div>a<br></div><div>b</div>", "a\nb"),
        ("<p>a</p><div>b</div><p>c</p>", "a\n\nb\n\nc"),
        ("<a href='https://x.example/'>a</a>, <a href='https://y.example/'> b </a>c", "a [1], b [2] c"),
    ],
)
def test_a_text_keeps_its_shape(source: str, expected: str) -> None:
    assert text(source) == expected


def test_a_table_has_a_line_for_each_row() -> None:
    source = "<table><tr><th>Item<th>Price</tr><tr><td><p>Shoes</p></td><td></td><td>€&nbsp;5</td></tr></table>"
    assert text(source) == "Item | Price\nShoes | € 5"


def test_a_table_for_the_layout_leaves_no_trace() -> None:
    source = (
        "<table><tr><td><table><tr><td><p>One</p><p>Two</p></td></tr></table></td></tr><tr><td>Three</td></tr></table>"
    )
    assert text(source) == "One\n\nTwo\n\nThree"


def test_no_image_and_no_syntax_of_one_comes_out() -> None:
    assert text('<img src="https://x.example/a.png" alt="![y](z)">') == "[image: !(y)(z)]"
    assert text('<a href="https://x.example/"><img src=y></a>') == "[image] [1]"


def test_a_link_around_blocks_has_its_number_at_its_end() -> None:
    assert text('<a href="https://x.example/"><div>one</div><div>two</div></a> three') == "one\ntwo [1]\nthree"


def test_a_link_inside_a_link_keeps_its_number_too() -> None:
    source = '<a href="https://x.example/">a<div><a href="https://y.example/">b</a></div>c</a>'
    assert text(source) == "a\nb [1]\nc [2]"


def test_a_link_without_text_is_no_link() -> None:
    assert text('a <a href="https://x.example/"></a>b') == "a b"


@pytest.mark.parametrize(
    "quoted",
    [
        '<blockquote type="cite"><div>old</div></blockquote>',
        '<div class="gmail_quote"><blockquote class="gmail_quote">old</blockquote></div>',
        '<div id="yahoo_quoted_123" class="yahoo_quoted">old</div>',
        '<div class="protonmail_quote">old</div>',
        '<div name="quote" style="border-left:1px">old</div>',
        '<div id="divRplyFwdMsg"></div><div>old</div>',
        '<div id="x_divRplyFwdMsg"></div><div>old</div>',
        '<div class="OutlookMessageHeader"></div><div>old</div>',
        "<div><div><div id=divRplyFwdMsg></div></div></div><blockquote>old</blockquote>",
    ],
)
def test_quoted_markup_becomes_quoted_lines(quoted: str) -> None:
    assert text(f"<div>new</div>{quoted}") == "new\n\n> old"


def test_a_quotation_by_outlook_ends_with_what_it_stands_in() -> None:
    assert text("<div><div id=divRplyFwdMsg></div>old</div>new") == "> old\n\nnew"


def test_a_signature_by_its_class_gets_its_dashes() -> None:
    assert text('<div>Hi</div><div class="gmail_signature">Ann</div>') == "Hi\n-- \nAnn"
    assert text('<div>Hi</div><div class="moz-signature">-- <br>Ann</div>') == "Hi\n-- \nAnn"


def test_a_long_source_is_cut_and_says_so() -> None:
    made = to_text("x" * (LONGEST_SOURCE + 1))
    assert made.cut
    assert len(made.text) == LONGEST_SOURCE
    assert not to_text("x").cut


def test_a_source_of_too_many_tags_is_cut_and_says_so() -> None:
    assert to_text("<p>x" * 40_000).cut


def test_deep_quotes_stay_readable() -> None:
    assert max(map(len, text("<blockquote>x" * 500).split("\n"))) < 20
