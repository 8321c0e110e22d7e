"""How the provider's token endpoint is asked, and how its answers are read."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailconnect.grants.props import Props
from mailconnect.mail.errors import MailboxError, UnexpectedAnswer
from mailconnect.provider.errors import ClientRefused, GrantEnded, RefreshRefused, TemporarilyRefused
from mailconnect.provider.fastmail import ScopeFamily, fastmail
from mailconnect.provider.token_response import code_form, process_token_response, refresh_form

NOW = 1_800_000_000
GOOD = {
    "access_token": "fmu1-canary",
    "token_type": "bearer",
    "expires_in": 3600,
    "scope": "urn:ietf:params:oauth:scope:mail",
    "refresh_token": "fmr1-canary",
}
PROVIDER = fastmail("client-id-of-ours", ScopeFamily.MAIL)


def read(document: Any, status: int = 200) -> Props:
    return process_token_response(status, json.dumps(document).encode(), now=NOW)


def test_a_good_answer_is_read() -> None:
    assert read(GOOD) == Props(
        access_token="fmu1-canary",
        refresh_token="fmr1-canary",
        obtained_at=NOW,
        expires_at=NOW + 3600,
    )


def test_tokens_are_not_shown() -> None:
    assert "canary" not in repr(read(GOOD))


@pytest.mark.row("CB-09")
@pytest.mark.parametrize("token_type", ["Bearer", "bearer", "BEARER"])
def test_the_token_type_is_of_any_case(token_type: str) -> None:
    assert read(GOOD | {"token_type": token_type}) == read(GOOD)


@pytest.mark.row("CB-09")
def test_a_missing_token_type_is_bearer() -> None:
    assert read({name: value for name, value in GOOD.items() if name != "token_type"}) == read(GOOD)


@pytest.mark.row("CB-09")
@pytest.mark.parametrize("token_type", ["mac", "DPoP", "", None, 1, ["bearer"]])
def test_another_token_type_is_refused(token_type: object) -> None:
    with pytest.raises(UnexpectedAnswer):
        read(GOOD | {"token_type": token_type})


@pytest.mark.row("CB-09")
@pytest.mark.parametrize("token", [None, "", 1, ["x"], {}, "with space", "new\nline", "ünicode", "x" * 8193, "\ud800"])
def test_without_a_usable_access_token_nothing_is_taken(token: object) -> None:
    with pytest.raises(UnexpectedAnswer):
        read(GOOD | {"access_token": token})
    with pytest.raises(UnexpectedAnswer):
        read({name: value for name, value in GOOD.items() if name != "access_token"})


@pytest.mark.row("CB-09")
@pytest.mark.parametrize("token", ["x", "x" * 8192])
def test_a_token_has_one_to_8192_characters(token: str) -> None:
    assert read(GOOD | {"access_token": token, "refresh_token": token}).access_token == token
    assert read(GOOD | {"refresh_token": token}).refresh_token == token


@pytest.mark.row("F-12")
def test_a_refresh_token_may_have_every_character_that_it_is_defined_with() -> None:
    """RFC 6749 appendix A.17: kept for another, the next refresh would present a used one."""
    every = "".join(map(chr, range(0x20, 0x7F)))
    assert read(GOOD | {"refresh_token": every}).refresh_token == every


@pytest.mark.row("CB-09", "F-12")
@pytest.mark.parametrize("token", [None, "", 1, [], "new\nline", "x" * 8193])
def test_an_answer_may_have_no_refresh_token(token: object) -> None:
    assert read(GOOD | {"refresh_token": token}).refresh_token is None
    assert read({name: value for name, value in GOOD.items() if name != "refresh_token"}).refresh_token is None


@pytest.mark.row("F-13", "CB-09")
@pytest.mark.parametrize(
    ("expires_in", "lifetime"),
    [
        (3600, 3600),
        ("3600", 3600),
        (3600.9, 3600),
        (1, 1),
        (86_400, 86_400),
        (86_401, 86_400),
        (10**18, 86_400),
        (1e18, 86_400),
        ("9" * 15, 86_400),
        (10**400, 86_400),
        (-1, 600),
        (0, 600),
        (0.5, 600),
        ("0", 600),
        (None, 600),
        (True, 600),
        ("", 600),
        ("soon", 600),
        ("-1", 600),
        ("1e3", 600),
        ("٣", 600),
        ("9" * 16, 600),
        ([], 600),
        ({}, 600),
    ],
)
def test_a_lifetime_is_neither_nothing_nor_for_ever(expires_in: object, lifetime: int) -> None:
    assert read(GOOD | {"expires_in": expires_in}).expires_at == NOW + lifetime


@pytest.mark.row("F-13")
@pytest.mark.parametrize("number", ["1e999", "-1e999"])
def test_a_lifetime_beyond_all_numbers_is_a_number(number: str) -> None:
    body = json.dumps(GOOD | {"expires_in": 0}).replace('"expires_in": 0', f'"expires_in": {number}').encode()
    tokens = process_token_response(200, body, now=NOW)
    assert NOW + 600 <= tokens.expires_at <= NOW + 86_400


@pytest.mark.row("F-13")
def test_a_missing_lifetime_is_ten_minutes() -> None:
    document = {name: value for name, value in GOOD.items() if name != "expires_in"} | {"refresh_expires_in": 0}
    assert read(document).expires_at == NOW + 600


@pytest.mark.row("CB-09")
@pytest.mark.parametrize("scope", [None, 1, ["a"], {}, "", "openid", "urn:ietf:params:oauth:scope:mail and:more"])
def test_a_scope_gives_and_takes_nothing(scope: object) -> None:
    """The session's rights count, within what the owner allowed."""
    assert read(GOOD | {"scope": scope}) == read(GOOD)


