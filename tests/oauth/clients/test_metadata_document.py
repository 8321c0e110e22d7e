"""Draft client-id-metadata-document §4.1: what a client may publish about itself."""

import json
from dataclasses import fields, replace
from typing import Any

import pytest

from mailconnect.oauth.clients.client import AuthMethod, Client
from mailconnect.oauth.clients.metadata_document import LIFETIME, InvalidDocument, client_of_document
from mailconnect.oauth.consent import NO_CLIENT
from tests.oauth.clients.test_key_set import EC

NOW = 1_800_000_000
URL = "https://app.example/client.json"
REDIRECT_URI = "https://app.example/cb"
DOCUMENT = {"client_id": URL, "client_name": "App", "redirect_uris": [REDIRECT_URI]}


def published(**members: Any) -> Client:
    return client_of_document(URL, json.dumps(DOCUMENT | members).encode(), "mail.example", NOW)


def test_a_document_makes_a_client_that_has_proven_its_host() -> None:
    client = published(client_uri="https://app.example/")
    assert (client.id, client.name, client.redirect_uris) == (URL, "App", (REDIRECT_URI,))
    assert client.auth_method is AuthMethod.NONE
    assert client.secret_hash is None
    assert client.verified_host == "app.example"
    assert (client.created_at, client.expires_at) == (NOW, NOW + LIFETIME)
    assert (client.jwks, client.jwks_uri, client.other_auth_methods) == (None, None, None)


def test_a_client_that_names_no_grant_types_may_refresh() -> None:
    assert published().grant_types == ("authorization_code", "refresh_token")
    assert published(grant_types=["authorization_code"]).grant_types == ("authorization_code",)


@pytest.mark.row("CI-11")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"<html></html>",
        b"\xef\xbb\xbf" + json.dumps(DOCUMENT).encode(),
        json.dumps(DOCUMENT).encode()[:-1] + b', "client_name": "Another"}',
        b"[" * 5000,
    ],
)
def test_a_body_that_is_no_json_object_that_all_read_alike_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidDocument):
        client_of_document(URL, body, "mail.example", NOW)


@pytest.mark.row("CI-11")
@pytest.mark.parametrize("client_id", [None, "", URL + "/", URL.upper(), "https://app.example:443/client.json", [URL]])
def test_a_document_is_about_the_address_it_is_at(client_id: object) -> None:
    with pytest.raises(InvalidDocument, match="address"):
        published(client_id=client_id)
    with pytest.raises(InvalidDocument, match="address"):
        client_of_document(URL, json.dumps({"redirect_uris": [REDIRECT_URI]}).encode(), "mail.example", NOW)


@pytest.mark.row("CI-13")
@pytest.mark.parametrize(
    "members",
    [
        {"client_secret": "s"},
        {"client_secret": None},
        {"client_secret_expires_at": 0},
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"token_endpoint_auth_method": "client_secret_post"},
        {"token_endpoint_auth_method": "client_secret_jwt"},
        {"token_endpoint_auth_methods_supported": ["none", "client_secret_post"]},
        {"jwks": {"keys": [EC | {"d": "AQAB"}]}},
        {"jwks": {"keys": [{"kty": "oct", "k": "AQAB"}]}},
    ],
)
def test_a_document_holds_no_secret_and_goes_with_none(members: dict[str, Any]) -> None:
    with pytest.raises(InvalidDocument):
        published(**members)


@pytest.mark.row("CI-14")
@pytest.mark.parametrize(
    "uris",
    [None, [], [1], [REDIRECT_URI, 1], ["javascript:alert(1)"], ["http://app.example/cb", "https://app.example/#"]],
)
def test_a_document_without_a_safe_redirect_uri_is_refused(uris: object) -> None:
    with pytest.raises(InvalidDocument):
        published(redirect_uris=uris)


@pytest.mark.row("CI-14")
def test_an_unsafe_redirect_uri_beside_a_safe_one_is_left_out() -> None:
    uris = ["javascript:alert(1)", REDIRECT_URI, "http://app.example/cb"]
    assert published(redirect_uris=uris).redirect_uris == (REDIRECT_URI,)


