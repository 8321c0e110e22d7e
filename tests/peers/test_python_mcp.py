"""The official Python SDK in its three modes. It keeps time, so it refreshes its token before it is refused."""

from functools import partial

import pytest

from tests.peers.client import OpenClient
from tests.peers.client_contract import (
    CALL,
    CALL_REFUSED,
    DISCOVERY,
    REDEMPTION,
    REFRESH,
    REGISTRATION,
    DocumentedClientContract,
    Habits,
)
from tests.peers.proven import PYTHON_SDK
from tests.peers.python_mcp import python_client

pytestmark = [pytest.mark.peer, pytest.mark.anyio]

AUTHORIZING = [*DISCOVERY, REGISTRATION, REDEMPTION]
RENEWING = [REFRESH, CALL, CALL]
RECONNECTING = [CALL_REFUSED, *DISCOVERY, REDEMPTION, CALL]
MODES = {
    "auto": Habits(
        "2026-07-28",
        [
            "POST /mcp server/discover 401",
            *AUTHORIZING,
            "POST /mcp server/discover 200",
            "POST /mcp tools/list 200",
        ],
        RENEWING,
        RECONNECTING,
    ),
    "legacy": Habits(
        "2025-11-25",
        [
            "POST /mcp initialize 401",
            *AUTHORIZING,
            "POST /mcp initialize 200",
            "POST /mcp notifications/initialized 202",
            "POST /mcp tools/list 200",
        ],
        RENEWING,
        RECONNECTING,
    ),
    "2026-07-28": Habits(
        "2026-07-28",
        ["POST /mcp tools/list 401", *AUTHORIZING, "POST /mcp tools/list 200"],
        RENEWING,
        RECONNECTING,
    ),
}


@pytest.mark.parametrize("mode", MODES)
class TestThePythonClient(DocumentedClientContract):
    client = PYTHON_SDK

    @pytest.fixture
    def open_client(self, mode: str) -> OpenClient:
        return partial(python_client, mode)

    @pytest.fixture
    def habits(self, mode: str) -> Habits:
        return MODES[mode]
