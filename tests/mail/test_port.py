"""The contract of the mail port, by a fake in memory and by JMAP before the sandbox."""

from collections.abc import AsyncIterator, Mapping

import pytest

from mailconnect.jmap.mail import JmapMail
from mailconnect.jmap.mailbox.remembered_places import RememberedPlaces
from mailconnect.mail.port import Mail
from tests.mail.letters import LETTERS
from tests.mail.mail_contract import MailContract
from tests.mail.memory_mail import MemoryMail
from tests.mail.sandbox_mail import sandbox_access


class TestMemory(MailContract):
    @pytest.fixture
    async def given(self) -> tuple[Mail, Mapping[str, str]]:
        return MemoryMail(), {letter.name: f"M-{letter.name}" for letter in LETTERS}


class TestJmap(MailContract):
    @pytest.fixture
    async def given(self) -> AsyncIterator[tuple[Mail, Mapping[str, str]]]:
        async with sandbox_access() as (access, ids):
            yield JmapMail(access, RememberedPlaces()), ids
