from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bridge import Bridge, running_bridge


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def bridge(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Bridge]:
    async with running_bridge(tmp_path) as running:
        yield running
