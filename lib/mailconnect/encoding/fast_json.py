"""JSON by msgspec, which reads into the type that is wanted; what it refuses of what json takes, by json."""

import json
import sys
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from msgspec import DecodeError, Raw, ValidationError, to_builtins
from msgspec.json import Decoder, Encoder

_T = TypeVar("_T")

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
    """Half of a surrogate pair becomes U+FFFD, as it does in all that is written, and that is read by `decode_as`."""
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


def decode_as(decoder: Decoder[_T], body: bytes | Raw) -> _T:
    """Raises ValueError as `decode` does, and msgspec's ValidationError, which is one, for what is of another shape."""
    try:
        try:
            return decoder.decode(body)
        except ValidationError:
            raise
        except DecodeError:
            return decoder.decode(encode(_by_json(bytes(body), parse_float=_bounded)))
    except RecursionError:
        raise ValueError("too deep") from None


def _by_json(body: bytes, *, parse_float: Callable[[str], float]) -> Any:
    """What msgspec refuses and json takes is not lost: half of a surrogate pair in a name, a number out of bounds."""
    return json.loads(body.decode(), parse_constant=_refuse, parse_float=parse_float)


def _bounded(digits: str) -> float:
    """So that it can be written again."""
    return max(-sys.float_info.max, min(float(digits), sys.float_info.max))


def _refuse(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")
