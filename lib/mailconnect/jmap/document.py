"""Reads JSON that a provider sent: what comes out is of the expected shape, or else UnexpectedAnswer is raised."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeVar

from msgspec import Meta, Raw, ValidationError
from msgspec.json import Decoder

from mailconnect.encoding import fast_json
from mailconnect.mail.errors import UnexpectedAnswer

LONGEST_TEXT = 1024
LARGEST_INT = 2**53 - 1  # RFC 8620 §1.3
_LONGEST_ID = 255  # RFC 8620 §1.2

Text = Annotated[str, Meta(max_length=LONGEST_TEXT)]
Count = Annotated[int, Meta(ge=0, le=LARGEST_INT)]
"""An UnsignedInt (RFC 8620 §1.3)."""
Id = Annotated[str, Meta(min_length=1, max_length=_LONGEST_ID)]
"""RFC 8620 §1.2, where `visible` has seen its characters too."""

_T = TypeVar("_T")


def decode(body: bytes) -> Any:
    try:
        return fast_json.decode(body)
    except ValueError:
        raise UnexpectedAnswer("the body is not JSON") from None


def decode_as(decoder: Decoder[_T], body: bytes | Raw) -> _T:
    """What is not of this shape is told by its place and type, never by its value."""
    try:
        return fast_json.decode_as(decoder, body)
    except ValidationError as error:
        raise UnexpectedAnswer(str(error)) from None
    except ValueError:
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
    if not isinstance(value, str) or not 1 <= len(value) <= _LONGEST_ID or not visible((value,)):
        raise UnexpectedAnswer(f"{what} is not an id")
    return value


def flag(value: Any, what: str) -> bool:
    if not isinstance(value, bool):
        raise UnexpectedAnswer(f"{what} is not a boolean")
    return value
