"""JSON by msgspec; what msgspec refuses and json takes, by json."""

import json
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from msgspec import DecodeError, to_builtins
from msgspec.json import Decoder, Encoder

# By Python's own float: msgspec's takes 9 us for the worst of numbers, and a provider may send many.
_decode = Decoder(float_hook=float).decode
_encode = Encoder().encode


def encode(value: Any) -> bytes:
    """Compact, in UTF-8. A lone surrogate becomes the replacement character."""
    try:
        return _encode(value)
    except UnicodeEncodeError:
        text = json.dumps(to_builtins(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return whole(text).encode()


def whole(text: str) -> str:
    """Half of a surrogate pair becomes U+FFFD, as in all that `encode` writes."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def decode(body: bytes) -> Any:
    """Raises ValueError; also for bytes that are no UTF-8, absurd nesting, and integers of thousands of digits."""
    try:
        try:
            return _decode(body)
        except DecodeError:
            return _by_json(body, parse_float=float)
    except RecursionError:
        raise ValueError("too deep") from None


def as_msgspec_reads_it(body: bytes) -> bytes:
    """The same JSON, in a form that msgspec reads: numbers within a float's bounds, no half of a surrogate pair.

    Raises ValueError and RecursionError for what json does not read either.
    """
    return encode(_by_json(body, parse_float=_bounded))


def _by_json(body: bytes, *, parse_float: Callable[[str], float]) -> Any:
    """JSON that msgspec refuses and json takes: half of a surrogate pair in a name, a number out of bounds."""
    return json.loads(body.decode(), parse_constant=_refuse, parse_float=parse_float)


def _bounded(digits: str) -> float:
    """So that it can be written again."""
    return max(-sys.float_info.max, min(float(digits), sys.float_info.max))


def _refuse(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")
