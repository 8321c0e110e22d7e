"""The registrable domain of a host stands out, however long the host is."""

import pytest

from mailconnect.endpoints.pages.host_name import ShownHost


@pytest.mark.parametrize(
    ("host", "before", "whose"),
    [
        ("poke.com", "", "poke.com"),
        ("poke.com.evil.example", "poke.com.", "evil.example"),
        ("www.example.co.uk", "www.", "example.co.uk"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("::1", "", "::1"),
        ("localhost", "", "localhost"),
        ("", "", ""),
    ],
)
def test_labels_that_anybody_could_have_put_before_a_domain_are_told_apart(host: str, before: str, whose: str) -> None:
    shown = ShownHost.of(host)
    assert (shown.before, shown.whose) == (before, whose)
    assert shown.before + shown.whose == host


@pytest.mark.parametrize(
    ("host", "readable"),
    [
        ("xn--mnchen-post-thb.example", "münchen-post.example"),
        ("xn--clude-5ve.ai", "cl\u0430ude.ai"),
        ("poke.com", ""),
        ("xn--.example", ""),
        ("xn--99999999999.example", ""),
    ],
)
def test_a_host_of_other_letters_is_shown_in_them_too(host: str, readable: str) -> None:
    assert ShownHost.of(host).readable == readable
