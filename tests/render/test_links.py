import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.render import links
from mailconnect.render.addresses import is_related, oddities, read
from mailconnect.render.html.to_text import to_text


def linked(source: str) -> links.Linked:
    made = to_text(source)
    return links.resolve(made.text, made.hrefs)


def test_links_are_numbered_and_listed_by_host() -> None:
    made = linked(
        '<a href="https://a.example/1">one</a> <a href="https://b.example/">two</a> <a href="https://a.example/1">three</a>'
        ' <a href="https://a.example/2">four</a> <a href="https://a.example/3">five</a>'
    )
    assert made.text == "one [1] two [2] three [1] four [3] five [4]"
    assert made.listed(made.text, "hosts") == ["1, 3-4 a.example", "2 b.example"]
    assert made.listed("two [2]", "full") == ["2 https://b.example/"]


@pytest.mark.parametrize(
    ("shown", "href", "names"),
    [
        ("https://www.paypal.com/login", "https://evil.example/", "www.paypal.com"),
        ("paypal.com", "https://evil.example/", "paypal.com"),
        ("PayPal.com/signin", "http://paypal.com.evil.example/", "paypal.com"),
        ("help@bank.example", "https://evil.example/", "bank.example"),
        ("log in at https://bank.example now", "https://evil.example/", "bank.example"),
        ("https://bank.example@evil.example", "https://bank.example/", "evil.example"),
        ("paypal.com", "https://www.paypal.com/x", ""),
        ("www.shop.example", "https://click.shop.example/x", ""),
        ("Read more", "https://click.example/", ""),
        ("Version 2.0", "https://click.example/", ""),
    ],
)
def test_a_text_that_names_another_host_than_the_link_is_flagged(shown: str, href: str, names: str) -> None:
    made = linked(f'<a href="{href}">{shown}</a>')
    assert made.links[0].names == names
    if names:
        assert made.listed(made.text, "hosts") == [f"1 {href} (the text names {names})"]


@pytest.mark.parametrize(
    ("href", "words"),
    [
        ("javascript:alert(1)", "x (javascript link, left out)"),
        (" java\nscript:alert(1)", "x (javascript link, left out)"),
        ("data:text/html,hi", "x (data link, left out)"),
        ("vbscript:x", "x (vbscript link, left out)"),
        ("file:///etc/passwd", "x (file link, left out)"),
        ("relative/path", "x (relative link, left out)"),
        ("mailto:a@b.example?subject=x", "x (mail to a@b.example)"),
        ("tel:+49", "x"),
        ("#top", "x"),
        ("", "x"),
        ("//h.example/x", "x [1]"),
        ("HTTPS:\\\\h.example\\x", "x [1]"),
    ],
)
def test_a_link_that_does_not_lead_to_the_web_is_told_in_words(href: str, words: str) -> None:
    assert linked(f'<a href="{href}">x</a>').text == words


@pytest.mark.parametrize(
    ("href", "host"),
    [
        ("https://user@evil.example/", "evil.example"),
        ("https://bank.example:x@evil.example:8080/", "evil.example"),
        ("https:/\\evil.example", "evil.example"),
        ("https://%65vil.example/", "evil.example"),
        ("https://EVIL.example./", "evil.example"),
        ("https://evil\u3002example/", "evil.example"),
        ("https://\uff45vil.example/", "evil.example"),
        ("https://[::1]/", "[::1]"),
        ("https://[!x](y)/", "[]"),
        ("https://bank.example." + "a" * 2_000 + ".evil.example/", "a" * 287 + ".evil.example"),
        ("ht\ntps://e\tvil.example", "evil.example"),
        ("mailto:x@y", ""),
        ("https:", ""),
    ],
)
def test_a_host_is_read_as_a_browser_reads_it(href: str, host: str) -> None:
    assert read(href).host == host


def test_hosts_that_look_like_others_are_flagged() -> None:
    assert oddities("xn--pple-43d.com") == ["punycode for \u0430pple.com", "mixed scripts"]
    assert oddities("\u0430pple.com") == ["letters beyond ASCII", "mixed scripts"]
    assert oddities("münchen.example") == ["letters beyond ASCII"]
    assert oddities("日本ひらカタ.example") == ["letters beyond ASCII"]
    assert oddities("plain.example") == []
    assert linked('<a href="https://a@xn--pple-43d.com">x</a>').listed("[1]", "hosts") == [
        "1 xn--pple-43d.com (punycode for \u0430pple.com; mixed scripts; a user name stands before the host)"
    ]


def test_related_hosts_share_a_domain() -> None:
    assert is_related("a.example", "www.a.example")
    assert is_related("x.a.example", "a.example")
    assert not is_related("a.example", "ba.example")


def test_long_addresses_in_plain_text_become_numbers() -> None:
    long = "https://click.example/" + "x" * 60
    made = links.find(f"See <{long}>, ({long}) or https://short.example/x.")
    assert made.text == "See <click.example [1]>, (click.example [1]) or https://short.example/x."
    assert made.listed(made.text, "full") == [f"1 {long}"]


def test_an_address_as_a_links_own_text_is_shortened() -> None:
    long = "https://click.example/" + "x" * 60
    assert linked(f'<a href="{long}">{long}</a>').text == "click.example [1]"


def test_an_address_cannot_break_out_of_its_line() -> None:
    made = linked('<a href="https://h.example/![x](y) z\u202e<b>&#10;next">x</a>')
    assert made.listed(made.text, "full") == ["1 https://h.example/!%5Bx%5D(y)%20z%E2%80%AE%3Cb%3Enext"]


@given(
    st.text(st.characters(exclude_categories=())),
    st.text(),
    st.sampled_from(["", "https://", "http:/", "mailto:", "//"]),
)
def test_any_href_and_text_is_bounded(href: str, shown: str, scheme: str) -> None:
    address = read(scheme + href)
    assert len(address.text) <= 9 * 2_001
    oddities(address.host)
    text = f"\ufdd3{shown}\ufdd40\ufdd5"
    made = links.resolve(text, [scheme + href])
    assert "\ufdd3" not in made.text
    for line in made.listed(made.text, "full"):
        assert "\n" not in line
        assert len(line) < 2_400
    links.find(scheme + href + shown)
