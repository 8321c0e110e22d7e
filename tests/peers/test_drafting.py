"""Real clients draft an answer before the sandbox."""

import httpx
import pytest

from tests.peers.client import AskedPerson
from tests.peers.drafting import draft_an_answer_and_edit_it
from tests.peers.python_mcp import python_client
from tests.peers.running_bridge import RunningBridge

pytestmark = [pytest.mark.peer, pytest.mark.anyio]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_python_sdk_drafts_an_answer_and_edits_it(
    mode: str, tmp_path_factory: pytest.TempPathFactory, http: httpx.AsyncClient
) -> None:
    with RunningBridge.started(tmp_path_factory.mktemp("drafts")) as bridge:
        async with python_client(mode, bridge, AskedPerson("alice", http)) as client:
            await client.connect()
            await draft_an_answer_and_edit_it(client)
