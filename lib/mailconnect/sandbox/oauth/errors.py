"""The errors of the sandbox's authorization server (RFC 6749 §4.1.2.1, §5.2; RFC 7591 §3.2.2; RFC 8707 §2).

OAuthError
├── InvalidRequest
├── InvalidClient
├── InvalidGrant
├── UnauthorizedClient
├── UnsupportedGrantType
├── UnsupportedResponseType
├── InvalidScope
├── InvalidTarget
├── AccessDenied
├── InvalidRedirectUri
└── InvalidClientMetadata
Unredirectable        no redirect URI to trust: a page for the person, never a redirect
"""

from typing import Any, ClassVar


class OAuthError(Exception):
    code: ClassVar[str]

    def __init__(self, description: str = "", **members: Any) -> None:
        super().__init__(description)
        self.description = description
        self.members = members

    def document(self) -> dict[str, Any]:
        described = {"error_description": self.description} if self.description else {}
        return {"error": self.code, **described, **self.members}


class InvalidRequest(OAuthError):
    code = "invalid_request"


class InvalidClient(OAuthError):
    code = "invalid_client"


class InvalidGrant(OAuthError):
    code = "invalid_grant"


class UnauthorizedClient(OAuthError):
    code = "unauthorized_client"


class UnsupportedGrantType(OAuthError):
    code = "unsupported_grant_type"


class UnsupportedResponseType(OAuthError):
    code = "unsupported_response_type"


class InvalidScope(OAuthError):
    code = "invalid_scope"


class InvalidTarget(OAuthError):
    code = "invalid_target"


class AccessDenied(OAuthError):
    code = "access_denied"


class InvalidRedirectUri(OAuthError):
    code = "invalid_redirect_uri"


class InvalidClientMetadata(OAuthError):
    code = "invalid_client_metadata"


class Unredirectable(Exception):
    """The client or its redirect URI is missing, unknown or wrong (RFC 6749 §4.1.2.1)."""
