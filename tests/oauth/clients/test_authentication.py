"""RFC 6749 §2.3: by no secret, HTTP Basic or the form, and only by the one method that was registered."""

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.oauth.clients.authentication import (
    ASSERTION_TYPE,
    InvalidBasicClient,
    Presented,
    presented_client,
    verify_client,
)
from mailconnect.oauth.clients.client import AuthMethod, Client
from mailconnect.oauth.errors import InvalidClient, InvalidRequest

SECRET = "s%c+r t/ä"  # all that form encoding could get wrong


def basic(credentials: str | bytes, scheme: str = "Basic") -> str:
    octets = credentials.encode() if isinstance(credentials, str) else credentials
    return f"{scheme} {base64.b64encode(octets).decode()}"


def encoded(client_id: str, secret: str) -> str:
    return basic(f"{quote_plus(client_id)}:{quote_plus(secret)}")


def client(method: AuthMethod) -> Client:
    return Client(
        id="app",
        name="App",
        redirect_uris=("https://app.example/cb",),
        auth_method=method,
        secret_hash=None if method is AuthMethod.NONE else hashlib.sha256(SECRET.encode()).hexdigest(),
        grant_types=("authorization_code",),
        client_uri=None,
        created_at=0,
        expires_at=1,
    )


def test_a_public_client_says_its_id() -> None:
    assert presented_client([], {"client_id": "app"}) == Presented("app", None, AuthMethod.NONE)


def test_a_secret_may_be_in_the_form() -> None:
    presented = presented_client([], {"client_id": "app", "client_secret": SECRET})
    assert presented == Presented("app", SECRET, AuthMethod.POST)


@pytest.mark.row("TK-09")
@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC", "bAsIc"])
def test_the_scheme_is_case_insensitive(scheme: str) -> None:
    assert presented_client([basic("app:secret", scheme)], {}) == Presented("app", "secret", AuthMethod.BASIC)


@pytest.mark.row("TK-09")
def test_both_halves_are_form_encoded_before_they_are_joined() -> None:
    """RFC 6749 §2.3.1."""
    assert presented_client([encoded("a:p p", SECRET)], {}) == Presented("a:p p", SECRET, AuthMethod.BASIC)


def test_a_secret_may_hold_a_colon() -> None:
    assert presented_client([basic("app:a:b")], {}).secret == "a:b"


@pytest.mark.row("TK-09")
@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic YQ",
        "Basic YXBwOnNlY3JldA==x",
        "Bearer YXBwOnNlY3JldA==",
        basic("app"),
        basic(":secret"),
        basic(":"),
        basic(b"\xff:\xff"),
        basic("%ff:secret"),
        basic("app:%ff"),
        basic("a" * 8192 + ":secret"),
        "Basic " + "é" * 9,
    ],
)
def test_a_header_that_cannot_be_decoded_is_an_invalid_client_with_a_basic_challenge(header: str) -> None:
    with pytest.raises(InvalidBasicClient):
        presented_client([header], {})


def test_a_request_without_a_client_is_an_invalid_client() -> None:
    with pytest.raises(InvalidClient) as refused:
        presented_client([], {})
    assert not isinstance(refused.value, InvalidBasicClient)


@pytest.mark.row("TK-10")
@pytest.mark.parametrize(
    ("headers", "form"),
    [
        ([basic("app:secret")], {"client_secret": "secret"}),
        ([basic("app:secret")], {"client_id": "app", "client_secret": "secret"}),
        ([basic("app:secret")], {"client_id": "other"}),
        ([basic("app:secret"), basic("app:secret")], {}),
        ([basic("app:secret"), basic("other:secret")], {"client_id": "app"}),
    ],
)
def test_two_ways_at_once_are_an_invalid_request(headers: Sequence[str], form: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest):
        presented_client(headers, form)


def test_the_id_may_be_in_the_form_beside_the_header() -> None:
    assert presented_client([basic("app:secret")], {"client_id": "app"}).method is AuthMethod.BASIC


@pytest.mark.row("TK-11")
@pytest.mark.parametrize("method", list(AuthMethod))
@pytest.mark.parametrize("tried", list(AuthMethod))
def test_only_the_registered_kind_of_method_proves_a_client(method: AuthMethod, tried: AuthMethod) -> None:
    presented = Presented("app", None if tried is AuthMethod.NONE else SECRET, tried)
    if tried is method or {tried, method} == {AuthMethod.BASIC, AuthMethod.POST}:
        assert verify_client(client(method), presented) == client(method)
        return
    with pytest.raises(InvalidClient) as refused:
        verify_client(client(method), presented)
    assert isinstance(refused.value, InvalidBasicClient) is (tried is AuthMethod.BASIC)


@pytest.mark.parametrize("method", [AuthMethod.BASIC, AuthMethod.POST])
@pytest.mark.parametrize("secret", ["", "x", SECRET[:-1], f"{SECRET} ", SECRET.upper(), "\udcff", None])
def test_a_wrong_secret_proves_nothing(method: AuthMethod, secret: str | None) -> None:
    with pytest.raises(InvalidClient):
        verify_client(client(method), Presented("app", secret, method))


