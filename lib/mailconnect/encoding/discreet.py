"""A record whose repr says what it is, and not what is in it."""

from typing import Any

from msgspec import Struct


class Discreet(Struct, frozen=True):
    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """A Struct has one of its own, which tells everything where rich prints a traceback."""
        return []
