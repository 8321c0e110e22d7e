"""The sandbox's own metadata (RFC 8414, RFC 9728)."""

from typing import Any

from mailconnect.sandbox.oauth.scopes import NEW, NEW_CALENDARS, NEW_CONTACTS, NEW_MAIL, OFFLINE
from mailconnect.sandbox.settings import Settings

RESOURCE_PATH = "/.well-known/oauth-protected-resource/jmap/session"


def authorization_server(settings: Settings) -> dict[str, Any]:
    issuer = settings.issuer
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        # the one endpoint for both grants, whatever its name suggests
        "token_endpoint": f"{issuer}/oauth/refresh",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "registration_endpoint": f"{issuer}/oauth/register",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "authorization_response_iss_parameter_supported": True,
        "scopes_supported": sorted(NEW),
    }


def protected_resource(settings: Settings) -> dict[str, Any]:
    return {
        "resource": settings.session_url,
        "authorization_servers": [settings.issuer],
        "bearer_methods_supported": ["header"],
        "scopes_supported": [NEW_MAIL, NEW_CONTACTS, NEW_CALENDARS, OFFLINE],
    }


def resource_metadata_url(settings: Settings) -> str:
    return f"{settings.issuer}{RESOURCE_PATH}"
