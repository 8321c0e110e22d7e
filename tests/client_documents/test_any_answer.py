"""For any response of a client's host, the result is a document, or one of our own reasons why there is none."""

import json
from typing import Any

import anyio
from anyio.abc import ByteStream
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.client_documents.fetch import MAX_BODY, Fetch
from mailconnect.client_documents.fetched import Fetched, NotFetched
from mailconnect.client_documents.freshness import LONGEST, lifetime
from mailconnect.oauth.clients.client import Client
from mailconnect.oauth.clients.id_url import document_url
from mailconnect.oauth.clients.metadata_document import InvalidDocument, client_of_document

URL = "https://app.example/client.json"

HEAD = [
    b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.0 302 Found\r\nLocation: /\r\n", b"HTTP/9 x\r\n",
    b"Content-Type: application/json\r\n", b"Content-Type: text/html\r\n", b"Content-Length: 2\r\n", b"{}",
    b"Content-Length: 99999999999999999999\r\n", b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip\r\n",
    b"Cache-Control: max-age=1\r\n", b"\r\n", b"2\r\n{}\r\n0\r\n\r\n", b"fffffffff\r\n", b"\0", b"\xff", b"a" * 6000,
]  # fmt: skip
ANSWERS = st.lists(st.sampled_from(HEAD) | st.binary(max_size=40), max_size=9)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["none", URL, "RSA", "sig"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=9,
)
MEMBERS = [
    "client_id", "client_name", "redirect_uris", "grant_types", "response_types", "application_type", "client_uri",
    "jwks_uri", "token_endpoint_auth_method", "token_endpoint_auth_methods_supported", "jwks", "client_secret",
]  # fmt: skip


class Said(ByteStream):
    """An answer, part by part, whatever it is asked."""

    def __init__(self, parts: list[bytes]) -> None:
        self._parts = [part for part in parts if part]

    async def receive(self, max_bytes: int = 65_536) -> bytes:
        if not self._parts:
            raise anyio.EndOfStream
        part = self._parts.pop(0)
        if part[max_bytes:]:
            self._parts.insert(0, part[max_bytes:])
        return part[:max_bytes]

    async def send(self, item: bytes) -> None:
        assert item.startswith(b"GET /client.json HTTP/1.1\r\n") or not item

    async def send_eof(self) -> None: ...

    async def aclose(self) -> None: ...


@given(ANSWERS)
def test_no_answer_is_more_than_not_fetched(parts: list[bytes]) -> None:
    async def resolve(_: str) -> list[str]:
        return ["93.184.216.34"]

    async def connect(*_: str) -> ByteStream:
        return Said(parts)

    async def fetched() -> Fetched | None:
        try:
            return await Fetch(resolve, connect)(document_url(URL, "mail.example"))
        except NotFetched as failed:
            assert failed.reason.replace("_", "").isalnum()
            return None

    found = anyio.run(fetched)
    assert found is None or len(found.body) <= MAX_BODY


@given(st.lists(st.tuples(st.sampled_from(["cache-control", "age", "expires", "date", "x"]), st.text(max_size=40))))
def test_no_headers_keep_a_document_for_longer_than_a_day(headers: list[tuple[str, str]]) -> None:
    assert 0 <= lifetime(headers) <= LONGEST


@given(st.dictionaries(st.sampled_from(MEMBERS), VALUES, max_size=6), st.booleans())
def test_no_document_is_more_than_invalid(members: dict[str, Any], good_before: bool) -> None:
    before = {"client_id": URL, "redirect_uris": ["https://app.example/cb"]} if good_before else {}
    said(json.dumps(before | members).encode())


@given(st.binary())
def test_no_bytes_are_more_than_no_document(body: bytes) -> None:
    said(body)


def said(body: bytes) -> Client | None:
    try:
        client = client_of_document(URL, body, "mail.example", 1_800_000_000)
    except InvalidDocument as refused:
        assert str(refused).isascii()
        return None
    assert client.id == URL
    assert client.redirect_uris
    return client
