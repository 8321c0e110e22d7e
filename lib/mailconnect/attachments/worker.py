"""The reading process: one question on its standard input, one JSON object on its standard output, and no more.

It is started by mailconnect.attachments.local with an empty environment, `-I -S -B`, the working directory `/` and no
descriptor but 0, 1 and 2, of which 2 leads nowhere.
"""

import json
import os
import sys

from mailconnect.attachments.confinement import ResourceLimits, limit, seal
from mailconnect.attachments.frames import as_document, read_question
from mailconnect.attachments.parse import parse, prepare

_CHUNK = 1 << 20


def main(cpu_seconds: int, memory_bytes: int) -> None:
    """Ends the process, with status 0 once the answer is written."""
    limit(ResourceLimits(cpu_seconds, memory_bytes))
    asked = read_question(_exactly)
    os.close(0)
    if b"/Encrypt" not in asked.data:
        # A None makes an import fail, and pypdf do without it: importing it takes as long as reading a few pages.
        sys.modules["cryptography"] = None  # type: ignore[assignment]
    prepare(asked.data, asked.declared, asked.name)
    has_namespaces = seal()
    result = parse(asked.data, asked.declared, asked.name, asked.bounds, offset=asked.offset)
    _write(json.dumps(as_document(result) | {"namespaces": has_namespaces}).encode())
    os._exit(0)


def _exactly(size: int) -> bytes:
    """So many bytes of standard input; fewer where it ends."""
    pieces = []
    while size and (piece := os.read(0, min(size, _CHUNK))):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _write(response: bytes) -> None:
    left = memoryview(response)
    while left:
        left = left[os.write(1, left) :]
