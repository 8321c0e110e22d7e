"""How long things live, in seconds."""

from dataclasses import dataclass

CODE_RETRY_WINDOW = 3
"""A code presented again this soon is two tabs or a double click; later it is a replay."""

EXPIRY_LEEWAY = 2
"""An access token is honoured a little longer than announced: clients count from the response's arrival."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    code: int = 60
    access: int = 3600
    refresh_idle: int = 90 * 86_400
    grant: int = 365 * 86_400
    refresh_grace: int = 300
