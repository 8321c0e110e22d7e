"""Requests drawn from docs/openapi.yaml, good and bad, to a running bridge: no 5xx, no surprise."""

import httpx
import pytest

from sandbox.assistant import Assistant
from sandbox.person import Person
from tests.fuzz.schemathesis import fuzzed, schemathesis
from tests.peers.cache import PeerUnavailableError
from tests.peers.running_bridge import RunningBridge

pytestmark = [pytest.mark.fuzz, pytest.mark.anyio]


async def test_every_answer_is_as_described(tmp_path_factory: pytest.TempPathFactory, examples: int) -> None:
    try:
        program = schemathesis()
    except PeerUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)
    folder = tmp_path_factory.mktemp("schemathesis")
    no_http = "Invalid HTTP request received."  # of header values that no HTTP can carry
    with RunningBridge.started(tmp_path_factory.mktemp("bridge"), complaint=no_http) as bridge:
        async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
            tokens = await Assistant(bridge.mcp_url, http).connect(Person("alice", "secret", http))
            status, told = await fuzzed(program, bridge.issuer, examples, folder)
            assert status == 0, told
            bearer = f"Authorization: Bearer {tokens.access_token}"
            status, told = await fuzzed(
                program, bridge.issuer, examples, folder, "--header", bearer, "--include-path", "/mcp"
            )
            assert status == 0, told
            # And the next one can connect.
            assert await Assistant(bridge.mcp_url, http).connect(Person("alice", "secret", http))
