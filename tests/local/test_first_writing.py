"""What `make run` ends with: a reply that waits for its owner, and the link to it."""

import pytest

from mailconnect.local.first_writing import first_writing, link_in
from tests.approvals.waiting import Owner, title_of
from tests.bridge import ISSUER, Bridge

pytestmark = pytest.mark.anyio


async def test_it_ends_with_a_link_that_its_owner_opens(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    *_, written, asked = [answer async for answer in first_writing(assistant)]
    assert "Draft stored. Nothing is sent." in written
    link = link_in(asked)
    assert link.startswith(f"{ISSUER}/approve?link=")
    owner = Owner.at(bridge)
    path = await owner.sign_in(link.removeprefix(ISSUER))
    page = await owner.page(path)
    assert title_of(page) == "Send this as you?"
    assert "I will look through it by Friday." in page


async def test_in_a_mailbox_without_such_a_message_it_writes_nothing(bridge: Bridge) -> None:
    assistant = await bridge.connected("bob")
    assert [answer async for answer in first_writing(assistant)] == []
