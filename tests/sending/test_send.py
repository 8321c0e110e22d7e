"""One message is sent once, on the word that the owner's policy asks for."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mailconnect.grants.sending import Choice, Policy
from mailconnect.sandbox.accounts import ALICE
from mailconnect.sending.approvals import Word
from mailconnect.sending.outcome import (
    AlreadySent,
    Changed,
    Discarded,
    Held,
    Limit,
    Limited,
    NoLonger,
    NotSent,
    Sent,
    Waiting,
)
from mailconnect.sending.sending import Request
from tests.sending.desk import ANN, BOB, NOW, SCOPES, STRANGER, Desk, new_desk

pytestmark = pytest.mark.anyio

CONTACT, OTHER_CONTACT = "walter@sandbox-family.example", "ruth@sandbox-family.example"
APPROVE, KNOWN, FREE = (Choice(policy, 20) for policy in Policy)


@pytest.fixture
async def desk() -> Desk:
    return await new_desk()


async def test_a_draft_is_sent_once_however_often_it_is_asked(desk):
    draft_id = desk.write(ANN)
    assert await desk.send(draft_id) == Sent(1)
    assert await desk.send(draft_id) == AlreadySent()
    [posted] = desk.outbox
    assert (posted.sender, posted.recipients) == ("alice@sandbox.test", (ANN,))
    assert not desk.is_draft(draft_id)
    assert desk.mailbox.emails[draft_id].mailbox_ids == {desk.box("sent")}
    assert await desk.history() == [("message_sent", "free 1")]


async def test_under_approval_nothing_leaves_at_the_assistants_word(desk):
    desk.choice = APPROVE
    draft_id = desk.write(ANN)
    assert await desk.send(draft_id) == Waiting("https://mail.example.com/approve/secret", NOW + 3600)
    assert await desk.send(draft_id) == Waiting("https://mail.example.com/approve/secret", NOW + 3600, again=True)
    assert desk.outbox == []
    assert await desk.press(draft_id) == Sent(1)
    assert await desk.send(draft_id) == AlreadySent()
    assert len(desk.outbox) == 1
    assert await desk.history() == [("message_sent", "approve 1")]


@pytest.mark.parametrize("word", [Word.SENT, Word.DISCARDED, Word.WAITING, Word.EXPIRED, Word.NONE])
async def test_whatever_the_approvals_say_the_assistants_call_sends_nothing(desk, word):
    desk.choice = APPROVE
    draft_id = desk.write(ANN)
    desk.owner.words[await desk.seen(draft_id)] = word
    outcome = await desk.send(draft_id)
    assert isinstance(outcome, AlreadySent | Discarded | Waiting)
    assert desk.outbox == []


async def test_without_approvals_what_needs_one_stays(desk):
    desk.choice = APPROVE
    draft_id = desk.write(ANN)
    connection = replace(desk.connection(), approvals=None)
    assert isinstance(await connection.send(Request(draft_id, (ANN,))), NotSent)
    assert desk.outbox == []


async def test_under_known_a_message_leaves_to_whom_the_owner_wrote(desk):
    desk.choice = KNOWN
    desk.write(ANN, number=7, sent=True)
    assert await desk.send(desk.write(ANN)) == Sent(1)
    assert await desk.history() == [("message_sent", "known 1")]


@pytest.mark.parametrize("to", [(STRANGER,), (ANN, STRANGER)])
async def test_under_known_a_message_with_one_stranger_waits(desk, to):
    desk.choice = KNOWN
    desk.write(ANN, number=7, sent=True)
    assert isinstance(await desk.send(desk.write(*to), *to), Waiting)
    assert desk.outbox == []


async def test_under_known_a_message_leaves_to_a_contact_that_it_may_see_and_to_no_other(desk):
    desk.choice = KNOWN
    assert await desk.send(desk.write(CONTACT), CONTACT) == Sent(1)
    desk.scopes = SCOPES - {"contacts:read"}
    assert isinstance(await desk.send(desk.write(OTHER_CONTACT, number=2), OTHER_CONTACT), Waiting)


async def test_who_only_wrote_to_the_owner_is_not_known_to_them(desk):
    desk.choice = KNOWN
    [inbox] = [folder.path for folder in ALICE.primary.folders if folder.role == "inbox"]
    raw = f"Received: from elsewhere\r\nFrom: {STRANGER}\r\nTo: alice@sandbox.test\r\n\r\nWrite to me!\r\n"
    desk.mailbox.deliver(raw.encode(), [inbox], datetime.fromtimestamp(NOW, UTC))
    assert isinstance(await desk.send(desk.write(STRANGER), STRANGER), Waiting)


@pytest.mark.row("SN-07")
@pytest.mark.parametrize("choice", [KNOWN, FREE])
async def test_a_draft_of_the_owners_own_waits_for_their_word_whatever_they_chose(desk, choice):
    desk.choice = choice
    desk.write(ANN, number=7, sent=True)
    desk.named = "m"
    draft_id = desk.write(ANN)
    assert isinstance(await desk.send(draft_id), Waiting)
    assert desk.outbox == []
    assert await desk.press(draft_id) == Sent(1)


@pytest.mark.parametrize("repeated", [(BOB,), (ANN, BOB), ()])
async def test_the_recipients_that_are_repeated_must_be_the_drafts(desk, repeated):
    draft_id = desk.write(ANN)
    connection = desk.connection()
    assert await connection.send(Request(draft_id, repeated)) == Changed((ANN,))
    assert desk.outbox == []


async def test_recipients_are_compared_without_regard_to_case_and_order(desk):
    draft_id = desk.write(ANN, BOB)
    assert await desk.send(draft_id, BOB.upper(), f" {ANN}") == Sent(2)


async def test_what_is_held_can_be_taken_back_and_sent_anew(desk):
    draft_id = desk.write(ANN)
    held = await desk.send(draft_id, hold=60)
    assert isinstance(held, Held)
    assert held.until is not None
    assert held.until.timestamp() == NOW + 60
    assert isinstance(await desk.send(draft_id, hold=60), Held)
    assert await desk.connection().undo(draft_id)
    assert desk.is_draft(draft_id)
    desk.clock.now += 120
    assert desk.outbox == []
    assert await desk.send(draft_id) == Sent(1)
    assert len(desk.outbox) == 1
    assert [what for what, _ in await desk.history()].count("message_sent") == 2


async def test_a_hold_that_is_not_honoured_is_not_claimed(desk):
    desk.provider.switches.holds = False
    assert await desk.send(desk.write(ANN), hold=60) == Sent(1)
    assert await desk.send(desk.write(ANN, number=2), hold=3600, is_timed=True) == Sent(1, too_early=True)


async def test_a_draft_that_changed_since_it_was_seen_is_not_sent_by_that_press(desk):
    seen = await desk.seen(desk.write(ANN))
    edited = desk.write(ANN, subject="Other")
    assert await desk.press(edited, seen) == Changed()
    assert desk.outbox == []


async def test_a_connection_that_ended_sends_nothing(desk):
    draft_id = desk.write(ANN)
    seen = await desk.seen(draft_id)
    await desk.end_grant()
    assert await desk.send(draft_id) == NoLonger()
    assert await desk.press(draft_id, seen) == NoLonger()
    assert desk.outbox == []


async def test_more_than_five_in_a_minute_are_refused(desk):
    outcomes = [await desk.send(desk.write(ANN, number=number)) for number in range(6)]
    assert outcomes[:5] == [Sent(1)] * 5
    assert outcomes[5] == Limited(Limit.MINUTE, 5, 60)
    assert len(desk.outbox) == 5
    assert ("send_limited", "minute") in await desk.history()


async def test_no_more_leave_in_a_day_than_the_owner_says(desk):
    desk.choice = Choice(Policy.FREE, 2)
    outcomes = [await desk.send(desk.write(ANN, number=number)) for number in range(3)]
    assert outcomes[2] == Limited(Limit.DAY, 2, 86_400 - NOW % 86_400)


async def test_the_owners_own_presses_are_not_counted(desk):
    desk.choice = APPROVE
    for number in range(8):
        assert await desk.press(desk.write(ANN, number=number)) == Sent(1)


async def test_a_draft_in_the_trash_is_not_sent(desk):
    draft_id = desk.write(ANN)
    desk.mailbox.update(draft_id, mailbox_ids=frozenset({desk.box("trash")}), keywords=frozenset({"$draft"}))
    assert isinstance(await desk.send(draft_id), NotSent)


async def test_another_senders_draft_is_refused_by_the_identities(desk):
    outcome = await desk.send(desk.write(ANN, sender="boss@elsewhere.test"))
    assert isinstance(outcome, NotSent)
    assert "list_identities" in outcome.why
