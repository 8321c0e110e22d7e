"""Checks of the OAuth endpoints' error responses (RFC 6749 §5.2, RFC 7591 §3.2.2), and whether tokens are still
valid.
"""

import re
from typing import Any

import httpx

from tests.endpoints.wire import Client

# %x20-21 / %x23-5B / %x5D-7E.
_DESCRIPTION = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]+")


def refused(answer: httpx.Response, error: str, status: int = 400) -> bool:
    document = answer.json()
    assert (answer.status_code, document.get("error")) == (status, error), document.keys()
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert _DESCRIPTION.fullmatch(document["error_description"])
    assert document.keys() == {"error", "error_description"}
    return True


async def lives(client: Client, tokens: dict[str, Any]) -> bool:
    """Whether the tokens are good; never spends the refresh token."""
    called = await client.wire.mcp(tokens["access_token"])
    refreshed = await client.refresh(tokens["refresh_token"], scope="not-granted")
    answers = (called.status_code, refreshed.json()["error"])
    assert answers in {(200, "invalid_scope"), (401, "invalid_grant")}, answers
    return called.status_code == 200
