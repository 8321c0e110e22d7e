"""RFC 6749 §2.3: by no secret, HTTP Basic or the form, and only by the one method that was registered."""

import base64
import hashlib
from collections.abc import Sequence
from urllib.parse import quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.oauth.client import AuthMethod, Client
from lib.oauth.client_authentication import InvalidBasicClient, Presented, presented_client, verify_client
from lib.oauth.errors import InvalidClient, InvalidRequest

quick = settings(derandomize=True, database=None, deadline=None, max_examples=100)

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


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC", "bAsIc"])
def test_tk_09_the_scheme_is_case_insensitive(scheme: str) -> None:
    assert presented_client([basic("app:secret", scheme)], {}) == Presented("app", "secret", AuthMethod.BASIC)


def test_tk_09_both_halves_are_form_encoded_before_they_are_joined() -> None:
    """RFC 6749 §2.3.1."""
    assert presented_client([encoded("a:p p", SECRET)], {}) == Presented("a:p p", SECRET, AuthMethod.BASIC)


def test_a_secret_may_hold_a_colon() -> None:
    assert presented_client([basic("app:a:b")], {}).secret == "a:b"


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
def test_tk_09_what_cannot_be_decoded_is_an_invalid_client_with_a_basic_challenge(header: str) -> None:
    with pytest.raises(InvalidBasicClient):
        presented_client([header], {})


def test_a_request_without_a_client_is_an_invalid_client() -> None:
    with pytest.raises(InvalidClient) as refused:
        presented_client([], {})
    assert not isinstance(refused.value, InvalidBasicClient)


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
def test_tk_10_two_ways_at_once_are_an_invalid_request(headers: Sequence[str], form: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest):
        presented_client(headers, form)


def test_the_id_may_be_in_the_form_beside_the_header() -> None:
    assert presented_client([basic("app:secret")], {"client_id": "app"}).method is AuthMethod.BASIC


@pytest.mark.parametrize("method", list(AuthMethod))
@pytest.mark.parametrize("tried", list(AuthMethod))
def test_tk_11_only_the_registered_method_proves_a_client(method: AuthMethod, tried: AuthMethod) -> None:
    presented = Presented("app", None if tried is AuthMethod.NONE else SECRET, tried)
    if tried is method:
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


@quick
@given(_WORDS, _WORDS)
def test_whatever_is_encoded_as_the_rfc_says_is_read_so(client_id: str, secret: str) -> None:
    assert presented_client([encoded(client_id, secret)], {}) == Presented(client_id, secret, AuthMethod.BASIC)


@quick
@given(st.text(max_size=40) | st.binary(max_size=40).map(basic))
def test_no_header_is_more_than_refused(header: str) -> None:
    try:
        presented = presented_client([header], {})
    except InvalidBasicClient:
        return
    assert presented.client_id
