"""A line of the log as Lambda reads it: a line without level and time counts as INFO, whatever it tells of.

AWS Lambda Developer Guide, "Log-level filtering": `level`, and `timestamp` as in RFC 3339.
"""

import json
import logging
from datetime import UTC, datetime

_LEVELS = {"WARNING": "WARN", "CRITICAL": "FATAL"}
"""Lambda's names, where Python has others."""


class LambdaLine(logging.Formatter):
    """A message that is JSON stays as it is; any other text becomes a JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = record.getMessage()
        members = said[1:] if said.startswith("{") else f'"message": {json.dumps(said)}}}'
        level = _LEVELS.get(record.levelname, record.levelname)
        return f'{{"timestamp": "{at}", "level": "{level}", {members}'
