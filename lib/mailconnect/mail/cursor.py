"""Where the next page of a search begins, bound to that search by a MAC.

A cursor is base64url of: version (1 octet), digest of the search (8), the instant of the first page (5, seconds since
1970), position (4), anchor (the rest), MAC (16). Digest and MAC are HMAC-SHA256 under the caller's key, cut short.
The cursor names the instant, so that `newer_than:7d` means the same on every page.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar

_VERSION = b"\x01"
_DIGEST = 8
_INSTANT = 5
_POSITION = 4
_MAC = 16
_FIXED = len(_VERSION) + _DIGEST + _INSTANT + _POSITION + _MAC
_LONGEST_ANCHOR = 255
_LONGEST = (_FIXED + _LONGEST_ANCHOR) * 4 // 3 + 4


class CursorError(ValueError):
    """CursorError
    ├── UnreadableCursor    not one that write_cursor made under this key
    └── OtherSearch         made for another search

    `text` is for a model.
    """

    text: ClassVar[str] = ""

    def __init__(self) -> None:
        super().__init__(self.text)


class UnreadableCursor(CursorError):
    text = "The cursor is not one that a search returned; pass `nextCursor` unchanged, or search without a cursor."


class OtherSearch(CursorError):
    text = (
        "The cursor belongs to another search; repeat the arguments of the search that returned it, "
        "or search without a cursor."
    )


@dataclass(frozen=True, slots=True)
class Cursor:
    """`asked_at`: when the first page was asked for, in seconds since 1970. `position`: how many hits came before.
    `anchor`: the id of the last one of them, or None."""

    asked_at: int
    position: int
    anchor: str | None = None


def write_cursor(cursor: Cursor, search: Sequence[str], key: bytes) -> str:
    """`search` is all that makes it this search: grant, account, query, mailbox, zone, order.

    Raises ValueError for a cursor out of bounds: a position past 2**32, an anchor past 255 octets (RFC 8620 §1.2).
    """
    anchor = (cursor.anchor or "").encode()
    if len(anchor) > _LONGEST_ANCHOR:
        raise ValueError("an anchor of more than 255 octets")
    try:
        instant = cursor.asked_at.to_bytes(_INSTANT, "big")
        position = cursor.position.to_bytes(_POSITION, "big")
    except OverflowError as error:
        raise ValueError("a cursor out of bounds") from error
    said = _VERSION + _digest(search, key) + instant + position + anchor
    return urlsafe_b64encode(said + _mac(said, key)).rstrip(b"=").decode()


def read_cursor(text: str, search: Sequence[str], key: bytes) -> Cursor:
    """Raises UnreadableCursor or OtherSearch."""
    packed = _octets(text)
    said, mac = packed[:-_MAC], packed[-_MAC:]
    if not hmac.compare_digest(mac, _mac(said, key)) or said[:1] != _VERSION:
        raise UnreadableCursor
    rest = said[len(_VERSION) :]
    if not hmac.compare_digest(rest[:_DIGEST], _digest(search, key)):
        raise OtherSearch
    rest = rest[_DIGEST:]
    instant, position, anchor = rest[:_INSTANT], rest[_INSTANT : _INSTANT + _POSITION], rest[_INSTANT + _POSITION :]
    return Cursor(int.from_bytes(instant, "big"), int.from_bytes(position, "big"), anchor.decode() or None)


def _octets(text: str) -> bytes:
    """Of the one way to write them: other characters, padding and loose bits at the end are not taken."""
    if len(text) > _LONGEST or not text.isascii():
        raise UnreadableCursor
    try:
        packed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except Base64Error:
        raise UnreadableCursor from None
    if len(packed) < _FIXED or urlsafe_b64encode(packed).rstrip(b"=").decode() != text:
        raise UnreadableCursor
    return packed


def _digest(search: Sequence[str], key: bytes) -> bytes:
    """Each part goes in with its length before it, so that no two searches are the same octets."""
    parts = [part.encode("utf-8", "surrogatepass") for part in search]
    whole = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hmac.digest(key, b"search cursor digest\x00" + whole, sha256)[:_DIGEST]


def _mac(said: bytes, key: bytes) -> bytes:
    return hmac.digest(key, b"search cursor mac\x00" + said, sha256)[:_MAC]
