"""kill -9 at any moment: afterwards every connection is whole, or gone, or asks to reconnect."""

import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.props import open_props
from mailconnect.local.bridge import Store
from mailconnect.local.server import listen, server
from mailconnect.provider.errors import GrantEnded, RefreshUnderWay
from mailconnect.sandbox.app import create_app
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.assistant.errors import AssistantError, ErrorStatus
from mailconnect.sandbox.browser import PageError
from mailconnect.sandbox.person import Person
from mailconnect.sandbox.settings import Settings as SandboxSettings
from mailconnect.settings import from_environment
from mailconnect.store.sqlite.grants import SqliteGrants

pytestmark = [pytest.mark.anyio, pytest.mark.process]

ASSISTANTS = 4
SERVE_IN_CHILDREN = Path(__file__).with_name("serve_in_children.py")


class Killer:
    """Starts the bridge, and kills it when so many requests have been sent."""

    def __init__(self, parent: asyncio.subprocess.Process, chance: random.Random, maximum: int) -> None:
        self._parent = parent
        self._chance = chance
        self._maximum = maximum
        self._left = 0
        self._child = 0
        self.kills = 0

    @property
    def done(self) -> bool:
        return self.kills >= self._maximum

    async def start(self) -> None:
        assert self._parent.stdin
        assert self._parent.stdout
        self._parent.stdin.write(b"\n")
        self._child = int(await self._parent.stdout.readline())
        self._left = self._chance.randrange(1, 50)

    def end(self) -> None:
        os.kill(self._child, signal.SIGKILL)

    async def count(self, _: httpx.Request) -> None:
        self._left -= 1
        if self._left == 0 and not self.done:
            # Somewhere in the midst of what is under way.
            for _ in range(self._chance.randrange(200)):
                await asyncio.sleep(0)
            os.kill(self._child, signal.SIGKILL)
            self.kills += 1
            await self.start()


async def work(assistant: Assistant, person: Person, chance: random.Random, seen: Counter[str]) -> None:
    """One step of an assistant's life. A cut connection leaves it not knowing what became of the step."""
    if assistant.tokens is None:
        await assistant.connect(person)
        seen["connected"] += 1
        return
    step = chance.choice(["call", "call", "refresh", "call", "disconnect"])
    try:
        if step == "call":
            result = await assistant.call_tool("list_mailboxes")
            seen["called" if not result["isError"] else "told to try later"] += 1
        elif step == "refresh":
            await assistant.refresh()
            seen["refreshed"] += 1
        else:
            await assistant.revoke()
            assistant.tokens = None
            seen["disconnected"] += 1
    except ErrorStatus as refused:
        assert refused.status in (400, 401), refused
        # Like a real assistant: after a refused call it refreshes, after a refused refresh it connects anew.
        if refused.status == 401:
            await assistant.refresh()
        else:
            raise


async def life(
    number: int, killer: Killer, sandbox: Any, http: httpx.AsyncClient, seen: Counter[str], url: str
) -> Assistant:
    chance = random.Random(number)
    person = Person(chance.choice(["alice", "bob"]), "secret", http)
    assistant = Assistant(url, http, redirect_uri=f"http://127.0.0.1:{40_000 + number}/callback")
    while not killer.done:
        if chance.random() < 0.1:
            sandbox.state.expire_access_tokens()
        try:
            await work(assistant, person, chance, seen)
        except httpx.HTTPError:
            seen["cut off"] += 1
        except PageError:
            seen["had to start the consent again"] += 1
        except ErrorStatus as refused:
            assert refused.status == 400, refused
            seen["has to reconnect"] += 1
            assistant.tokens = None
        except AssistantError:
            seen["the provider's answer was lost"] += 1
    return assistant


