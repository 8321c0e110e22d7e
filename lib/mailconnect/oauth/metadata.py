"""Our metadata for clients, made from the settings and never from the request (RFC 8414 §2, RFC 9728 §2)."""

from typing import Any

from mailconnect.oauth.clients.client import AuthMethod
from mailconnect.oauth.scopes import SCOPES

AUTHORIZATION_SERVER_PATH = "/.well-known/oauth-authorization-server"
PROTECTED_RESOURCE_PATH = "/.well-known/oauth-protected-resource"

_SIGNING = ["RS256", "ES256", "Ed25519", "EdDSA"]
"""The signature algorithms of private_key_jwt; mailconnect.oauth.clients.assertion verifies the same ones."""


def authorization_server_metadata(issuer: str, *, client_documents: bool) -> dict[str, Any]:
    """`client_documents`: whether the URL of a metadata document is accepted as client id (CIMD draft §5)."""
    methods = [method.value for method in AuthMethod]
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "registration_endpoint": f"{issuer}/register",
        "revocation_endpoint": f"{issuer}/revoke",
        "scopes_supported": sorted(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": _SIGNING,
        "revocation_endpoint_auth_signing_alg_values_supported": _SIGNING,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "client_id_metadata_document_supported": client_documents,
        "service_documentation": f"{issuer}/connect",
        "op_policy_uri": f"{issuer}/privacy",
    }


def protected_resource_metadata(issuer: str, resource: str, name: str) -> dict[str, Any]:
    return {
        "resource": resource,
        "authorization_servers": [issuer],
        "scopes_supported": sorted(SCOPES),
        "bearer_methods_supported": ["header"],
        "resource_name": name,
        "resource_documentation": f"{issuer}/connect",
        "resource_policy_uri": f"{issuer}/privacy",
    }
