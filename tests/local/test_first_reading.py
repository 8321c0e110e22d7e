"""The mail that `make run` shows is what an assistant gets, and the README's sample is cut from it."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from mailconnect.local.first_reading import first_reading
from mailconnect.sandbox.switches import Fault
from tests.bridge import running_bridge

pytestmark = [pytest.mark.anyio, pytest.mark.process]

TODAY = datetime(2026, 11, 30, 12, tzinfo=UTC)
README = Path(__file__).parents[2] / "README.md"


async def shown(folder: Path, at: datetime, *, of: str = "alice") -> str:
    async with running_bridge(folder, start=int(at.timestamp())) as bridge:
        assistant = await bridge.connected(of)
        return "\n\n".join([answer async for answer in first_reading(assistant, at.date())])


def without_nonces(text: str) -> str:
    return re.sub(r"mail [0-9a-f]{12}>>", "mail NONCE>>", text)


async def test_the_readme_shows_lines_of_it_in_their_order(tmp_path: Path) -> None:
    printed = iter(without_nonces(await shown(tmp_path, TODAY)).splitlines())
    sample = README.read_text("utf-8").partition("    > list_mailboxes\n")[2].partition("    > write_draft")[0]
    lines = [line[4:] for line in without_nonces(sample).splitlines() if line.strip() not in {"", "..."}]
    assert len(lines) > 15
    for line in lines:
        assert line in printed, line  # an iterator goes on from where it was


@pytest.mark.parametrize("day", [date(2027, 1, 1), date(2027, 3, 31), date(2028, 2, 29)])
async def test_the_invoice_of_last_month_is_found_on_every_day_of_the_calendar(tmp_path: Path, day: date) -> None:
    text = await shown(tmp_path, datetime(day.year, day.month, day.day, 1, tzinfo=UTC))
    assert re.findall(r"^> (\w+)", text, re.MULTILINE) == ["list_mailboxes", "search_emails", "read_attachment"]
    last = (day.year * 12 + day.month - 2) // 12, (day.month - 2) % 12 + 1
    assert f"Invoice number: NH-{last[0]}{last[1]:02}-4471" in text


async def test_in_a_mailbox_without_an_invoice_it_ends_with_the_search(tmp_path: Path) -> None:
    text = await shown(tmp_path, TODAY, of="bob")
    assert re.findall(r"^> (\w+)", text, re.MULTILINE) == ["list_mailboxes", "search_emails"]
    assert "Nothing was found." in text


async def test_a_refusal_of_the_provider_is_shown_as_the_text_that_a_model_reads(tmp_path: Path) -> None:
    async with running_bridge(tmp_path, start=int(TODAY.timestamp())) as bridge:
        assistant = await bridge.connected()
        bridge.sandbox.switches.add(Fault("jmap", answer=429))
        [tree, search] = [answer async for answer in first_reading(assistant, TODAY.date())]
    assert tree.startswith("> list_mailboxes\n")
    assert search.startswith("> search_emails")
