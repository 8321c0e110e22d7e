"""The way to the provider on one machine: httpx over aiohttp, which is the faster (httpx itself on Lambda)."""

import aiohttp
import httpx
import httpx_aiohttp

_CONNECTIONS = 100
_IDLE_SECONDS = 5


def client() -> httpx.AsyncClient:
    """For all people at once, so without a jar: aiohttp's own would send one person's cookies with another's token."""

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_IDLE_SECONDS, ssl=transport.ssl_context)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    transport = httpx_aiohttp.AiohttpTransport(trust_env=False, client=session)
    return httpx.AsyncClient(transport=transport, trust_env=False)
