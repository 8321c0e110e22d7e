"""Row FL-17: the cost of unauthenticated requests is measured, listed and bounded."""

import re
from pathlib import Path

import pytest

from tests.unauthenticated_requests import asked_by_strangers, measured

DOCUMENT = Path(__file__).parents[1] / "docs" / "threat-model.md"
ROW = re.compile(r"^\| (.+?) \| (\d\.\d\d) \|$", re.MULTILINE)
MAX = 2.0
"""Milliseconds, on the machine of the table."""

SLOWER = 5
"""How many times another machine may need, or a busy one."""


def listed() -> dict[str, float]:
    return {what: float(milliseconds) for what, milliseconds in ROW.findall(DOCUMENT.read_text("utf-8"))}


@pytest.mark.row("FL-17")
@pytest.mark.anyio
async def test_the_threat_model_lists_what_is_measured() -> None:
    async with asked_by_strangers() as (asked, _):
        assert listed().keys() == asked.keys()
    assert max(listed().values()) <= MAX


@pytest.mark.row("FL-17")
@pytest.mark.anyio
async def test_no_unauthenticated_request_delays_others() -> None:
    dear = {what: milliseconds for what, milliseconds in (await measured()).items() if milliseconds > SLOWER * MAX}
    assert not dear
