import ssl
from types import SimpleNamespace

import aiohttp
import httpx
import pytest
from aiohttp.client_exceptions import ClientConnectorDNSError

from mailconnect.outbound.delivery import broke, nothing_was_sent

KEY = SimpleNamespace(host="api.example", port=443, ssl=True, is_ssl=True)
REFUSED = ConnectionRefusedError(111, "refused")


@pytest.mark.row("F-03")
@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout(""),
        httpx.PoolTimeout(""),
        aiohttp.ClientConnectorError(KEY, REFUSED),
        ClientConnectorDNSError(KEY, OSError("no such host")),
        aiohttp.ClientConnectorCertificateError(KEY, ssl.SSLError("expired")),
        aiohttp.ConnectionTimeoutError(),
    ],
    ids=repr,
)
def test_without_a_connection_nothing_was_sent(error):
    assert nothing_was_sent(error)


@pytest.mark.row("F-04")
@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout(""),
        httpx.WriteError(""),
        httpx.RemoteProtocolError("gone"),
        RuntimeError("?"),
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientOSError(104, "reset"),
        aiohttp.SocketTimeoutError(),
        aiohttp.ClientPayloadError(),
        aiohttp.ClientResponseError(None, (), status=400, message="bad status line"),
    ],
    ids=repr,
)
def test_a_connection_lost_later_is_not_taken_for_one_never_made(error):
    assert not nothing_was_sent(error)


@pytest.mark.row("F-46")
@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadError(""),
        httpx.WriteError(""),
        httpx.RemoteProtocolError("Server disconnected without sending a response."),
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientOSError(104, "reset"),
        aiohttp.ClientPayloadError(),
    ],
    ids=repr,
)
def test_a_connection_that_broke_is_told_from_silence(error):
    assert broke(error)


@pytest.mark.row("F-46")
@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout(""),
        httpx.InvalidURL("?"),
        RuntimeError("?"),
        aiohttp.SocketTimeoutError(),
    ],
    ids=repr,
)
def test_silence_is_not_taken_for_a_connection_that_broke(error):
    assert not broke(error)
