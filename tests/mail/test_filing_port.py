"""The contract of filing, by a fake in memory and by JMAP before the sandbox."""

from collections.abc import AsyncIterator, Mapping

import pytest

from mailconnect.jmap.mail import JmapMail
from mailconnect.jmap.mailbox.remembered_places import RememberedPlaces
from mailconnect.mail.port import Mail
from tests.mail.filing_contract import FilingContract
from tests.mail.letters import LETTERS
from tests.mail.memory_filing import MemoryFiling
from tests.mail.sandbox_mail import sandbox_access


class TestMemory(FilingContract):
    @pytest.fixture
    async def given(self) -> tuple[Mail, Mapping[str, str]]:
        return MemoryFiling(), {letter.name: f"M-{letter.name}" for letter in LETTERS}


class TestJmap(FilingContract):
    @pytest.fixture
    async def given(self) -> AsyncIterator[tuple[Mail, Mapping[str, str]]]:
        async with sandbox_access() as (access, ids):
            yield JmapMail(access, RememberedPlaces()), ids
