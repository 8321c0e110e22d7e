"""What an approval link opens: its record and no other, and under its key what the owner saw."""

from dataclasses import replace

import pytest

from mailconnect.approvals import decision, marks
from mailconnect.approvals.displayed_draft import displayed_draft_of
from mailconnect.approvals.opening import Opening
from mailconnect.grants.approval import ApprovalLink, SeenMessage, open_seen
from mailconnect.sending.digest import digest
from tests.approvals.waiting import ANNA, Waiting
from tests.bridge import Bridge

pytestmark = pytest.mark.anyio


def opening_of(bridge: Bridge) -> Opening:
    stores = bridge.adapters.stores

    def outgoing(*_: object) -> None:
        raise AssertionError("nothing is sent here")

    return Opening(stores.approvals, stores.grants, outgoing, digest, bridge.clock)  # type: ignore[arg-type]


async def test_a_link_without_its_record_opens_nothing(bridge: Bridge) -> None:
    waiting, opening = await Waiting.connected(bridge), opening_of(bridge)
    draft = await waiting.draft(ANNA)
    text = (await waiting.ask(draft)).link.partition("link=")[2]
    link = ApprovalLink.parse(text)
    assert await opening.of(text)
    assert await opening.of("no link") is None
    assert await opening.of(ApprovalLink(link.grant_id, bytes(16), link.secret).text) is None, "of no record"
    assert await opening.of(ApprovalLink(link.grant_id, link.number, bytes(32)).text) is None, "of another secret"
    bridge.clock.now += 3600
    await waiting.ask(draft)
    assert await opening.of(text) is None, "another link has taken its place"


async def test_a_press_is_kept_with_the_message_that_its_owner_saw_and_pressed(bridge: Bridge) -> None:
    waiting, opening = await Waiting.connected(bridge), opening_of(bridge)
    draft = await waiting.draft(ANNA)
    opened = await opening.of((await waiting.ask(draft)).link.partition("link=")[2])
    assert opened
    assert opened.seen == SeenMessage(marks.marks_of(displayed_draft_of(draft)), draft.message_id)
    sealed = opened.pressed("pressed", bridge.adapters.stores.entropy)
    claim = decision.claim(opened.approval, draft, "pressed", sealed, bridge.clock())
    pressed = replace(opened.approval, **dict(claim.set))
    seen = SeenMessage(marks.marks_of(displayed_draft_of(draft)), draft.message_id, "pressed")
    assert open_seen(pressed, waiting.grant, opened.data_key) == seen
