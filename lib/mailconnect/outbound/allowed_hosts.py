"""Which servers may receive a person's token: exact hosts, wildcards of one label, and loopback for one machine."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mailconnect.mail.errors import UntrustedAddress

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = rf"{_LABEL}(?:\.{_LABEL})+"
_PATTERN = re.compile(rf"(\*\.)?({_NAME})(?::([1-9][0-9]{{0,4}}))?")

# Only what every parser of URLs reads alike: no user info, no backslash, no percent sign in the host, nothing outside
# ASCII (an internationalized name must come as xn--), no fragment, no white space.
_URL = re.compile(r"(https?)://([A-Za-z0-9.-]{1,253}|\[::1\])(?::([0-9]{1,5}))?([/?][\x21-\x7e]*)?", re.IGNORECASE)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_PORTS = {"http": 80, "https": 443}
_LONGEST = 2048


@dataclass(frozen=True, slots=True)
class HostAllowList:
    """Patterns read `mail.example`, `mail.example:8443` or `*.mail.example`, where the star is exactly one label, as in
    a certificate (RFC 9525 §6.3). `loopback_ports` permit http and https on this machine alone.
    """

    patterns: frozenset[str]
    loopback_ports: frozenset[int] = frozenset()

    @classmethod
    def of(cls, patterns: Iterable[str], *, loopback_ports: Iterable[int] = ()) -> "HostAllowList":
        """Raises ValueError for a pattern that is no host name."""
        lowered = frozenset(pattern.lower() for pattern in patterns)
        for pattern in lowered:
            match = _PATTERN.fullmatch(pattern)
            if match is None or match[2].rpartition(".")[2].isdigit():
                raise ValueError(f"not a host pattern: {pattern!r}")
        return cls(lowered, frozenset(loopback_ports))

    def check(self, url: str) -> str:
        """The same URL. Raises UntrustedAddress, which does not repeat it."""
        match = _URL.fullmatch(url) if len(url) <= _LONGEST else None
        if match is None or "\\" in url or "#" in url:
            raise UntrustedAddress("the URL is malformed")
        scheme, host = match[1].lower(), match[2].lower()
        port = int(match[3]) if match[3] else _PORTS[scheme]
        if host in _LOOPBACK:
            if port not in self.loopback_ports:
                raise UntrustedAddress("loopback is not permitted there", host=host)
            return url
        if scheme != "https":
            raise UntrustedAddress("the URL is not https", host=host)
        if re.fullmatch(_NAME, host) is None or not self._lists(host, port):
            raise UntrustedAddress("the host is not on the list", host=host)
        return url

    def _lists(self, host: str, port: int) -> bool:
        suffix = "" if port == _PORTS["https"] else f":{port}"
        _, _, parent = host.partition(".")
        return not {host + suffix, f"*.{parent}{suffix}"}.isdisjoint(self.patterns)
