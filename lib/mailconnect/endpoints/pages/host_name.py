"""A host as the pages show it: the part that says whose it is stands out, and letters of other alphabets are shown."""

from dataclasses import dataclass

from mailconnect.oauth.readable_host import readable_host

_SHORT = 3
"""Letters at most of a label that registries put before their country's: `co.uk`, `com.au`."""


@dataclass(frozen=True, slots=True)
class ShownHost:
    """`before` is the part that the owner of `whose` chooses freely, with its last dot. `readable` is the host in its
    own letters where it is punycode, else empty.
    """

    host: str
    before: str
    whose: str
    readable: str

    @classmethod
    def of(cls, host: str) -> "ShownHost":
        labels = host.split(".")
        is_name = len(labels) > 1 and not labels[-1].isdigit() and ":" not in host
        count = 3 if is_name and len(labels[-1]) == 2 and len(labels[-2]) <= _SHORT else 2
        whose = ".".join(labels[-count:]) if is_name else host
        readable = readable_host(host)
        return cls(host, host.removesuffix(whose), whose, readable if readable != host else "")
