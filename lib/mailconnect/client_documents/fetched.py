"""The result of a fetch, or the reason why it failed. A module that needs only these imports no HTTP client."""

from dataclasses import dataclass, field


class NotFetched(Exception):
    """The reason is a word of ours, never text from the network."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Fetched:
    """Header names are in lower case."""

    body: bytes = field(repr=False)
    headers: tuple[tuple[str, str], ...]
