"""Backups while a real server works: each can be restored, and opens whole."""

import asyncio
import shutil
from pathlib import Path

import httpx
import pytest

from mailconnect.cli.main import main
from mailconnect.grants.props import open_props
from mailconnect.local.bridge import Store
from mailconnect.local.server import listen
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.person import Person
from mailconnect.settings import from_environment
from mailconnect.store.sqlite.grants import SqliteGrants
from tests.local.process import environment
from tests.local.test_two_processes import bridge_on, sandbox

pytestmark = [pytest.mark.anyio, pytest.mark.process]

BACKUPS = 4


async def work(assistant: Assistant, done: asyncio.Event) -> int:
    """Calls and token pairs until `done`; how many."""
    worked = 0
    while not done.is_set():
        assert not (await assistant.call_tool("list_mailboxes"))["isError"]
        await assistant.refresh()
        worked += 1
    return worked


async def opened(folder: Path) -> int:
    """How many grants open whole with the keys, as the sweep opens them."""
    store = Store.open(from_environment({"MAILCONNECT_DATA_DIR": str(folder)}))
    grants = SqliteGrants(store.database)
    ids = await grants.everybodys()
    for grant_id in ids:
        grant = await grants.get(grant_id)
        assert grant is not None
        assert open_props(grant, await store.keys.open_data_key(grant.data_key, grant_id)).refresh_token
    await store.database.close()
    return len(ids)


async def test_backups_of_a_busy_server_are_whole_and_hold_it_up_for_nobody(tmp_path: Path) -> None:
    data = tmp_path / "data"
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    async with sandbox() as (sandbox_port, provider), httpx.AsyncClient(trust_env=False, timeout=30) as http:
        settings = environment(PORT=port, SANDBOX_PORT=sandbox_port, DATA_DIR=data, LIMITS="off")
        async with bridge_on(listener, settings):
            assistants = [Assistant(f"http://127.0.0.1:{port}/mcp", http, name=f"App {n}") for n in range(3)]
            for assistant in assistants:
                await assistant.connect(Person("alice", "secret", http))
            done = asyncio.Event()
            working = [asyncio.create_task(work(assistant, done)) for assistant in assistants]
            provider.state.expire_access_tokens()  # so that tokens are refreshed meanwhile
            for number in range(BACKUPS):
                assert await asyncio.to_thread(main, ["backup", str(tmp_path / f"{number}")], settings) == 0
            done.set()
            assert min(await asyncio.gather(*working)) > 0
    listener.close()
    for number in range(BACKUPS):
        new = tmp_path / f"new-{number}"
        new.mkdir(mode=0o700)
        shutil.copy2(data / "keys.json", new / "keys.json")
        there = settings | {"MAILCONNECT_DATA_DIR": str(new)}
        assert await asyncio.to_thread(main, ["restore", str(tmp_path / f"{number}")], there) == 0
        assert await opened(new) == len(assistants)
