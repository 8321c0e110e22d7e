import ssl
from types import SimpleNamespace

import aiohttp
import httpx
import pytest
from aiohttp.client_exceptions import ClientConnectorDNSError
from httpx_aiohttp.transport import map_aiohttp_exceptions

from lib.jmap.delivery import broke, nothing_was_sent

KEY = SimpleNamespace(host="api.example", port=443, ssl=True, is_ssl=True)
REFUSED = ConnectionRefusedError(111, "refused")


def through_httpx_aiohttp(error):
    with pytest.raises(Exception) as raised, map_aiohttp_exceptions():
        raise error
    return raised.value


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout(""),
        httpx.PoolTimeout(""),
        through_httpx_aiohttp(aiohttp.ClientConnectorError(KEY, REFUSED)),
        through_httpx_aiohttp(ClientConnectorDNSError(KEY, OSError("no such host"))),
        through_httpx_aiohttp(aiohttp.ClientConnectorCertificateError(KEY, ssl.SSLError("expired"))),
        through_httpx_aiohttp(aiohttp.ConnectionTimeoutError()),
    ],
    ids=repr,
)
def test_f_03_without_a_connection_nothing_was_sent(error):
    assert nothing_was_sent(error)


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout(""),
        httpx.WriteError(""),
        httpx.RemoteProtocolError("gone"),
        RuntimeError("?"),
        through_httpx_aiohttp(aiohttp.ServerDisconnectedError()),
        through_httpx_aiohttp(aiohttp.ClientOSError(104, "reset")),
        through_httpx_aiohttp(aiohttp.SocketTimeoutError()),
        through_httpx_aiohttp(aiohttp.ClientPayloadError()),
        through_httpx_aiohttp(aiohttp.ClientResponseError(None, (), status=400, message="bad status line")),
    ],
    ids=repr,
)
def test_f_04_a_connection_lost_later_is_not_taken_for_one_never_made(error):
    assert not nothing_was_sent(error)


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadError(""),
        httpx.WriteError(""),
        httpx.RemoteProtocolError("Server disconnected without sending a response."),
        aiohttp.ServerDisconnectedError(),
        through_httpx_aiohttp(aiohttp.ServerDisconnectedError()),
        through_httpx_aiohttp(aiohttp.ClientOSError(104, "reset")),
        through_httpx_aiohttp(aiohttp.ClientPayloadError()),
    ],
    ids=repr,
)
def test_f_46_a_connection_that_broke_is_told_from_silence(error):
    assert broke(error)


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout(""),
        httpx.InvalidURL("?"),
        RuntimeError("?"),
        through_httpx_aiohttp(aiohttp.SocketTimeoutError()),
    ],
    ids=repr,
)
def test_f_46_silence_is_not_taken_for_a_connection_that_broke(error):
    assert not broke(error)
