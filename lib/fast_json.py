"""JSON by orjson where that is installed, which is on one machine; elsewhere, and for what orjson refuses, by json.

On Lambda its import costs more than it saves there. Both write and read the same (docs/performance.md has the figures).
"""

import json
from typing import Any, NoReturn

try:
    import orjson
except ImportError:
    orjson = None  # type: ignore[assignment]


def encode(value: Any) -> bytes:
    """Compact, in UTF-8. A lone surrogate, which a mailbox's name may hold, becomes the replacement character."""
    if orjson is not None:
        try:
            return orjson.dumps(value)
        except orjson.JSONEncodeError:
            pass
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def decode(body: bytes) -> Any:
    """Raises ValueError; also for bytes that are no UTF-8, absurd nesting, and integers of thousands of digits."""
    if orjson is not None:
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:  # what json takes, such as half a surrogate pair in a name, is not lost
            pass
    try:
        return json.loads(body.decode(), parse_constant=_refuse)
    except RecursionError:
        raise ValueError("too deep") from None


def _refuse(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")
