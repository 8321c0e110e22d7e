"""Whether a request that failed in the transport may have reached the server: which the library's classes tell."""

import httpx

_BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_BROKEN = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)


def nothing_was_sent(error: Exception) -> bool:
    """True only where the connection was never established, so that sending again cannot do anything twice.

    aiohttp's errors are known by name, since it is installed on one machine but not on Lambda.
    """
    names = _names_in_aiohttp(error)
    if not names:
        return isinstance(error, _BEFORE_SENDING)
    return not names.isdisjoint({"ClientConnectorError", "ConnectionTimeoutError", "InvalidURL"})


def broke(error: Exception) -> bool:
    """True where the connection ended before the response did, as one does that was kept and has died meanwhile."""
    names = _names_in_aiohttp(error)
    if not names:
        return isinstance(error, _BROKEN)
    return not names.isdisjoint({"ClientOSError", "ServerDisconnectedError", "ClientPayloadError"})


def _names_in_aiohttp(error: Exception) -> set[str]:
    """Of an error of aiohttp's and of its ancestors; empty for any other."""
    if not type(error).__module__.startswith("aiohttp."):
        return set()
    return {ancestor.__name__ for ancestor in type(error).__mro__}
