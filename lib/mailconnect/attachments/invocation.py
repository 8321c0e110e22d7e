"""An attachment as the event of a Lambda function (AWS Lambda Developer Guide, "Synchronous invocation")."""

import base64
import binascii
from typing import Any

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.frames import Malformed, ReadingRequest

MAX_BYTES = 4_400_000
"""An event may have 6 MB, and base64 makes four bytes of three."""
_LONGEST_WORD = 1_000
"""Characters of a type or a name: they only break ties."""


def as_event(question: ReadingRequest) -> dict[str, Any]:
    return {
        "data": base64.b64encode(question.data).decode(),
        "declared": question.declared[:_LONGEST_WORD],
        "name": question.name[:_LONGEST_WORD],
        "offset": question.offset,
        "characters": question.bounds.characters,
    }


def from_event(event: Any) -> ReadingRequest:
    """Raises Malformed."""
    try:
        return ReadingRequest(
            base64.b64decode(event["data"], validate=True),
            str(event["declared"]),
            str(event["name"]),
            int(event["offset"]),
            Bounds(characters=int(event["characters"])),
        )
    except (TypeError, KeyError, ValueError, binascii.Error):
        raise Malformed from None
