"""Whether a request that failed in the transport may have reached the server: httpx's classes alone do not tell."""

import httpx

_BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


def nothing_was_sent(error: Exception) -> bool:
    """True only where the connection was never established, so that sending again cannot do anything twice.

    httpx-aiohttp (0.2) raises ConnectTimeout for every lost connection, a reset after sending included. The cause tells
    them apart; it is read by name, since aiohttp is installed on one machine but not on Lambda.
    """
    cause = error.__cause__
    if cause is None or not type(cause).__module__.startswith("aiohttp."):
        return isinstance(error, _BEFORE_SENDING)
    names = {ancestor.__name__ for ancestor in type(cause).__mro__}
    return not names.isdisjoint({"ClientConnectorError", "ConnectionTimeoutError", "InvalidURL"})
