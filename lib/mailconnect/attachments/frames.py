"""The messages to and from the reading process: a length-framed question, one JSON object back."""

import json
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.result import AttachmentImage, AttachmentText, Result, Unreadable

_LENGTHS = struct.Struct(">IQ")


class Malformed(Exception):
    """The message is not one that the other side would have written. Quotes nothing of it."""


class ReadingRequest(NamedTuple):
    """The repr tells nothing of it."""

    data: bytes
    declared: str
    name: str
    offset: int
    bounds: Bounds

    def __repr__(self) -> str:
        return "ReadingRequest(…)"

    def frame(self) -> bytes:
        """The lengths of both parts in twelve bytes, big-endian; a JSON header; the attachment."""
        header = {"declared": self.declared, "name": self.name, "offset": self.offset, "bounds": [*self.bounds]}
        encoded = json.dumps(header).encode()
        return b"".join((_LENGTHS.pack(len(encoded), len(self.data)), encoded, self.data))


def read_question(read: Callable[[int], bytes]) -> ReadingRequest:
    """`read` gives exactly so many bytes. Raises Malformed."""
    try:
        header_length, data_length = _LENGTHS.unpack(read(_LENGTHS.size))
        header = json.loads(read(header_length))
        return ReadingRequest(
            read(data_length), header["declared"], header["name"], header["offset"], Bounds(*header["bounds"])
        )
    except (ValueError, KeyError, TypeError, struct.error):
        raise Malformed from None


def as_document(result: Result) -> dict[str, Any]:
    """An image is named and not repeated: the caller has its bytes."""
    match result:
        case AttachmentText():
            return {"is": "text", **result._asdict()}
        case AttachmentImage():
            return {"is": "image", "media_type": result.media_type, "width": result.width, "height": result.height}
        case Unreadable():
            return {"is": "unreadable", **result._asdict()}


def from_document(document: Any, data: bytes) -> Result:
    """`data`: the attachment that was asked about. Raises Malformed for anything that `as_document` does not write."""
    try:
        given = dict(document)
        match given.pop("is"):
            case "text":
                text = AttachmentText(**{**given, "notes": tuple(given["notes"])})
                return _checked_text(text)
            case "image":
                image = AttachmentImage(given["media_type"], data, given["width"], given["height"])
                _must(image.media_type in ("image/png", "image/jpeg", "image/gif", "image/webp"))
                _must(type(image.width) is int and type(image.height) is int)
                return image
            case "unreadable":
                unreadable = Unreadable(**given)
                _must(isinstance(unreadable.reason, str) and isinstance(unreadable.retry, bool))
                return unreadable
    except (ValueError, KeyError, TypeError):
        pass
    raise Malformed


def _checked_text(text: AttachmentText) -> AttachmentText:
    _must(isinstance(text.kind, str) and isinstance(text.text, str) and type(text.offset) is int)
    _must(text.next_offset is None or type(text.next_offset) is int)
    _must(text.total is None or type(text.total) is int)
    _must(all(isinstance(note, str) for note in text.notes))
    return text


def _must(holds: bool) -> None:
    if not holds:
        raise ValueError
