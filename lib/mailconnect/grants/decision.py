"""The rules' decision about a presented token: the tokens or the refusal, and the one update that makes it so.

The shell applies `update`; when its conditions no longer hold, someone else changed the grant, and the shell reads it
again and asks the rules again (`mailconnect.store.transition`).
"""

from dataclasses import dataclass, field
from enum import StrEnum

from mailconnect.grants.errors import GrantError
from mailconnect.grants.tokens.token import Token
from mailconnect.grants.update import Update


@dataclass(frozen=True, slots=True)
class TokenPair:
    """`refresh` is None for a client that did not register for refresh tokens."""

    access: Token
    refresh: Token | None
    scope: str
    access_expires_at: int


class Repeat(StrEnum):
    """A rotated refresh token was answered again within its grace time: why its owner is told."""

    BESIDE = "beside"
    ELSEWHERE = "other_network"


@dataclass(frozen=True, slots=True)
class Issued:
    """Tokens to hand out once `update` is applied; a `repeat` has the same pair as before."""

    tokens: TokenPair
    update: Update | None
    repeat: Repeat | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """`update` is what the attempt costs: a replay retires the grant."""

    error: GrantError
    update: Update | None = None


Decision = Issued | Refused
