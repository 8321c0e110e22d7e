"""The sizes that `larger:` and `smaller:` take."""

import re

from mailconnect.mail.query.errors import QueryError, shown

_SIZE = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,3}))?([kmg]?)(?:i?b)?")
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}
_LARGEST = 10**12


def octets(text: str) -> int:
    """`5M`, `10k`, `1.5 MB` or plain octets. A `k` is 1,000 octets, an `M` 1,000,000. Raises QueryError."""
    match = _SIZE.fullmatch("".join(text.lower().split()))
    size = -1
    if match:
        whole, part, unit = match.groups()
        size = int(whole) * _UNITS[unit] + int((part or "0").ljust(3, "0")) * _UNITS[unit] // 1000
    if not 0 < size <= _LARGEST:
        raise QueryError(f"`{shown(text)}` is not a size; write octets, or a number with k, M or G, such as `5M`.")
    return size
