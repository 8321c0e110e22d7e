"""Asks the client to open an address for its person: URL mode elicitation, in both eras (client/elicitation).

2026-07-28: the call's result asks (`input_required`), and the client calls again. 2025-11-25: error -32042 asks. What
its client announced at `initialize` is noted in the grant, as nothing else is held from one request to the next.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from mailconnect.mcp.errors import UrlElicitationRequired
from mailconnect.mcp.tool import Call
from mailconnect.mcp.versions import LATEST_LEGACY, MODERN

_KEY = "approval"


def opens_urls(capabilities: Any) -> bool:
    """Whether a client's capabilities say so. Form mode alone, which `elicitation: {}` means, is not enough."""
    elicitation = capabilities.get("elicitation") if isinstance(capabilities, dict) else None
    return isinstance(elicitation, dict) and isinstance(elicitation.get("url"), dict)


def is_answered(call: Call) -> bool:
    """Whether this is the call made again, after the person was asked."""
    return _KEY in (call.params.get("inputResponses") or ())


def asked_to_open(call: Call, url: str, message: str) -> Mapping[str, Any] | None:
    """The result that asks; None where the client cannot, so that the text must. Raises UrlElicitationRequired."""
    if call.revision == MODERN and opens_urls(call.client_capabilities) and not is_answered(call):
        params = {"mode": "url", "message": message, "url": url}
        asks = {_KEY: {"method": "elicitation/create", "params": params}}
        return {"resultType": "input_required", "inputRequests": asks}
    if call.revision == LATEST_LEGACY and call.context.opens_urls:
        ident = hashlib.sha256(b"elicitation\0" + url.encode()).hexdigest()[:32]
        raise UrlElicitationRequired(message, url, ident)
    return None
