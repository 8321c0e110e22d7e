"""RFC 6749 §4.1.2, RFC 9207 §2: the client's state comes back unchanged, and the issuer is named once."""

from urllib.parse import parse_qsl, quote_from_bytes, unquote_to_bytes, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.oauth.authorization_response import redirect_location
from mailconnect.oauth.form import parse_fields

ISSUER = "https://mail.example"


def fields(location: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(location).query, keep_blank_values=True)


@pytest.mark.row("AZ-23")
def test_an_answer_names_its_issuer_exactly_once() -> None:
    location = redirect_location("https://app.example/cb", ISSUER, "s", code="c")
    assert fields(location) == [("code", "c"), ("state", "s"), ("iss", ISSUER)]
    assert location.startswith("https://app.example/cb?")


def test_a_state_that_was_not_sent_is_not_invented() -> None:
    location = redirect_location("https://app.example/cb", ISSUER, None, error="access_denied")
    assert fields(location) == [("error", "access_denied"), ("iss", ISSUER)]


def test_a_query_that_the_redirect_uri_has_is_kept() -> None:
    location = redirect_location("https://app.example/cb?a=b%2Fc&d", ISSUER, None, code="c")
    assert location.startswith("https://app.example/cb?a=b%2Fc&d&code=c&")


def test_a_private_use_scheme_is_answered_like_any_other() -> None:
    assert redirect_location("com.example.app:/cb", ISSUER, None, code="c").startswith("com.example.app:/cb?code=c&")


@pytest.mark.row("AZ-15")
@pytest.mark.parametrize(
    "sent",
    ["%0D%0ASet-Cookie%3A%20a%3Db", "%3Cimg%3E", "%00", "%FF%FE", "%ED%A0%80", "a%2Bb", "a%26iss%3Devil%23x", ""],
)
def test_state_goes_back_byte_by_byte(sent: str) -> None:
    [(_, state)] = parse_fields(f"state={sent}", errors="surrogateescape")
    location = redirect_location("https://app.example/cb", ISSUER, state, code="c")
    assert location.isascii()
    assert location.isprintable()
    [returned] = [pair for pair in urlsplit(location).query.split("&") if pair.startswith("state=")]
    assert unquote_to_bytes(returned.removeprefix("state=").replace("+", " ")) == unquote_to_bytes(sent)


@pytest.mark.row("AZ-15")
@given(st.binary(max_size=200))
def test_any_bytes_survive(sent: bytes) -> None:
    [(_, state)] = parse_fields(f"state={quote_from_bytes(sent)}", errors="surrogateescape")
    location = redirect_location("https://app.example/cb", ISSUER, state, code="c")
    pairs = [pair.partition("=") for pair in urlsplit(location).query.split("&")]
    assert [name for name, _, _ in pairs] == ["code", "state", "iss"]
    assert unquote_to_bytes(pairs[1][2].replace("+", " ")) == sent
