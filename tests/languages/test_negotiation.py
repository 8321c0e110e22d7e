"""Which language a reader gets (RFC 9110 §12.5.4, OpenID Connect Core §3.1.2.1)."""

import pytest

from mailconnect.languages.negotiation import of_accept_language, of_ui_locales


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en-US,en;q=0.9,de;q=0.8", "en"),
        ("es-ES,es;q=0.9,fr;q=0.5,en;q=0.4", "fr"),
        ("ja;q=0.4, fr;q=0.7", "fr"),
        ("JA-jp", "ja"),
        ("de_CH", "de"),
        ("de;q=0, en", "en"),
        ("de;q=0", "en"),
        ("*", "en"),
        ("es, *;q=0.5", "en"),
        ("de;q=high, ja;q=0.1", "ja"),
        ("de;q=-1,de;q=1e3,de;q=nan,de;q=2", "en"),
        ("de;level=1", "en"),
        (";;;,,q=,de;", "de"),
        ("x," * 10_000 + "de", "en"),
    ],
)
def test_the_best_language_that_the_browser_accepts_is_taken(header: str, code: str) -> None:
    assert of_accept_language(header).code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("", None), ("es", None), ("fr-CA fr en", "fr"), ("es ja en", "ja"), ("en de", "en"), ("%00 ../de", None)],
)
def test_the_first_of_ui_locales_that_there_is_wins(text: str, code: str | None) -> None:
    found = of_ui_locales(text)
    assert (found.code if found else None) == code
