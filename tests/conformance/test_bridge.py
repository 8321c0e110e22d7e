"""The bridge itself, behind a proxy that adds a token: every check that fails is of a feature that we do not offer."""

import re
from pathlib import Path

import httpx
import pytest

from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.person import Person
from tests.conformance.bearer_proxy import bearer_proxy
from tests.conformance.suite import SELECTIONS, Suite
from tests.peers.running_bridge import RunningBridge

pytestmark = [pytest.mark.peer, pytest.mark.anyio]

BASELINE = Path(__file__).parent / "not_offered.yaml"
ENTRY = re.compile(r"  - (?P<check>\S+:\S+)  # (?P<feature>\S.*)")


async def test_the_bridge_fails_nothing_but_what_it_does_not_offer(
    suite: Suite, bridge: RunningBridge, http: httpx.AsyncClient, counts: list[str]
) -> None:
    tokens = await Assistant(bridge.mcp_url, http).connect(Person("alice", "secret", http))
    failed: set[str] = set()
    for selection in SELECTIONS:
        async with bearer_proxy(bridge.issuer, tokens.access_token) as address:
            outcome = await suite.server(f"{address}/mcp", selection, "--expected-failures", str(BASELINE))
        assert outcome.exit_code == 0, outcome.told
        scored = await suite.scored(selection)
        passed = [scenario for scenario in scored if outcome.passed(scenario)]
        counts.append(
            f"{selection.revision}, the bridge itself: {len(passed)} of {len(scored)}, and {BASELINE.name} says why"
        )
        failed |= {check.name for check in outcome.checks if check.failed and check.scenario in scored}
    assert failed == baseline().keys()


def baseline() -> dict[str, str]:
    """Each check that may fail, and the feature that it is about."""
    head, *entries = [line for line in BASELINE.read_text().splitlines() if not line.lstrip().startswith("#")]
    assert head == "server:"
    found = [ENTRY.fullmatch(line) for line in entries]
    assert all(found), "an entry without its reason"
    named = [entry["check"] for entry in found if entry]
    assert len({*named}) == len(named), "an entry stands there twice"
    return {entry["check"]: entry["feature"] for entry in found if entry}
