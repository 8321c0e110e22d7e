from hypothesis import given
from hypothesis import strategies as st

from mailconnect.render.html.markup import Dropped, Tag, attributes, resolved, tokens

HTML = st.lists(
    st.sampled_from(
        [
            "<",
            ">",
            "</",
            "<!",
            "<!--",
            "-->",
            "<?",
            "&",
            "=",
            '"',
            "'",
            " ",
            "a",
            "div",
            "style",
            "<p ",
            "</p>",
            "<br/>",
        ]
    )
).map("".join)


def test_tags_text_and_comments_come_in_order() -> None:
    assert list(tokens('a<P Class="x>y">b<!-- c -->d</p >')) == [
        "a",
        Tag("p", False, ' Class="x>y"'),
        "b",
        Dropped("comment", 10),
        "d",
        Tag("p", True, " "),
        "",
    ]


def test_the_first_of_an_attribute_counts_and_references_are_resolved() -> None:
    written = " HREF='a&amp;b' href=c hidden data-x = \"1\" e=f/"
    assert attributes(written) == {"href": "a&b", "hidden": "", "data-x": "1", "e": "f/"}


def test_a_tag_without_an_end_takes_the_rest_as_in_a_browser() -> None:
    assert list(tokens('a<b c="d>e')) == ["a", Dropped("tag", 9), ""]


def test_a_sign_that_begins_no_tag_is_text() -> None:
    assert "".join(token for token in tokens("1 < 2 <3 <<") if isinstance(token, str)) == "1 < 2 <3 <<"


def test_the_inside_of_a_style_sheet_is_no_markup() -> None:
    assert list(tokens("<style><p></STYLE >x")) == [
        Tag("style", False, ""),
        Dropped("style", 3),
        Tag("style", True, " "),
        "x",
    ]


def test_a_reference_to_no_character_is_no_failure() -> None:
    assert resolved(f"a&#{'9' * 5_000};b&#x{'f' * 5_000};c&#0;d&#xd800;e&#65;") == "a\ufffdb\ufffdc\ufffdd\ufffdeA"
    assert attributes(f" title='&#{'9' * 5_000}'") == {"title": "\ufffd"}


@given(HTML)
def test_any_source_is_cut_without_a_failure(source: str) -> None:
    for token in tokens(source):
        if isinstance(token, Tag):
            attributes(token.attributes)
