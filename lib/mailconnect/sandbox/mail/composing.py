"""Lines of a message that a client composes: header fields, parts and multiparts (RFC 5322, RFC 2045, RFC 2231)."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.header import Header
from urllib.parse import quote

_PLAIN_LINE = 998
_QUOTED = re.compile(r'["\\]')


@dataclass(frozen=True, slots=True)
class Entity:
    """A part with its own header fields; content: as it stands below them, encoded."""

    headers: tuple[tuple[str, str], ...]
    content: bytes


def field_line(name: str, value: str) -> bytes:
    """value: already in its wire form; folded where it has white space and is long."""
    line, lines = f"{name}:", []
    for word in value.split(" "):
        if len(line) + 1 + len(word) > 76 and line.strip() and not line.endswith(":"):
            lines.append(line)
            line = ""
        line = f"{line} {word}"
    return "\r\n".join([*lines, line]).encode() + b"\r\n"


def text_value(text: str) -> str:
    """Unstructured text, with encoded words where it is not ASCII (RFC 2047)."""
    if text.isascii() and "=?" not in text:
        return text
    return Header(text, "utf-8", maxlinelen=70).encode(linesep="\r\n").replace("\r\n", "")


def address_value(name: str | None, address: str) -> str:
    if not name:
        return address
    if name.isascii():
        return f'"{_QUOTED.sub(lambda found: chr(92) + found[0], name)}" <{address}>'
    return f"{text_value(name)} <{address}>"


def parameter(name: str, value: str) -> str:
    """RFC 2231 where it is not ASCII."""
    if value.isascii():
        return f'{name}="{_QUOTED.sub(lambda found: chr(92) + found[0], value)}"'
    return f"{name}*=utf-8''{quote(value, safe='')}"


def encoded(content: bytes, kind: str) -> tuple[str, bytes]:
    """Content-Transfer-Encoding and content: base64 unless it is a message or plain ASCII of short lines."""
    if kind.startswith("message/"):
        return "8bit", content
    lines = content.split(b"\r\n")
    bare = any(b"\r" in line or b"\n" in line or len(line) > _PLAIN_LINE for line in lines)
    if kind.startswith("text/") and content.isascii() and b"\0" not in content and not bare:
        return "7bit", content
    return "base64", base64.encodebytes(content).replace(b"\n", b"\r\n")


def multipart(kind: str, inside: Sequence[Entity], boundary: str, headers: tuple[tuple[str, str], ...] = ()) -> Entity:
    """headers: the multipart's own besides Content-Type."""
    pieces = [b"--" + boundary.encode() + b"\r\n" + written(part) + b"\r\n" for part in inside]
    content = b"".join(pieces) + b"--" + boundary.encode() + b"--\r\n"
    return Entity((("Content-Type", f'{kind}; boundary="{boundary}"'), *headers), content)


def written(entity: Entity) -> bytes:
    return b"".join(field_line(name, value) for name, value in entity.headers) + b"\r\n" + entity.content
