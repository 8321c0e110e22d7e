"""Reads the list of objects that a /get gives, one by one: an odd one harms only itself (RFC 8620 §5.1)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from msgspec import Raw

from mailconnect import log
from mailconnect.encoding import fast_json
from mailconnect.jmap.response import mapping, visible
from mailconnect.mail.bounds import LARGEST_INT, LONGEST_ID, LONGEST_TEXT
from mailconnect.mail.errors import UnexpectedAnswer

_T = TypeVar("_T")


def fields_of(arguments: bytes | Raw) -> Mapping[str, Any]:
    """Raises UnexpectedAnswer where it is no JSON object."""
    try:
        return mapping(fast_json.decode(bytes(arguments)), "a response")
    except ValueError:
        raise UnexpectedAnswer("a response is not JSON") from None


def read_list(
    kind: str, fields: Mapping[str, Any], read: Callable[[Mapping[str, Any]], _T | None], *, maximum: int
) -> tuple[list[_T], int]:
    """Of a /get's response, what `read` makes of each object of that `kind`, and how many it could not read (None).

    Raises UnexpectedAnswer where `list` is no list, or has more than `maximum` objects.
    """
    listed = fields.get("list")
    if not isinstance(listed, list) or len(listed) > maximum:
        raise UnexpectedAnswer("the response has no list, or one that is too long")
    found = [read(one) if isinstance(one, dict) else None for one in listed]
    kept = [one for one in found if one is not None]
    if len(kept) < len(found):
        unreadable_objects(kind, found)
    return kept, len(found) - len(kept)


def unreadable_objects(kind: str, read: Sequence[Any]) -> None:
    """Logs how many objects could not be read (None), and the place of the first: nothing that stands in them."""
    count = sum(one is None for one in read)
    if count:
        log.record("objects_unreadable", kind=kind, count=count, place=f"$.list[{read.index(None)}]")


def ids(value: Any, *, maximum: int) -> list[str]:
    """The readable ids in a list, each once, at most so many; of anything else, none."""
    if not isinstance(value, list):
        return []
    return [*dict.fromkeys(one for one in value if an_id(one))][:maximum]


def an_id(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= LONGEST_ID and visible((value,))


def text(value: Any, *, longest: int = LONGEST_TEXT) -> str:
    """Cut after `longest` characters; empty where it is no text."""
    if not isinstance(value, str):
        return ""
    return value if value.isascii() and len(value) <= longest else fast_json.whole(value[:longest])


def count(value: Any) -> int:
    """0 where it is no UnsignedInt (RFC 8620 §1.3)."""
    if not isinstance(value, int) or isinstance(value, bool):
        return 0
    return min(max(value, 0), LARGEST_INT)


def objects(value: Any, *, maximum: int) -> Sequence[Mapping[str, Any]]:
    """The objects in a list; of anything else, none."""
    return [one for one in value[:maximum] if isinstance(one, dict)] if isinstance(value, list) else []
