"""How far a reader walks who follows one tool call (docs/decisions/0033)."""

import re
import subprocess
import sys

import pytest

pytestmark = pytest.mark.process

MAX_FILES, MAX_CHANGES = 35, 90


@pytest.mark.parametrize("tool", ["list_mailboxes", "get_session"])
def test_a_tool_call_leads_through_few_files(tool: str) -> None:
    told = subprocess.run([sys.executable, "-m", "bench.trace", tool], capture_output=True, text=True, check=True)
    found = re.match(rf"{tool}: (\d+) files, (\d+) changes of file", told.stdout)
    assert found is not None
    assert int(found[1]) <= MAX_FILES
    assert int(found[2]) <= MAX_CHANGES
