"""Readers of this machine against the port's contract."""

import pytest

from mailconnect.attachments.local import LocalReader
from mailconnect.attachments.port import AttachmentReader
from tests.attachments.in_process import InProcessReader
from tests.attachments.reader_contract import *  # noqa: F403 - the contract's tests

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["local", "in process"])
async def reader(request: pytest.FixtureRequest) -> AttachmentReader:
    return LocalReader() if request.param == "local" else InProcessReader()
