"""Garbage at every entry point: what comes over the wire is at worst refused, in the form its endpoint promises."""

import json
import logging
import re
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.endpoints.wire import REDIRECT_URI
from tests.garbage import ENDPOINTS, HOST, OAUTH, PAGES, Garbage, Input
from tests.raw_requests import SEED, Answer, Target, ask, hostile_target

pytestmark = pytest.mark.anyio

PER_ENDPOINT = 120

OAUTH_ERRORS = {
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "invalid_target",
    "invalid_redirect_uri",
    "invalid_client_metadata",
}
DESCRIPTION = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]+")


@pytest.fixture
async def target(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Target]:
    async with hostile_target(tmp_path) as prepared:
        yield prepared


def right_shape(path: str, answer: Answer) -> bool:
    """The error responses that each endpoint promises. Some come from the edge and the router."""
    if answer.status < 400 or answer.status in {404, 405, 414, 421, 431}:
        return True
    if path in OAUTH:
        document = json.loads(answer.body)
        described = document.get("error_description", "x")
        return (
            answer.headers["content-type"] == "application/json"
            and document["error"] in OAUTH_ERRORS
            and DESCRIPTION.fullmatch(described) is not None
            and (answer.status == 401) is (document["error"] == "invalid_client")
            and answer.headers["cache-control"] == "no-store"
        )
    if path in PAGES:
        return answer.status == 413 or answer.headers["content-type"].startswith("text/html")
    if path == "/mcp":
        document = json.loads(answer.body)
        challenged = answer.headers.get("www-authenticate", "").startswith("Bearer ")
        return (
            "result" not in document and "error" in document and (challenged or answer.status in {400, 403, 404, 413})
        )
    return answer.status in {400, 413}


def test_garbage_is_of_many_kinds_and_most_of_it_reaches_its_endpoint(target: Target) -> None:
    for path in ENDPOINTS:
        garbage = Garbage(f"{SEED} {path}", target.live, target.cookies)
        drawn = [garbage.draw(path) for _ in range(PER_ENDPOINT)]
        assert len({repr(one) for one in drawn}) > PER_ENDPOINT // 3, path
        assert sum(one.path == path for one in drawn) > PER_ENDPOINT // 2, path


@pytest.mark.parametrize("path", ENDPOINTS)
async def test_garbage_is_refused_and_no_more(
    target: Target, path: str, caplog: pytest.LogCaptureFixture, pytestconfig: pytest.Config
) -> None:
    more: int = pytestconfig.getoption("fuzz")
    seed = secrets.randbits(64) if more else SEED
    garbage = Garbage(f"{seed} {path}", target.live, target.cookies)
    answered: Counter[int] = Counter()
    with caplog.at_level(logging.INFO, "mailconnect"):
        for number in range(more or PER_ENDPOINT):
            given = garbage.draw(path)
            answer = await ask(target.bridge, given)
            assert answer.status < 500, (seed, number, given, answer.body)
            assert b"Traceback" not in answer.body, (seed, number, given)
            if given.path == path:
                assert right_shape(path, answer), (seed, number, given, answer, answer.body[:500])
            location = answer.headers.get("location", "")
            ours = ("http://127.0.0.1:8788/oauth/authorize?", f"{REDIRECT_URI}?", "/account")
            to_a_page = answer.status == 308 and location == given.path.rstrip("/")
            kept = (given.path, location.partition("?")[0])
            to_mcp = answer.status == 308 and kept == ("/mcp/", "http://127.0.0.1:8787/mcp")
            assert location.startswith(ours) or to_a_page or to_mcp or not location
            answered[answer.status] += 1
    assert '"event": "fault"' not in caplog.text
    # Garbage that never gets past the first check would prove little.
    assert len(answered) > 1 or path == "/nothing" or 0 < more < PER_ENDPOINT


async def test_after_all_that_everything_works(target: Target) -> None:
    for path in ENDPOINTS:
        garbage = Garbage(f"{SEED} again {path}", target.live, target.cookies)
        for _ in range(10):
            assert (await ask(target.bridge, garbage.draw(path))).status < 500
    assistant = await target.bridge.connected()
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]
    assert target.bridge.database.read("PRAGMA integrity_check", ()) == [("ok",)]


@pytest.mark.parametrize("query", [b"a=\r\nSet-Cookie: x=y", b"\0", b"\xff\xfe", b"a=%0d%0a&b=[1]"])
async def test_no_byte_of_a_query_gets_raw_into_the_address_of_mcp(target: Target, query: bytes) -> None:
    answer = await ask(target.bridge, Input("POST", "/mcp/", query, [(b"host", HOST)], [b""]))
    assert answer.status == 308
    assert re.fullmatch(r"http://127\.0\.0\.1:8787/mcp\?[!-~]+", answer.headers["location"])
