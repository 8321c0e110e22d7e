"""RFC 8414 §2 and RFC 9728 §2: our own metadata."""

from typing import Any

import pytest

from mailconnect.oauth.metadata import authorization_server_metadata, protected_resource_metadata
from mailconnect.oauth.scopes import SCOPES

ISSUER = "https://mail.example"


def server() -> dict[str, Any]:
    return authorization_server_metadata(ISSUER, client_documents=True)


def resource() -> dict[str, Any]:
    return protected_resource_metadata(ISSUER, f"{ISSUER}/mcp", "A mailbox")


@pytest.mark.row("MD-02")
def test_only_what_works_is_advertised() -> None:
    methods = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]
    algorithms = ["RS256", "ES256", "Ed25519", "EdDSA"]
    assert server() == {
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/authorize",
        "token_endpoint": f"{ISSUER}/token",
        "registration_endpoint": f"{ISSUER}/register",
        "revocation_endpoint": f"{ISSUER}/revoke",
        "scopes_supported": sorted(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "client_id_metadata_document_supported": True,
        "service_documentation": f"{ISSUER}/connect",
        "op_policy_uri": f"{ISSUER}/privacy",
    }


@pytest.mark.row("IN-01")
def test_introspection_is_not_advertised() -> None:
    assert not [name for name in server() if name.startswith("introspection")]


def test_every_address_is_one_of_ours() -> None:
    said = server()
    addresses = [said[name] for name in said if name.endswith(("_endpoint", "_uri")) or name.startswith("service_")]
    assert len(addresses) == 6
    assert all(address.startswith(f"{ISSUER}/") for address in addresses)


def test_the_resource_names_its_authorization_server_and_takes_tokens_in_the_header_alone() -> None:
    assert resource() == {
        "resource": f"{ISSUER}/mcp",
        "authorization_servers": [ISSUER],
        "scopes_supported": sorted(SCOPES),
        "bearer_methods_supported": ["header"],
        "resource_name": "A mailbox",
        "resource_documentation": f"{ISSUER}/connect",
        "resource_policy_uri": f"{ISSUER}/privacy",
    }