def test_chatgpt_names_one_method_and_lists_another_that_we_take() -> None:
    client = published(
        token_endpoint_auth_method="private_key_jwt", token_endpoint_auth_methods_supported=["none", "private_key_jwt"]
    )
    assert client.auth_method is AuthMethod.NONE


@pytest.mark.parametrize(
    ("keys", "kept"),
    [
        ({"jwks": {"keys": [EC]}}, (json.dumps({"keys": [EC]}), None)),
        ({"jwks_uri": "https://app.example/keys.json"}, (None, "https://app.example/keys.json")),
    ],
)
def test_a_client_that_can_sign_may_by_the_keys_it_publishes(keys: dict[str, Any], kept: tuple[str, str]) -> None:
    signing = published(**keys, token_endpoint_auth_method="private_key_jwt")
    assert (signing.jwks, signing.jwks_uri) == kept
    assert (signing.auth_method, signing.other_auth_methods) == (AuthMethod.PRIVATE_KEY_JWT, None)
    either = published(**keys, token_endpoint_auth_methods_supported=["none", "private_key_jwt"])
    assert (either.jwks, either.jwks_uri) == kept
    assert (either.auth_method, either.other_auth_methods) == (AuthMethod.NONE, (AuthMethod.PRIVATE_KEY_JWT,))


def test_keys_that_no_method_uses_are_looked_at_and_not_kept() -> None:
    client = published(jwks={"keys": [EC]})
    assert (client.auth_method, client.jwks) == (AuthMethod.NONE, None)


@pytest.mark.row("CI-17")
def test_keys_are_not_published_at_our_own_address() -> None:
    with pytest.raises(InvalidDocument, match="jwks_uri"):
        published(token_endpoint_auth_method="private_key_jwt", jwks_uri="https://mail.example/keys.json")


@pytest.mark.parametrize(
    "members",
    [
        {"token_endpoint_auth_method": "tls_client_auth"},
        {"token_endpoint_auth_method": ["none"]},
        {"token_endpoint_auth_method": 1},
        {"token_endpoint_auth_methods_supported": "none"},
        {"token_endpoint_auth_methods_supported": [None]},
        {"grant_types": ["implicit"]},
        {"client_name": 1},
        {"logo_uri": "javascript:alert(1)"},
        {"jwks_uri": "file:///etc/passwd"},
    ],
)
def test_a_member_that_would_be_refused_in_a_registration_is_refused_here(members: dict[str, Any]) -> None:
    with pytest.raises(InvalidDocument) as refused:
        published(**members)
    assert str(refused.value).isascii()


def test_more_redirect_uris_than_in_a_registration_are_taken() -> None:
    uris = [f"{REDIRECT_URI}/{number}" for number in range(50)]
    assert len(published(redirect_uris=uris).redirect_uris) == 50
    with pytest.raises(InvalidDocument):
        published(redirect_uris=[*uris, REDIRECT_URI])


def test_every_member_that_a_person_is_shown_or_a_code_depends_on_is_in_the_digest() -> None:
    first = published()
    assert first.digest() == client_of_document(URL, json.dumps(DOCUMENT).encode(), "mail.example", NOW + 5).digest()
    for members in (
        {"client_name": "B"},
        {"redirect_uris": ["https://b.example/"]},
        {"client_uri": "https://b.example"},
    ):
        assert published(**members).digest() != first.digest()
    assert published(grant_types=["authorization_code"]).digest() != first.digest()
    assert len(first.digest()) == len(NO_CLIENT)


OURS = {"created_at", "expires_at", "secret_hash", "registration_hash"}
"""What this server gives a client. All else the client says of itself."""


def test_each_thing_that_a_client_says_of_itself_is_in_the_digest_and_nothing_else_is() -> None:
    first = published()
    for name in (field.name for field in fields(Client)):
        other: Any = 1 if name.endswith("_at") else ("x",)
        assert (replace(first, **{name: other}).digest() == first.digest()) is (name in OURS), name
