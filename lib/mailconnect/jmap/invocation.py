"""A method call (RFC 8620 §3.2), and a reference to what an earlier call of the same request gave (§3.7)."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from mailconnect.encoding.discreet import Discreet


class Invocation(Discreet, frozen=True):
    name: str
    arguments: Mapping[str, Any]
    call_id: str

    def result(self, path: str) -> "ResultReference":
        """For an argument `#name` of a later call: `path` is a JSON Pointer, in which `*` maps over an array."""
        return ResultReference(self.call_id, self.name, path)


class ResultReference(Struct, frozen=True, rename="camel"):
    """Only this program makes one: an argument whose name begins with `#` must be of this type."""

    result_of: str
    name: str
    path: str
