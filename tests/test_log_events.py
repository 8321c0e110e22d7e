"""docs/operations.md explains every event that the log can hold: with an alarm, or without one."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from mailconnect.store.audit import What

PROJECT = Path(__file__).parents[1]
DOCUMENT = (PROJECT / "docs" / "operations.md").read_text()

WITHOUT_A_CALL = {"fault"}
"""Written by mailconnect.log itself."""
NAMED_OTHERWISE = {
    "errors",
    "throttles",
    "server errors",
    "client errors",
    "log flood",
    "slow",
    "sweep silent",
    "replay",
}
"""Alarms on what AWS counts, or on some events of a kind."""


def modules() -> Iterator[ast.Module]:
    for folder in ("lib", "handlers"):
        for path in (PROJECT / folder).rglob("*.py"):
            yield ast.parse(path.read_text())


def recorded() -> set[str]:
    """The first arguments of log.record: a text, or a member of What."""
    found = set()
    for call in (node for module in modules() for node in ast.walk(module) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Attribute) and ast.unparse(call.func) == "log.record":
            match call.args[0]:
                case ast.Constant(value=str(event)):
                    found.add(event)
                case other:
                    assert ast.unparse(other) in {"what", "What.ERASURE_REQUESTED"}
    return found | {*What} | WITHOUT_A_CALL


def rows(heading: str) -> list[str]:
    section = DOCUMENT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([a-z_ ]+)` \|", section, re.MULTILINE)


def test_every_event_has_an_alarm_or_an_explanation_and_nothing_else_has() -> None:
    explained = [*rows("What the log says"), *(set(rows("Alarms")) - NAMED_OTHERWISE)]
    assert sorted(explained) == sorted(recorded())
