"""CloudFront before the gateway (infra/front.yaml): whose address a request counts under.

The gateway then sees CloudFront's own addresses. CloudFront names the viewer's, and proves itself by a header of the
origin that it writes over whatever a caller sends under that name (CloudFront Developer Guide, "Add custom headers to
origin requests"). Only the SHA-256 of the key is here: a function's settings hold no secret.
"""

import hmac
import ipaddress
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

PROOF = "mailconnect-front"
VIEWER = "cloudfront-viewer-address"
"""Address and port; an IPv6 address has no brackets ("Add CloudFront request headers")."""

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Front:
    """`key_hash` is the key's SHA-256 in hex, empty where nothing stands in front."""

    key_hash: str = ""

    def seen_through(self, event: dict[str, Any]) -> dict[str, Any]:
        """A checked event whose sourceIp is the viewer's, if it came through that CloudFront; else the same event."""
        headers = event["headers"]
        proof = str(headers.get(PROOF, "")).encode()
        if not _HASH.fullmatch(self.key_hash) or not hmac.compare_digest(sha256(proof).hexdigest(), self.key_hash):
            return event
        address = _address(str(headers.get(VIEWER, "")))
        if address is None:
            return event
        context = event["requestContext"]
        return event | {"requestContext": context | {"http": context["http"] | {"sourceIp": address}}}


def _address(said: str) -> str | None:
    try:
        return str(ipaddress.ip_address(said.rpartition(":")[0].strip("[]")))
    except ValueError:
        return None
