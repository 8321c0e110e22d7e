import pytest

from mailconnect.sandbox.mail.content import content_of
from mailconnect.sandbox.mail.search import matches, shown, terms, words

MAIL = content_of(
    "From: Ann O'Neill <ann.oneill@mail.example.org>\r\nSubject: Größe der Bücher\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\n"
    "The libraries' reports mention 京都の図書館 and paragraph 5; see café menus.\r\n".encode()
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("reports", True),
        ("report", True),
        ("REPORTS libraries", True),
        ("library", True),
        ("report nothing", False),
        ('"reports mention"', True),
        ('"mention reports"', False),
        ("'reports mention'", True),
        ("para*", True),
        ("para", False),
        ("grosse", True),
        ("GRÖSSE", True),
        ("cafe", True),
        ("京都", True),
        ("都京", False),
        ("図書", True),
        ("example.org", True),
        ("example", True),
        ("exam", False),
        ("ann.oneill@mail.example.org", True),
        # the one word is in the subject, the other in the body: Cyrus wants both in one field
        ("grosse reports", False),
        ("", True),
        ("...", True),
    ],
)
def test_words_are_found_as_cyrus_finds_them(query, expected):
    assert matches(MAIL, "text", query) is expected


def test_a_field_is_searched_alone():
    assert matches(MAIL, "from", "o'neill")
    assert not matches(MAIL, "subject", "o'neill")
    assert not matches(MAIL, "to", "ann")
    assert not matches(MAIL, "body", "bücher")


def test_a_word_of_several_words_is_a_phrase():
    assert [term.words for term in terms("a-b c")] == [" a b ", " c "]
    assert [term.words for term in terms(r'"a \"b\" c" d*')] == [" a b c ", " d"]


def test_words_lose_case_accents_and_punctuation():
    assert words("Größe, naïve: L’été!") == " grosse naive l'ete "


def test_html_is_searched_without_markup_style_and_comments():
    html = "<style>p{}</style><title>t</title><p class=hidden>One&nbsp;<b>two</b></p><!-- three -->"
    assert shown(html, "text/html").split() == ["One", "two"]
    assert shown(html, "text/plain") == html
