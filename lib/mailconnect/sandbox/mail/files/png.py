"""A PNG of stripes (RFC 2083)."""

import struct
import zlib


def png(width: int, height: int, colours: list[str]) -> bytes:
    """Horizontal stripes of these colours, each written as rrggbb."""
    rows = b"".join(b"\0" + bytes.fromhex(colours[row * len(colours) // height]) * width for row in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