@pytest.mark.parametrize("kills", [10, pytest.param(200, marks=pytest.mark.soak)])
async def test_kills_at_any_moment_leave_no_connection_half_there(tmp_path: Path, kills: int) -> None:
    chance = random.Random(2026)
    seen: Counter[str] = Counter()
    sandbox_socket, bridge_socket = listen("127.0.0.1", 0), listen("127.0.0.1", 0)
    sandbox_port, port = sandbox_socket.getsockname()[1], bridge_socket.getsockname()[1]
    sandbox_app = create_app(SandboxSettings(issuer=f"http://127.0.0.1:{sandbox_port}"))
    sandbox_server = server(sandbox_app)
    serving = asyncio.create_task(sandbox_server.serve(sockets=[sandbox_socket]))
    environment = {
        "MAILCONNECT_DATA_DIR": str(tmp_path),
        "MAILCONNECT_LIMITS": "off",
        "MAILCONNECT_PORT": str(port),
        "MAILCONNECT_SANDBOX_PORT": str(sandbox_port),
    }
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SERVE_IN_CHILDREN),
        str(bridge_socket.fileno()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        pass_fds=(bridge_socket.fileno(),),
        env=os.environ | environment | {"PYTHONPATH": str(Path.cwd())},
    )
    killer = Killer(parent, chance, kills)
    async with httpx.AsyncClient(event_hooks={"request": [killer.count]}, timeout=30, trust_env=False) as http:
        await killer.start()
        url = f"http://127.0.0.1:{port}/mcp"
        lives = [life(number, killer, sandbox_app.state.provider, http, seen, url) for number in range(ASSISTANTS)]
        assistants = await asyncio.gather(*lives)
        for assistant in assistants:
            seen[await fate(assistant)] += 1
    killer.end()
    parent.kill()
    await parent.wait()
    sandbox_server.should_exit = True
    await serving
    bridge_socket.close()
    print(json.dumps(seen))

    with closing(sqlite3.connect(tmp_path / "mailconnect.sqlite3")) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        ids = [row[0] for row in file.execute("SELECT id FROM grants")]
    store = Store.open(from_environment(environment))
    for grant_id in ids:
        grant = await SqliteGrants(store.database).get(grant_id)
        assert grant
        await assert_whole(grant, store)
    await store.database.close()
    assert min(seen["called"], seen["refreshed"], seen["disconnected"]) > 0


async def fate(assistant: Assistant) -> str:
    if assistant.tokens is None:
        return "ended: gone"
    try:
        result = await assistant.call_tool("list_mailboxes")
    except ErrorStatus as refused:
        assert refused.status == 401
        try:
            await assistant.refresh()
        except ErrorStatus as refused_again:
            assert refused_again.status == 400
            return "ended: asks to reconnect"
        result = await assistant.call_tool("list_mailboxes")
    if not result["isError"]:
        return "ended: works"
    text = result["content"][0]["text"]
    if text == RefreshUnderWay.sentence:
        return "ended: a killed process still holds the lease, for twelve seconds"
    assert text == GrantEnded.sentence
    return "ended: asks to reconnect"


async def assert_whole(grant: Grant, store: Store) -> None:
    """All of a state's attributes or none, and the revocation wrap opens what is sealed."""
    data_key = await store.keys.open_data_key(grant.data_key, grant.id)
    assert open_props(grant, data_key).access_token.startswith("fmu1-")
    fields = {
        "code": (grant.code_hash, grant.code_wrap),
        "access": (grant.access_hash, grant.access_wrap, grant.access_scope, grant.access_expires_at),
        "refresh": (grant.refresh_hash, grant.refresh_wrap, grant.family_key),
    }
    present = {name: {value is not None for value in values} for name, values in fields.items()}
    match grant.state:
        case GrantState.AUTHORIZED:
            assert present == {"code": {True}, "access": {False}, "refresh": {False}}
        case GrantState.ACTIVE:
            assert present == {"code": {True, False}, "access": {True}, "refresh": {True}}
        case GrantState.RETIRED:
            assert present == {"code": {False}, "access": {False}, "refresh": {False}}
            assert grant.retired_at is not None
