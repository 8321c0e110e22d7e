"""RFC 9700 §4.7: a decision counts only from the page that this browser was shown, for this request, in ten minutes."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.oauth.consent import (
    LIFETIME,
    NO_CLIENT,
    ConsentExpired,
    ConsentForged,
    ConsentToken,
    CookieMissing,
    check_consent_token,
    issue_consent_token,
)

NOW = 1_800_000_000
BROWSER = b"b" * 32
QUERY = "client_id=app&state=x"


def entropy(size: int) -> bytes:
    return b"n" * size


SHOWN = bytes(range(16))


@pytest.fixture
def token() -> ConsentToken:
    return issue_consent_token(BROWSER, QUERY, SHOWN, NOW, entropy)


@pytest.mark.parametrize("age", [0, 1, LIFETIME, -300])
def test_a_token_is_good_for_ten_minutes_by_clocks_that_need_not_agree(token: ConsentToken, age: int) -> None:
    assert LIFETIME == 600
    assert check_consent_token(token.text, BROWSER, QUERY, NOW + age) == token


def test_a_token_says_what_the_page_showed_and_starts_one_thing(token: ConsentToken) -> None:
    assert (token.nonce, token.shown) == (b"n" * 16, SHOWN)
    assert len(NO_CLIENT) == len(SHOWN)


@pytest.mark.row("CO-05")
@pytest.mark.parametrize("age", [LIFETIME + 1, 10 * LIFETIME, -301])
def test_a_token_from_another_time_is_expired(token: ConsentToken, age: int) -> None:
    with pytest.raises(ConsentExpired):
        check_consent_token(token.text, BROWSER, QUERY, NOW + age)


@pytest.mark.row("CO-01")
@pytest.mark.parametrize("text", ["", "x", "=", "é", "A" * 76, "!" * 76])
def test_a_consent_token_that_we_did_not_issue_is_forged(text: str) -> None:
    with pytest.raises(ConsentForged):
        check_consent_token(text, BROWSER, QUERY, NOW)


@pytest.mark.row("CO-01")
def test_a_token_is_good_as_it_was_issued_alone(token: ConsentToken) -> None:
    text = token.text
    for another in (text[:-4], text + "AAAA", text * 99, f" {text}", text + "\n", text[:8] + "!" + text[8:]):
        with pytest.raises(ConsentForged):
            check_consent_token(another, BROWSER, QUERY, NOW)


@pytest.mark.row("CO-02")
@pytest.mark.parametrize("browser", [None, b"", b"c" * 32, BROWSER[:-1]])
def test_a_token_is_nothing_without_the_cookie_it_was_made_with(token: ConsentToken, browser: bytes | None) -> None:
    with pytest.raises(ConsentForged):
        check_consent_token(token.text, browser, QUERY, NOW)


@pytest.mark.row("CO-03")
@pytest.mark.parametrize("query", ["", QUERY + "&", QUERY.replace("app", "evil"), f"{QUERY}&state=y", "\x00"])
def test_a_token_is_nothing_for_another_request(token: ConsentToken, query: str) -> None:
    with pytest.raises(ConsentForged):
        check_consent_token(token.text, BROWSER, query, NOW)


@pytest.mark.row("CO-01")
def test_no_bit_of_a_token_can_be_changed(token: ConsentToken) -> None:
    raw = base64.urlsafe_b64decode(token.text)
    for bit in range(8 * len(raw)):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        in_the_time = 16 <= bit // 8 < 24  # another time by its own word asks anew, which anybody may have done
        with pytest.raises((ConsentForged, ConsentExpired) if in_the_time else ConsentForged):
            check_consent_token(base64.urlsafe_b64encode(changed).decode(), BROWSER, QUERY, NOW)


@pytest.mark.row("CO-05")
@pytest.mark.parametrize("browser", [None, b"c" * 32])
def test_an_old_token_is_expired_also_where_its_cookie_is_gone(token: ConsentToken, browser: bytes | None) -> None:
    with pytest.raises(ConsentExpired):
        check_consent_token(token.text, browser, QUERY, NOW + LIFETIME + 1)


@pytest.mark.row("CO-02")
def test_a_missing_cookie_is_told_from_a_wrong_one(token: ConsentToken) -> None:
    with pytest.raises(CookieMissing):
        check_consent_token(token.text, None, QUERY, NOW)


@given(st.text(), st.binary(max_size=40), st.text(st.characters(exclude_categories=("Cs",))))
def test_no_text_is_more_than_forged(text: str, browser: bytes, query: str) -> None:
    with pytest.raises(ConsentForged):
        check_consent_token(text, browser, query, NOW)
