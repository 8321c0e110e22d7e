"""RFC 6749 §3.1 and appendix B: each parameter once, percent-encoded UTF-8."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.oauth.errors import InvalidRequest
from mailconnect.oauth.form import MAX_FIELDS, parse_fields, parse_form

_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)


def test_names_and_values_are_decoded() -> None:
    assert parse_form("a=1&b%20c=d+e%2Bf&%C3%A9=%E2%82%AC") == {"a": "1", "b c": "d e+f", "é": "€"}


def test_a_value_may_hold_an_equals_sign() -> None:
    assert parse_form("a=b=c") == {"a": "b=c"}


def test_nothing_is_an_empty_form() -> None:
    assert parse_form("") == {}


def test_a_parameter_without_a_value_counts_as_omitted() -> None:
    """RFC 6749 §3.1, §3.2: "Parameters sent without a value MUST be treated as if they were omitted"."""
    assert parse_form("a=&b&c=1") == {"c": "1"}


def test_an_ampersand_too_many_is_no_parameter() -> None:
    assert parse_form("&a=1&&b=2&") == {"a": "1", "b": "2"}


@pytest.mark.row("TK-03")
@pytest.mark.parametrize("form", ["a=1&a=1", "a=1&b=2&a=3", "a=1&%61=2", "a=&a=1", "+=1&%20=2"])
def test_a_repeated_parameter_is_refused_however_it_is_encoded(form: str) -> None:
    with pytest.raises(InvalidRequest):
        parse_form(form)


def test_a_name_in_another_case_is_another_parameter() -> None:
    assert parse_form("a=1&A=2") == {"a": "1", "A": "2"}


@pytest.mark.row("TK-05")
@pytest.mark.parametrize(
    "form",
    ["a=b c", "a=ä", "a=%zz", "a=%4", "a=%", "a=\x00", "a=\r\n", "a=\x7f", "a=%ff", "%fe=1", "a=%c0%af", "a=%ed%a0%80"],
)
def test_a_form_that_is_not_encoded_utf_8_is_refused(form: str) -> None:
    with pytest.raises(InvalidRequest):
        parse_form(form)


@pytest.mark.row("TK-05")
def test_more_fields_than_any_request_has_are_refused_unread() -> None:
    assert len(parse_form("&".join(f"a{n}=1" for n in range(MAX_FIELDS)))) == MAX_FIELDS
    with pytest.raises(InvalidRequest):
        parse_form("&".join(f"a{n}=1" for n in range(100_000)))


def test_bytes_that_are_not_utf_8_can_be_kept_as_they_came() -> None:
    [(_, value)] = parse_fields("state=%ff%C3%A9%80", errors="surrogateescape")
    assert value.encode("utf-8", "surrogateescape") == b"\xff\xc3\xa9\x80"


@given(st.dictionaries(_TEXT, _TEXT, max_size=MAX_FIELDS))
def test_a_form_is_read_as_it_was_encoded(parameters: dict[str, str]) -> None:
    assert parse_form(urlencode(parameters)) == {name: value for name, value in parameters.items() if value}


@given(st.text() | st.text("&=+%aA0zÿ\x00 "))
def test_no_text_is_more_than_refused(text: str) -> None:
    try:
        parameters = parse_form(text)
    except InvalidRequest:
        return
    assert all(parameters.values())
