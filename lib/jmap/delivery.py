"""Whether a request that failed in the transport may have reached the server: httpx's classes alone do not tell."""

import httpx

_BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_BROKEN = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)


def nothing_was_sent(error: Exception) -> bool:
    """True only where the connection was never established, so that sending again cannot do anything twice.

    httpx-aiohttp (0.2) raises ConnectTimeout for every lost connection, a reset after sending included. The cause tells
    them apart; it is read by name, since aiohttp is installed on one machine but not on Lambda.
    """
    names = _names_in_aiohttp(error)
    if not names:
        return isinstance(error, _BEFORE_SENDING)
    return not names.isdisjoint({"ClientConnectorError", "ConnectionTimeoutError", "InvalidURL"})


def broke(error: Exception) -> bool:
    """True where the connection ended before the answer did, as one does that was kept and has died meanwhile."""
    names = _names_in_aiohttp(error)
    if not names:
        return isinstance(error, _BROKEN)
    return not names.isdisjoint({"ClientOSError", "ServerDisconnectedError", "ClientPayloadError"})


def _names_in_aiohttp(error: Exception) -> set[str]:
    """Of aiohttp's error behind it and of that error's ancestors; empty where there is none."""
    for behind in (error, error.__cause__):
        if behind is not None and type(behind).__module__.startswith("aiohttp."):
            return {ancestor.__name__ for ancestor in type(behind).__mro__}
    return set()
