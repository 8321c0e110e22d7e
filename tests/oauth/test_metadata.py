"""RFC 8414 §2 and RFC 9728 §2: what we say of ourselves."""

from lib.oauth.metadata import authorization_server_metadata, protected_resource_metadata

ISSUER = "https://mail.example"
SERVER = authorization_server_metadata(ISSUER, client_documents=True)
RESOURCE = protected_resource_metadata(ISSUER, f"{ISSUER}/mcp", "A mailbox")


def test_md_02_only_what_works_is_advertised() -> None:
    assert SERVER["response_types_supported"] == ["code"]
    assert SERVER["response_modes_supported"] == ["query"]
    assert SERVER["grant_types_supported"] == ["authorization_code", "refresh_token"]
    assert SERVER["code_challenge_methods_supported"] == ["S256"]
    assert SERVER["authorization_response_iss_parameter_supported"] is True
    assert SERVER["token_endpoint_auth_methods_supported"] == [
        "none",
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
    ]
    assert SERVER["revocation_endpoint_auth_methods_supported"] == SERVER["token_endpoint_auth_methods_supported"]


def test_in_01_introspection_is_not_advertised() -> None:
    assert not [name for name in SERVER if name.startswith("introspection")]


def test_every_address_is_one_of_ours() -> None:
    addresses = [SERVER[name] for name in SERVER if name.endswith(("_endpoint", "_uri")) or name.startswith("service_")]
    assert len(addresses) == 6
    assert all(address.startswith(f"{ISSUER}/") for address in addresses)


def test_the_resource_names_its_authorization_server_and_takes_tokens_in_the_header_alone() -> None:
    assert SERVER["issuer"] == ISSUER
    assert RESOURCE["authorization_servers"] == [ISSUER]
    assert RESOURCE["resource"] == f"{ISSUER}/mcp"
    assert RESOURCE["bearer_methods_supported"] == ["header"]
    assert RESOURCE["scopes_supported"] == SERVER["scopes_supported"] == ["mailboxes:read", "session:read"]
    assert RESOURCE["resource_name"] == "A mailbox"
