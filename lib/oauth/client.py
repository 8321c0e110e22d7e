"""A registered client (RFC 7591 §2), as we keep it."""

from dataclasses import dataclass
from enum import StrEnum


class AuthMethod(StrEnum):
    """How a client proves itself at the token endpoint (RFC 7591 §2)."""

    NONE = "none"
    BASIC = "client_secret_basic"
    POST = "client_secret_post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """`secret_hash` is the hex SHA-256 of a secret of 256 random bits, None for a public client. Times: seconds."""

    id: str
    name: str
    redirect_uris: tuple[str, ...]
    auth_method: AuthMethod
    secret_hash: str | None
    grant_types: tuple[str, ...]
    client_uri: str | None
    created_at: int
    expires_at: int

    @property
    def confidential(self) -> bool:
        return self.auth_method is not AuthMethod.NONE
