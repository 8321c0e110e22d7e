"""RFC 7591 §2: a client that signs has `jwks` or `jwks_uri`, and one of the two."""

import json
from typing import Any

import pytest

from mailconnect.oauth.clients.keys import keys_of
from mailconnect.oauth.errors import InvalidClientMetadata
from tests.oauth.clients.test_key_set import EC, RSA

OWN_HOST = "mail.example"
KEYS_AT = "https://app.example/keys.json"


def test_a_key_set_is_kept_as_it_was_checked() -> None:
    kept, address = keys_of({"keys": [EC | {"ext": True}]}, None, OWN_HOST)
    assert json.loads(kept or "") == {"keys": [EC]}
    assert address is None


def test_of_keys_that_are_elsewhere_the_address_is_kept() -> None:
    assert keys_of(None, KEYS_AT, OWN_HOST) == (None, KEYS_AT)


@pytest.mark.row("RG-18")
@pytest.mark.parametrize(("jwks", "jwks_uri"), [(None, None), ({"keys": [RSA]}, KEYS_AT)])
def test_neither_and_both_of_jwks_and_jwks_uri_are_refused(jwks: Any, jwks_uri: str | None) -> None:
    with pytest.raises(InvalidClientMetadata, match="either jwks or jwks_uri"):
        keys_of(jwks, jwks_uri, OWN_HOST)


@pytest.mark.parametrize("address", ["http://app.example/keys.json", f"https://{OWN_HOST}/keys.json"])
def test_an_address_that_nothing_is_fetched_from_is_refused(address: str) -> None:
    with pytest.raises(InvalidClientMetadata, match="not an address"):
        keys_of(None, address, OWN_HOST)


def test_where_nothing_is_fetched_keys_are_sent() -> None:
    with pytest.raises(InvalidClientMetadata, match="send jwks"):
        keys_of(None, KEYS_AT, None)
    assert keys_of({"keys": [EC]}, None, None)
