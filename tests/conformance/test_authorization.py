"""The bridge as an authorization server: the official suite's client registers nothing, so it is registered for it."""

import socket

import httpx
import pytest

from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.person import Person
from tests.conformance.suite import Suite
from tests.peers.running_bridge import RunningBridge

pytestmark = [pytest.mark.peer, pytest.mark.anyio]


async def test_the_bridge_passes_every_check_of_an_authorization_server(
    suite: Suite, bridge: RunningBridge, http: httpx.AsyncClient, counts: list[str]
) -> None:
    port = free_port()
    redirect_uri = f"http://127.0.0.1:{port}/callback"
    assistant = Assistant(bridge.mcp_url, http, name="Conformance suite", redirect_uri=redirect_uri)
    await assistant.discover()
    client_id = await assistant.register()

    async def browser(url: str) -> None:
        redirected = await Person("alice", "secret", http).authorize(url, redirect_uri)
        assert (await http.get(redirected)).status_code == 200

    known = ["--client-id", client_id, "--resource", bridge.mcp_url, "--port", str(port)]
    outcome = await suite.authorization(bridge.issuer, browser, *known, "--spec-version", "2026-07-28")
    passed = [check.name for check in outcome.checks if check.status == "SUCCESS"]
    counts.append(f"authorization: {len(passed)} of {len(outcome.checks)} checks")
    assert [check for check in outcome.checks if check.status != "SUCCESS"] == [], outcome.told
    assert sorted(passed) == [
        "authorization-code-grant:authorization-code-grant",
        "authorization-server-metadata-endpoint:authorization-server-metadata",
        "authorization-server-metadata-endpoint:authorization-server-metadata-cimd",
    ]
    assert outcome.exit_code == 0, outcome.told


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