@pytest.mark.row("F-06")
@pytest.mark.parametrize("status", [200, 400, 401, 403])
@pytest.mark.parametrize(
    "body", [b"", b"{", b"<html></html>", b"[]", b"null", b'"x"', b"\xff", b"[" * 50_000, b'{"access_token": NaN}']
)
def test_a_body_that_is_no_json_object_is_neither_success_nor_an_end(status: int, body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        process_token_response(status, body, now=NOW)


@pytest.mark.row("F-06")
def test_a_token_response_that_is_no_object_is_named_so() -> None:
    with pytest.raises(UnexpectedAnswer, match=r"^the token response is not an object$"):
        read([])


@pytest.mark.row("F-10")
def test_invalid_grant_is_the_end() -> None:
    with pytest.raises(GrantEnded, match=r"^invalid_grant$"):
        read({"error": "invalid_grant", "error_description": "canary"}, 400)


@pytest.mark.row("F-10")
@pytest.mark.parametrize("temporary", [False, None, "true", 1, 0])
def test_only_the_provider_itself_makes_an_end_temporary(temporary: object) -> None:
    with pytest.raises(GrantEnded):
        read({"error": "invalid_grant", "temporary": temporary}, 400)


@pytest.mark.row("I5")
def test_a_temporary_invalid_grant_is_not_the_end() -> None:
    with pytest.raises(TemporarilyRefused, match=r"^temporary$"):
        read({"error": "invalid_grant", "temporary": True}, 400)


@pytest.mark.row("F-11")
@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client"])
@pytest.mark.parametrize("status", [400, 401])
def test_a_refusal_of_our_client_is_an_error_of_its_own(error: str, status: int) -> None:
    with pytest.raises(ClientRefused, match=f"^{error}$"):
        read({"error": error}, status)


@pytest.mark.row("I5")
@pytest.mark.parametrize("error", ["slow_down", "", None, 1, [], {}, ["invalid_grant"]])
def test_any_other_error_ends_nothing(error: object) -> None:
    with pytest.raises(UnexpectedAnswer, match=r"^another error$"):
        read({"error": error}, 400)


@pytest.mark.row("I5")
@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("invalid_request", 400),
        ("invalid_token", 401),
        ("expired_token", 400),
        ("access_denied", 403),
        ("interaction_required", 400),
        ("token_inactive", 401),
        ("invalid_grant", 404),
        ("invalid_grant", 422),
        ("invalid_grant", 200),
    ],
)
def test_another_word_for_a_dead_token_is_not_yet_the_end(error: str, status: int) -> None:
    with pytest.raises(RefreshRefused, match=f"^{error} {status}$"):
        read({"error": error}, status)


def test_a_byte_order_mark_before_tokens_is_skipped() -> None:
    body = b"\xef\xbb\xbf" + json.dumps(GOOD).encode()
    assert process_token_response(200, body, now=NOW).access_token == GOOD["access_token"]


@given(
    status=st.sampled_from([200, 400, 401, 403]),
    document=st.dictionaries(
        st.sampled_from([*GOOD, "error", "temporary"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.just("bearer"),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=3,
        ),
    ),
)
@example(status=200, document=GOOD)
def test_no_answer_is_more_than_a_mailbox_error(status: int, document: dict[str, Any]) -> None:
    try:
        tokens = read(document, status)
    except MailboxError as error:
        assert not error.args[0] or error.args[0] in {
            "another error",
            "no bearer token",
            "invalid_grant",
            "invalid_client",
            "unauthorized_client",
            "temporary",
            "the body is not JSON",
        }
    else:
        assert status == 200
        assert NOW < tokens.expires_at <= NOW + 86_400


def test_the_code_is_asked_for_with_its_verifier_and_the_resource() -> None:
    assert code_form(PROVIDER, code="c", redirect_uri="https://us.example/auth/callback", code_verifier="v") == {
        "grant_type": "authorization_code",
        "client_id": "client-id-of-ours",
        "code": "c",
        "redirect_uri": "https://us.example/auth/callback",
        "code_verifier": "v",
        "resource": "https://api.fastmail.com/jmap/session",
    }


def test_a_refresh_names_the_resource_and_no_scope() -> None:
    """Without `scope`, the one that was granted stays (RFC 6749 §6)."""
    assert refresh_form(PROVIDER, "r") == {
        "grant_type": "refresh_token",
        "client_id": "client-id-of-ours",
        "refresh_token": "r",
        "resource": "https://api.fastmail.com/jmap/session",
    }


def test_a_provider_that_knows_no_resource_is_not_told_one() -> None:
    without = replace(PROVIDER, sends_resource=False)
    assert "resource" not in refresh_form(without, "r")
    assert "resource" not in code_form(without, code="c", redirect_uri="u", code_verifier="v")
