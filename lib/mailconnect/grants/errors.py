"""Why a grant refuses a token.

    GrantError
    ├── MalformedToken      not of our form, or of another kind
    ├── InvalidToken        an access token that opens nothing (RFC 6750 §3.1 invalid_token)
    ├── InvalidGrant        a code or refresh token that opens nothing (RFC 6749 §5.2 invalid_grant)
    ├── InvalidTarget       a resource other than the grant's (RFC 8707 §2)
    ├── InvalidScope        more than was granted (RFC 6749 §6)
    └── SealBroken          a sealed value that is not what its place says: swapped, cut or forged

`reason` is a word for the log and the history, never for the wire.
"""


class GrantError(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MalformedToken(GrantError):
    """Not one of our tokens."""


class InvalidToken(GrantError):
    """The access token is unknown, expired or ended."""


class InvalidGrant(GrantError):
    """The code or refresh token is unknown, expired, used, ended or another client's."""


class InvalidTarget(GrantError):
    """The resource asked for is not the grant's."""


class InvalidScope(GrantError):
    """The scope asked for exceeds the grant's."""


class SealBroken(GrantError):
    """A sealed value did not open."""
