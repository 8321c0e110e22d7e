"""Requests drawn from docs/openapi.yaml, good and bad, to a running bridge: no 5xx, no surprise."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.person import Person
from tests.fuzz.schemathesis import fuzzed, schemathesis
from tests.peers.cache import PeerUnavailableError
from tests.peers.running_bridge import RunningBridge

pytestmark = [pytest.mark.fuzz, pytest.mark.anyio]


@pytest.fixture(scope="module")
def program() -> Path:
    try:
        return schemathesis()
    except PeerUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningBridge]:
    no_http = "Invalid HTTP request received."  # of header values that no HTTP can carry
    with RunningBridge.started(tmp_path, complaint=no_http) as bridge:
        yield bridge


async def connect(bridge: RunningBridge) -> str:
    """The access token of an assistant that has just connected."""
    async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
        return (await Assistant(bridge.mcp_url, http).connect(Person("alice", "secret", http))).access_token


async def test_every_answer_is_as_described(
    program: Path, running: RunningBridge, tmp_path: Path, examples: int, seed: int
) -> None:
    status, told = await fuzzed(program, running.issuer, examples, seed, tmp_path)
    assert status == 0, told
    assert await connect(running)  # The next one can.


async def test_every_answer_to_an_assistant_is_as_described(
    program: Path, running: RunningBridge, tmp_path: Path, examples: int, seed: int
) -> None:
    options = "--header", f"Authorization: Bearer {await connect(running)}", "--include-path", "/mcp"
    status, told = await fuzzed(program, running.issuer, examples, seed, tmp_path, *options)
    assert status == 0, told
    assert await connect(running)
