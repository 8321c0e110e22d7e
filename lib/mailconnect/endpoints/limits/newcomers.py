"""Addresses that begin: every limit on all unauthenticated requests together has a reserve for them."""

from starlette.requests import Request

from mailconnect.endpoints.limits.limiter import Limit
from mailconnect.endpoints.limits.source import Network, around, source_of

_PART = 20


def is_newcomer(limit: Limit, nth: int) -> bool:
    """Whether the `nth` request of an address is in the first twentieth of its own limit; the first one always is."""
    return nth <= max(1, limit.maximum // _PART)


def forwarded_for(request: Request) -> Network | None:
    """The last address in X-Forwarded-For, of IPv6 the /48 around it: the one that a web server in front appends."""
    named = ",".join(request.headers.getlist("x-forwarded-for")).rpartition(",")[2].strip()
    source = source_of(named)
    return None if source is None else around(source) or source
