"""The facts that each server's file states about the server."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from bench.tasks.connection import Server
from bench.tasks.ground import Ground
from bench.tasks.tasks import Plan


@dataclass(frozen=True, slots=True)
class Peer:
    """`plans` by a task's key; a task that no tool can do has none. `documents`: where its tools are described."""

    name: str
    version: str
    protocol: str
    documents: tuple[str, ...]
    start: Callable[[Ground], AbstractContextManager[Server]]
    plans: Mapping[str, Plan]
