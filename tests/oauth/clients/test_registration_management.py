"""RFC 7592 §2.2: what a client becomes when it replaces what it registered."""

from dataclasses import replace
from typing import Any

import pytest

from mailconnect.oauth.clients.client import Client
from mailconnect.oauth.clients.registration import register
from mailconnect.oauth.clients.registration_lifetime import KEPT_AFTER_GRANT
from mailconnect.oauth.clients.registration_management import replaced, token_hash, with_token
from mailconnect.oauth.errors import InvalidClientMetadata

NOW = 1_800_000_000
DOCUMENT = {"redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "none"}


def entropy(size: int) -> bytes:
    return b"e" * size


def become(client: Client, **members: Any) -> Client:
    document = DOCUMENT | {"client_id": client.id} | members
    return replaced(client, document, own_host="mail.example", entropy=entropy)[0]


@pytest.fixture
def client() -> Client:
    new, _ = with_token(register(DOCUMENT, own_host="mail.example", now=NOW, entropy=entropy)[0], entropy)
    return replace(new, expires_at=NOW + KEPT_AFTER_GRANT)


def test_members_that_the_server_keeps_of_a_registration_are_not_replaced(client: Client) -> None:
    assert become(client) == client
    assert client.registration_hash is not None


@pytest.mark.row("RG-18")
def test_keys_are_not_at_our_own_address_later_either(client: Client) -> None:
    signs = {"token_endpoint_auth_method": "private_key_jwt"}
    with pytest.raises(InvalidClientMetadata, match="jwks_uri"):
        become(client, **signs, jwks_uri="https://mail.example/keys.json")
    assert become(client, **signs, jwks_uri="https://app.example/keys.json").jwks_uri


def test_a_secret_whose_bytes_are_no_characters_has_a_hash_too() -> None:
    assert token_hash("mcm_\udcff") != token_hash("mcm_")
