"""A Content-Type as declared (RFC 2045 §5.1): lower-case type and its charset. Declared things only break ties."""

import re
from typing import NamedTuple

_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)


class MediaType(NamedTuple):
    name: str
    charset: str | None


def media_type(declared: str) -> MediaType:
    """Never raises; what is malformed matches nothing."""
    declared = declared[:1_000]
    found = _CHARSET.search(declared)
    return MediaType(declared.partition(";")[0].strip().lower(), found[1].lower() if found else None)
