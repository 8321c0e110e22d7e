"""Sequences of requests: no order of them gives anyone what no owner has allowed (docs/attacks.md, SQ)."""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.thief.machine import ThiefMachine
from tests.thief.world import ground


@pytest.mark.row("SQ-01", "SQ-02", "SQ-03", "SQ-04")
def test_no_sequence_of_requests_gives_anyone_what_no_owner_has_allowed(pytestconfig: pytest.Config) -> None:
    examples = int(pytestconfig.getoption("fuzz")) or 10
    with ground() as ThiefMachine.ground:
        run_state_machine_as_test(ThiefMachine, settings=settings(max_examples=examples, stateful_step_count=30))