@pytest.mark.parametrize("method", list(AuthMethod))
def test_an_unknown_client_is_refused_alike(method: AuthMethod) -> None:
    with pytest.raises(InvalidClient) as refused:
        verify_client(None, Presented("app", SECRET, method))
    assert isinstance(refused.value, InvalidBasicClient) is (method is AuthMethod.BASIC)


def test_a_secret_is_not_in_a_repr() -> None:
    assert SECRET not in repr(Presented("app", SECRET, AuthMethod.POST))


_WORDS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20)


@given(_WORDS, _WORDS)
def test_any_client_encoded_as_the_rfc_says_is_read(client_id: str, secret: str) -> None:
    assert presented_client([encoded(client_id, secret)], {}) == Presented(client_id, secret, AuthMethod.BASIC)


@given(st.text(max_size=40) | st.binary(max_size=40).map(basic))
def test_no_header_is_more_than_refused(header: str) -> None:
    try:
        presented = presented_client([header], {})
    except InvalidBasicClient:
        return
    assert presented.client_id


def test_white_space_around_credentials_is_none_of_them() -> None:
    header = basic("app:secret").replace(" ", "   ")
    assert presented_client([f" {header} "], {}) == Presented("app", "secret", AuthMethod.BASIC)


def test_a_header_has_at_most_4096_characters() -> None:
    credentials = basic("app:" + "s" * 3062).removeprefix("Basic ")
    assert presented_client([f"Basic   {credentials}"], {}).client_id == "app"
    assert len(f"Basic   {credentials}") == 4096
    with pytest.raises(InvalidBasicClient):
        presented_client([f"Basic    {credentials}"], {})


def jwt(claims: Any) -> str:
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return f"e30.{base64.urlsafe_b64encode(payload).decode().rstrip('=')}.c2lnbmVk"


def asserted(assertion: str, **more: str) -> dict[str, str]:
    return {"client_assertion": assertion, "client_assertion_type": ASSERTION_TYPE} | more


@pytest.mark.parametrize("subject", ["a", "ap", "app", "https://app.example/client.json", "?>~\u00ff"])
def test_an_assertion_says_whom_it_is_about(subject: str) -> None:
    text = jwt({"sub": subject})
    for form in (asserted(text), asserted(text, client_id=subject)):
        assert presented_client([], form) == Presented(subject, text, AuthMethod.PRIVATE_KEY_JWT)


def test_an_assertion_about_another_client_is_refused() -> None:
    with pytest.raises(InvalidClient, match="differs"):
        presented_client([], asserted(jwt({"sub": "app"}), client_id="another"))


@pytest.mark.row("TK-10")
@pytest.mark.parametrize("name", ["client_secret", "client_assertion", "client_assertion_type"])
def test_nothing_else_goes_with_a_header(name: str) -> None:
    with pytest.raises(InvalidRequest, match="two ways"):
        presented_client([basic("app:secret")], {name: "x"})


@pytest.mark.row("TK-10")
def test_an_assertion_goes_with_no_secret() -> None:
    with pytest.raises(InvalidRequest, match="two ways"):
        presented_client([], asserted(jwt({"sub": "app"}), client_secret="x"))


@pytest.mark.parametrize(
    "form",
    [
        {"client_assertion": jwt({"sub": "app"})},
        {"client_assertion_type": ASSERTION_TYPE},
        {"client_assertion_type": ASSERTION_TYPE, "client_id": "app"},
        asserted(jwt({"sub": "app"})) | {"client_assertion_type": ASSERTION_TYPE.upper()},
        asserted(""),
        asserted(jwt({"sub": "a" * 4096})),
    ],
)
def test_an_assertion_comes_with_its_type(form: dict[str, str]) -> None:
    with pytest.raises(InvalidClient, match="kind"):
        presented_client([], form)


def test_an_assertion_has_at_most_4096_characters() -> None:
    text = jwt({"sub": "app"})
    longest = text + "s" * (4096 - len(text))
    assert presented_client([], asserted(longest)).client_id == "app"
    with pytest.raises(InvalidClient, match="kind"):
        presented_client([], asserted(longest + "s"))


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "e30",
        "e30.%%%.x",
        "e30.\u00e9.x",
        jwt({"sub": "app"}).replace(".", ".%%%%", 1),
        jwt(b"{"),
        jwt(b'{"sub":"a","sub":"b"}'),
    ],
)
def test_a_text_that_is_no_signed_jwt_is_refused(text: str) -> None:
    with pytest.raises(InvalidClient, match="not a signed JWT"):
        presented_client([], asserted(text))


@pytest.mark.parametrize("claims", [{}, [], None, "app", {"sub": 1}, {"sub": ""}, {"sub": ["app"]}, {"iss": "app"}])
def test_an_assertion_about_nobody_is_refused(claims: Any) -> None:
    with pytest.raises(InvalidClient, match="not about a client"):
        presented_client([], asserted(jwt(claims)))
