"""What of a function's words Lambda sends to CloudWatch (Developer Guide, "Log-level filtering")."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_OF_PYTHON = {"WARNING": "WARN", "CRITICAL": "FATAL"}
"""Its runtime client says so beside each frame that it writes."""


def sent(lines: Iterable[str], least: str) -> Iterator[dict[str, Any]]:
    """The lines of level `least` and above. A line that is no JSON object is sent as the `message` of one."""
    for line in lines:
        said = _object(line)
        if LEVELS.index(level_of(said)) >= LEVELS.index(least):
            yield said


def level_of(said: dict[str, Any]) -> str:
    """INFO where a line does not say it, or has no valid time."""
    named = str(said.get("level")).upper()
    level = _OF_PYTHON.get(named, named)
    try:
        known = level in LEVELS and datetime.fromisoformat(str(said.get("timestamp"))).tzinfo is not None
    except ValueError:
        known = False
    return level if known else "INFO"


def _object(line: str) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except ValueError:
        said = None
    return said if isinstance(said, dict) else {"message": line}
