import pytest

from tests.bridge import Bridge
from tests.endpoints.wire import Client, Window, Wire


@pytest.fixture
def wire(bridge: Bridge) -> Wire:
    return Wire(bridge)


@pytest.fixture
async def client(wire: Wire) -> Client:
    return await wire.register()


@pytest.fixture
def window(wire: Wire) -> Window:
    return Window(wire)
