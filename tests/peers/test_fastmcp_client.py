"""FastMCP's client. It looks at the authorization page by itself before it opens the browser on it."""

from functools import partial
from pathlib import Path

import pytest

from tests.peers.client import OpenClient
from tests.peers.client_contract import (
    CALL,
    CALL_REFUSED,
    DISCOVERY,
    REDEMPTION,
    REFRESH,
    REGISTRATION,
    Habits,
    RelayedClientContract,
)
from tests.peers.fastmcp_client import fastmcp_client
from tests.peers.proven import FASTMCP

pytestmark = [pytest.mark.peer, pytest.mark.anyio]

LOOKING = "GET /authorize 200"
AUTHORIZING = [*DISCOVERY, REGISTRATION, LOOKING, REDEMPTION]
RENEWING = [REFRESH, CALL, CALL]
RECONNECTING = [CALL_REFUSED, *DISCOVERY, LOOKING, REDEMPTION, CALL]
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
}


@pytest.mark.parametrize("mode", MODES)
class TestTheFastMcpClient(RelayedClientContract):
    """It keeps time, and refreshes its token before it is refused. Refused all the same, it goes straight to the
    person, without another try with the refresh token.
    """

    client = FASTMCP

    @pytest.fixture
    def open_client(self, fastmcp: Path, tmp_path: Path, mode: str) -> OpenClient:
        return partial(fastmcp_client, fastmcp, tmp_path, mode)

    @pytest.fixture
    def habits(self, mode: str) -> Habits:
        return MODES[mode]
