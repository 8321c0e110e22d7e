"""The errors of the authorization server.

OAuthError                        JSON at /register, /token, /revoke; `code` goes on the wire
├── InvalidRequest                RFC 6749 §5.2
├── InvalidClient                 §5.2, 401
│   ├── InvalidBasicClient        in mailconnect.oauth.clients.authentication
│   └── KeyUnknown                a signature by none of the client's keys that are known
├── InvalidGrant                  §5.2
├── UnauthorizedClient            §5.2
├── UnsupportedGrantType          §5.2
├── InvalidScope                  §5.2
├── InvalidTarget                 RFC 8707 §2
├── InvalidRedirectUri            RFC 7591 §3.2.2
├── InvalidClientMetadata         RFC 7591 §3.2.2
└── TemporarilyUnavailable        503 and Retry-After: nothing was decided
    ├── SwitchedOff               by the operator, for now
    └── TooManyRequests           RFC 6585 §4, 429
AuthorizationError                at /authorize: shown on our own page, nothing is redirected; `code` is for programs
├── UnknownClient                 nobody registered it, or its registration has expired
├── UnknownRedirectUri            not one that the client registered
└── RedirectableError             the redirect URI is the client's; the client may be told `code` (RFC 6749 §4.1.2.1)
"""

from typing import ClassVar


class OAuthError(Exception):
    """`description` goes on the wire, so it is plain ASCII and repeats nothing the client sent."""

    code: ClassVar[str]
    status: ClassVar[int] = 400

    def __init__(self, description: str) -> None:
        super().__init__(description)
        self.description = description


class InvalidRequest(OAuthError):
    code = "invalid_request"


class InvalidClient(OAuthError):
    code = "invalid_client"
    status = 401


class KeyUnknown(InvalidClient):
    """The keys may have changed since they were read."""


class InvalidGrant(OAuthError):
    code = "invalid_grant"


class UnauthorizedClient(OAuthError):
    code = "unauthorized_client"


class UnsupportedGrantType(OAuthError):
    code = "unsupported_grant_type"


class InvalidScope(OAuthError):
    code = "invalid_scope"


class InvalidTarget(OAuthError):
    code = "invalid_target"


class InvalidRedirectUri(OAuthError):
    code = "invalid_redirect_uri"


class InvalidClientMetadata(OAuthError):
    code = "invalid_client_metadata"


class TemporarilyUnavailable(OAuthError):
    """`retry_after`: seconds."""

    code = "temporarily_unavailable"
    status = 503

    def __init__(self, description: str, retry_after: int) -> None:
        super().__init__(description)
        self.retry_after = retry_after


class SwitchedOff(TemporarilyUnavailable):
    def __init__(self, description: str) -> None:
        super().__init__(description, retry_after=300)


class TooManyRequests(TemporarilyUnavailable):
    status = 429


class AuthorizationError(Exception):
    """The owner sees `sentence` on our page. The redirect URI is not known to be the client's, so it is not used.

    `details` is what the client's makers must mend, where the owner can do nothing. `code` is for a program that asks
    for JSON.
    """

    code = "invalid_request"

    def __init__(self, sentence: str, details: str = "") -> None:
        super().__init__(f"{sentence} {details}".rstrip())
        self.sentence = sentence
        self.details = details


class UnknownClient(AuthorizationError):
    """The client learns from `code` that it must register again."""

    code = "invalid_client"


class UnknownRedirectUri(AuthorizationError):
    code = "invalid_redirect_uri"


class RedirectableError(AuthorizationError):
    def __init__(self, code: str, sentence: str, *, redirect_uri: str, state: str | None, details: str = "") -> None:
        super().__init__(sentence, details)
        self.code = code
        self.redirect_uri = redirect_uri
        self.state = state
