"""Reads JSON that a provider sent: what comes out is of the expected shape, or else UnexpectedAnswer is raised."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from msgspec import DecodeError, Raw, ValidationError
from msgspec.json import Decoder

from mailconnect.encoding import fast_json
from mailconnect.mail.bounds import LONGEST_ID, LONGEST_TEXT
from mailconnect.mail.errors import UnexpectedAnswer

_T = TypeVar("_T")

BOM = b"\xef\xbb\xbf"
"""RFC 8259 §8.1 lets a reader skip it."""


def decode(body: bytes) -> Any:
    try:
        return fast_json.decode(body.removeprefix(BOM))
    except ValueError:
        raise UnexpectedAnswer("the body is not JSON") from None


def decode_as(decoder: Decoder[_T], body: bytes | Raw) -> _T:
    """What is not of this shape is told by its place and type, never by its value."""
    try:
        try:
            return decoder.decode(body)
        except ValidationError:
            raise
        except DecodeError:
            return decoder.decode(fast_json.as_msgspec_reads_it(bytes(body)))
    except ValidationError as error:
        raise UnexpectedAnswer(str(error)) from None
    except (ValueError, RecursionError):
        raise UnexpectedAnswer("the body is not JSON") from None


def visible(ids: Iterable[str]) -> bool:
    """Whether these are written in visible characters alone: leniently, for servers exist whose ids have more of them
    than RFC 8620 §1.2 allows. All at once, because an account has up to thousands of mailboxes."""
    together = "".join(ids)
    return together.isascii() and together.isprintable() and " " not in together


def mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise UnexpectedAnswer(f"{what} is not an object")
    return value


def text(value: Any, what: str, *, longest: int = LONGEST_TEXT) -> str:
    if not isinstance(value, str):
        raise UnexpectedAnswer(f"{what} is not a string")
    if len(value) > longest:
        raise UnexpectedAnswer(f"{what} is longer than {longest} characters")
    return value


def identifier(value: Any, what: str) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_ID or not visible((value,)):
        raise UnexpectedAnswer(f"{what} is not an id")
    return value


def flag(value: Any, what: str) -> bool:
    if not isinstance(value, bool):
        raise UnexpectedAnswer(f"{what} is not a boolean")
    return value
