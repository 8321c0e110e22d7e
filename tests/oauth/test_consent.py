"""RFC 9700 §4.7: a decision counts only from the page that this browser was shown, for this request, in ten minutes."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.oauth.consent import LIFETIME, ConsentExpired, ConsentForged, check_consent_token, issue_consent_token

NOW = 1_800_000_000
BROWSER = b"b" * 32
QUERY = "client_id=app&state=x"


def entropy(size: int) -> bytes:
    return b"n" * size


SHOWN = bytes(range(16))
TOKEN = issue_consent_token(BROWSER, QUERY, SHOWN, NOW, entropy)


@pytest.mark.parametrize("age", [0, 1, LIFETIME, -300])
def test_a_token_is_good_for_ten_minutes_by_clocks_that_need_not_agree(age: int) -> None:
    assert LIFETIME == 600
    assert check_consent_token(TOKEN.text, BROWSER, QUERY, NOW + age) == TOKEN


@pytest.mark.parametrize("age", [LIFETIME + 1, 10 * LIFETIME, -301])
def test_co_05_a_token_from_another_time_is_expired(age: int) -> None:
    with pytest.raises(ConsentExpired):
        check_consent_token(TOKEN.text, BROWSER, QUERY, NOW + age)


@pytest.mark.parametrize(
    "text", ["", "x", "=", "é", "A" * 76, "!" * 76, TOKEN.text[:-4], TOKEN.text + "AAAA", TOKEN.text * 99]
)
def test_co_01_what_we_did_not_issue_is_forged(text: str) -> None:
    with pytest.raises(ConsentForged):
        check_consent_token(text, BROWSER, QUERY, NOW)


@pytest.mark.parametrize("browser", [None, b"", b"c" * 32, BROWSER[:-1]])
def test_co_02_a_token_is_nothing_without_the_cookie_it_was_made_with(browser: bytes | None) -> None:
    with pytest.raises(ConsentForged):
        check_consent_token(TOKEN.text, browser, QUERY, NOW)


@pytest.mark.parametrize("query", ["", QUERY + "&", QUERY.replace("app", "evil"), f"{QUERY}&state=y", "\x00"])
def test_co_03_a_token_is_nothing_for_another_request(query: str) -> None:
    with pytest.raises(ConsentForged):
        check_consent_token(TOKEN.text, BROWSER, query, NOW)


@given(st.integers(0, 55), st.integers(0, 7))
def test_co_01_no_bit_of_a_token_can_be_changed(octet: int, bit: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(TOKEN.text))
    raw[octet] ^= 1 << bit
    with pytest.raises(ConsentForged):
        check_consent_token(base64.urlsafe_b64encode(raw).decode(), BROWSER, QUERY, NOW)


@given(st.text(), st.binary(max_size=40), st.text(st.characters(exclude_categories=("Cs",))))
def test_no_text_is_more_than_forged(text: str, browser: bytes, query: str) -> None:
    with pytest.raises(ConsentForged):
        check_consent_token(text, browser, query, NOW)
