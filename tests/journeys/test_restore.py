"""A bridge is lost, and an older backup takes its place: the provider sees no token twice."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio.to_thread
import pytest

from mailconnect.cli.main import main
from mailconnect.local.log import events_kept
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.assistant.errors import AssistantError
from tests.bridge import ISSUER, Bridge, running_bridge

pytestmark = pytest.mark.anyio


async def typed(data: Path, *words: str | Path) -> int:
    return await anyio.to_thread.run_sync(main, [*map(str, words)], {"MAILCONNECT_DATA_DIR": str(data)})


@pytest.fixture
async def old(tmp_path: Path) -> AsyncIterator[Bridge]:
    (tmp_path / "old").mkdir()
    async with running_bridge(tmp_path / "old") as bridge:
        yield bridge


@asynccontextmanager
async def in_place_of(old: Bridge, data: Path) -> AsyncIterator[Bridge]:
    """The bridge on restored data, at the same provider and at the same time."""
    async with running_bridge(data) as new:
        new.clock.now = old.clock.now
        new.to_provider._mounts = old.to_provider._mounts
        yield new


async def restored(old: Bridge, folder: Path, *words: str | Path) -> Path:
    data = folder / "new"
    data.mkdir(mode=0o700)
    shutil.copy2(old.database_path.with_name("keys.json"), data / "keys.json")
    assert await typed(data, "restore", folder / "a.backup", *words) == 0
    return data


def moved_to(new: Bridge, assistant: Assistant) -> Assistant:
    """The same assistant, whose requests go to the new bridge."""
    same = Assistant(f"{ISSUER}/mcp", new.http)
    same.__dict__.update(assistant.__dict__ | {"_http": new.http})
    return same


def presented(old: Bridge) -> list[int]:
    return [count for grant in old.sandbox.state.counted()["grants"] for count in grant["presented"]]


async def test_an_idle_connection_goes_on_and_one_that_was_served_since_the_backup_connects_again(
    old: Bridge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: old.clock.now)
    idle = await old.connected("bob")
    old.clock.now += 7200
    served, quick = await old.connected(), await old.connected()
    old.clock.now += 3000
    assert await typed(tmp_path / "old", "backup", tmp_path / "a.backup") == 0
    old.clock.now += 500
    for assistant in (served, quick):
        assert not (await assistant.call_tool("list_mailboxes"))["isError"]  # and the provider's token is refreshed
    await quick.refresh()
    data = await restored(old, tmp_path)
    async with in_place_of(old, data) as new:
        idle, served, quick = (moved_to(new, one) for one in (idle, served, quick))
        await idle.refresh()
        assert not (await idle.call_tool("list_mailboxes"))["isError"]
        new.clock.now += 60
        assert (await served.call_tool("list_mailboxes"))["isError"]
        with pytest.raises(AssistantError):
            await served.refresh()
        with pytest.raises(AssistantError):
            await quick.refresh()
        why = new.database.read("SELECT retired_reason FROM grants ORDER BY retired_reason", ())
        assert why == [(None,), ("restored",), ("restored",)]
    assert max(presented(old)) == 1


async def test_a_connection_that_its_owner_ended_since_is_ended_by_the_log(
    old: Bridge, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assistant = await old.connected()
    assert await typed(tmp_path / "old", "backup", tmp_path / "a.backup") == 0
    with events_kept(tmp_path / "old"):
        await assistant.revoke()
    data = await restored(old, tmp_path, "--audit-log", tmp_path / "old" / "audit.log")
    assert "1 were ended as the log says" in capsys.readouterr().out
    async with in_place_of(old, data) as new:
        with pytest.raises(AssistantError):
            await moved_to(new, assistant).call_tool("list_mailboxes")
