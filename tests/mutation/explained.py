"""What is mutated, and why some mutants survive: rooms.toml and survivors.toml."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent


class Change(NamedTuple):
    """Lines of a module, and what mutmut made of them."""

    module: str
    was: str
    becomes: str


@dataclass(frozen=True)
class Room:
    modules: list[str]
    tests: list[str]
    without: list[str]
    proven: bool


@dataclass(frozen=True)
class Explanation:
    module: str
    was: str
    becomes: list[str]
    why: str

    @property
    def changes(self) -> list[Change]:
        return [Change(self.module, self.was, becomes) for becomes in self.becomes]


def rooms() -> list[Room]:
    found: list[Room] = []
    taken: set[str] = set()
    for room in tomllib.loads((HERE / "rooms.toml").read_text("utf-8"))["room"]:
        paths = (path for pattern in room["modules"] for path in ROOT.glob(pattern) if path.stat().st_size)
        modules = sorted({str(path.relative_to(ROOT)) for path in paths} - taken)
        taken |= set(modules)
        found.append(Room(modules, room["tests"], room.get("without", []), room.get("proven", True)))
    return found


def explanations() -> list[Explanation]:
    return [Explanation(**entry) for entry in tomllib.loads((HERE / "survivors.toml").read_text("utf-8"))["survivor"]]
