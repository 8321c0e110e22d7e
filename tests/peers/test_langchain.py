"""LangChain's MCP adapters, as agents on LangChain and LangGraph use them: a session for each tool call."""

from functools import partial
from pathlib import Path

import pytest

from tests.peers.client import OpenClient
from tests.peers.client_contract import DISCOVERY, REDEMPTION, REFRESH, REGISTRATION, Habits, RelayedClientContract
from tests.peers.langchain_client import langchain_client
from tests.peers.proven import LANGCHAIN

pytestmark = [pytest.mark.peer, pytest.mark.anyio]

INTRODUCED = ["POST /mcp initialize 200", "POST /mcp notifications/initialized 202"]
LISTED = "POST /mcp tools/list 200"
CALLING = [*INTRODUCED, "POST /mcp tools/call 200", LISTED]
"""It lists the tools once more to see whether the result is what their schema says."""
HABITS = Habits(
    "2025-11-25",
    [
        "POST /mcp initialize 401",
        *DISCOVERY,
        REGISTRATION,
        REDEMPTION,
        INTRODUCED[0],
        *INTRODUCED,
        LISTED,
    ],
    [REFRESH, *CALLING, *CALLING],
    ["POST /mcp initialize 401", *DISCOVERY, REDEMPTION, *CALLING],
    CALLING,
)


class TestLangChain(RelayedClientContract):
    """It keeps time, and refreshes its token before it is refused."""

    client = LANGCHAIN

    @pytest.fixture
    def open_client(self, langchain: Path) -> OpenClient:
        return partial(langchain_client, langchain)

    @pytest.fixture
    def habits(self) -> Habits:
        return HABITS
