"""Reads attachments on Lambda: one in, its text out. `mcp` calls it by IAM, and nothing else does.

It has no right but to write its own log, no setting of ours and no secret. Lambda gives every function a way to the
internet, which only a VPC without a route out would take away. So the parser runs in a child process that may open no
socket: once sealed, it gets no further descriptor (mailconnect.attachments.confinement). A file that kills the child
costs one result, and this environment lives on.
"""

import asyncio
import os
from typing import Any

from mailconnect.attachments.frames import Malformed, as_document
from mailconnect.attachments.invocation import from_event
from mailconnect.attachments.local import LocalReader
from mailconnect.attachments.result import Unreadable

_NEEDED = ("LD_LIBRARY_PATH",)
"""Lambda's interpreter may find its own library by it."""
_LOOP = asyncio.new_event_loop()
_READER = LocalReader(
    at_once=1, seconds=15.0, environment={name: os.environ[name] for name in _NEEDED if name in os.environ}
)


def handler(event: Any, _: object) -> dict[str, Any]:
    """The document of mailconnect.attachments.frames.as_document. Never raises, so that no event is in a traceback."""
    try:
        asked = from_event(event)
    except Malformed:
        return as_document(Unreadable("The attachment could not be read."))
    reading = _READER.read(
        asked.data, asked.declared, asked.name, offset=asked.offset, characters=asked.bounds.characters
    )
    return as_document(_LOOP.run_until_complete(reading))
