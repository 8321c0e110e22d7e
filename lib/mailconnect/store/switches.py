"""Port: what an operator has switched off for now, without a deployment (docs/operations.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Switch(StrEnum):
    """Each is off unless an operator turns it on."""

    NO_REGISTRATIONS = "no_registrations"
    NO_METADATA_DOCUMENTS = "no_metadata_documents"
    NO_NEW_GRANTS = "no_new_grants"
    READ_ONLY = "read_only"


@dataclass(frozen=True, slots=True)
class TurnedOn:
    """`since`: seconds since the epoch."""

    name: str
    since: int


class Switches(Protocol):
    async def turned_on(self) -> Mapping[Switch, int]:
        """Those that are on, and since when. A name that only another version knows is left aside."""

    async def turn_on(self, switch: Switch, now: int) -> None:
        """One that is on stays so, since when it was."""

    async def turn_off(self, switch: Switch) -> None: ...
