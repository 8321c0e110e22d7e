from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.bridge import Bridge, running_bridge

settings.register_profile("the same examples every time", derandomize=True, deadline=None)
settings.load_profile("the same examples every time")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def bridge(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Bridge]:
    async with running_bridge(tmp_path) as running:
        yield running
