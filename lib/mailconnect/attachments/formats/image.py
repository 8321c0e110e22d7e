"""The headers of PNG, JPEG, GIF and WebP: which it is, and how large. Nothing is decoded."""

import struct
from typing import NamedTuple

from mailconnect.attachments.errors import CannotRead

_NOT_A_FRAME = frozenset({0xC4, 0xC8, 0xCC})
_MAX_SEGMENTS = 2_000


class Header(NamedTuple):
    """In pixels, each at least 1."""

    media_type: str
    width: int
    height: int


def header(data: bytes) -> Header:
    """Raises CannotRead where the header is cut or says nothing of use."""
    try:
        found = _found(data)
    except (struct.error, IndexError):
        found = None
    if found is None or not found.width or not found.height:
        raise CannotRead("The image is damaged: its size cannot be read.")
    return found


def _found(data: bytes) -> Header | None:
    if data.startswith(b"\x89PNG"):
        # PNG (third edition) §11.2.1: IHDR comes first.
        return Header("image/png", *struct.unpack_from(">II", data, 16)) if data[12:16] == b"IHDR" else None
    if data.startswith((b"GIF87a", b"GIF89a")):
        return Header("image/gif", *struct.unpack_from("<HH", data, 6))
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _webp(data)
    return None


def _jpeg(data: bytes) -> Header | None:
    """ITU-T T.81 §B.1.1.4: segments, of which a start of frame (§B.2.2) has the size."""
    at = 2
    for _ in range(_MAX_SEGMENTS):
        while data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1
        marker = data[at + 1]
        if data[at] != 0xFF or marker == 0xDA:
            return None
        if marker in (0x01, *range(0xD0, 0xD8)):
            at += 2
            continue
        if 0xC0 <= marker <= 0xCF and marker not in _NOT_A_FRAME:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return Header("image/jpeg", width, height)
        [length] = struct.unpack_from(">H", data, at + 2)
        at += 2 + max(2, length)
    return None


def _webp(data: bytes) -> Header | None:
    """RFC 9649 §2.5 to §2.7, RFC 6386 §9.1."""
    match data[12:16]:
        case b"VP8 ":
            if data[23:26] != b"\x9d\x01\x2a":
                return None
            width, height = struct.unpack_from("<HH", data, 26)
            return Header("image/webp", width & 0x3FFF, height & 0x3FFF)
        case b"VP8L":
            if data[20] != 0x2F:
                return None
            [bits] = struct.unpack_from("<I", data, 21)
            return Header("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        case b"VP8X":
            width = int.from_bytes(data[24:27], "little") + 1
            height = int.from_bytes(data[27:30], "little") + 1
            return Header("image/webp", width, height) if len(data) >= 30 else None
    return None
