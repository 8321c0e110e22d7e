"""One message is sent once, with the approval that the owner's policy asks for."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mailconnect.grants.sending import Choice, SendingPolicy
from mailconnect.sandbox.accounts import ALICE
from mailconnect.sending.approvals import Word
from mailconnect.sending.outcome import (
    AlreadySent,
    Changed,
    Discarded,
    Held,
    Limited,
    NoLonger,
    NotSent,
    SendingLimit,
    Sent,
    Waiting,
)
from mailconnect.sending.sending import SendRequest
from tests.sending.sender import ANN, BOB, NOW, SCOPES, STRANGER, Sender, new_sender

pytestmark = pytest.mark.anyio

CONTACT, OTHER_CONTACT = "walter@sandbox-family.example", "ruth@sandbox-family.example"
APPROVE, KNOWN, FREE = (Choice(policy, 20) for policy in SendingPolicy)


@pytest.fixture
async def sender() -> Sender:
    return await new_sender()


async def test_a_draft_is_sent_once_however_often_it_is_asked(sender):
    draft_id = sender.write(ANN)
    assert await sender.send(draft_id) == Sent(1)
    assert await sender.send(draft_id) == AlreadySent()
    [posted] = sender.outbox
    assert (posted.sender, posted.recipients) == ("alice@sandbox.test", (ANN,))
    assert not sender.is_draft(draft_id)
    assert sender.mailbox.emails[draft_id].mailbox_ids == {sender.box("sent")}
    assert await sender.history() == [("message_sent", "free 1")]


async def test_under_approval_nothing_leaves_at_the_assistants_word(sender):
    sender.choice = APPROVE
    draft_id = sender.write(ANN)
    assert await sender.send(draft_id) == Waiting("https://mail.example.com/approve/secret", NOW + 3600)
    assert await sender.send(draft_id) == Waiting("https://mail.example.com/approve/secret", NOW + 3600, again=True)
    assert sender.outbox == []
    assert await sender.press(draft_id) == Sent(1)
    assert await sender.send(draft_id) == AlreadySent()
    assert len(sender.outbox) == 1
    assert await sender.history() == [("message_sent", "approve 1")]


@pytest.mark.parametrize("word", [Word.SENT, Word.DISCARDED, Word.WAITING, Word.EXPIRED, Word.NONE])
async def test_the_assistants_call_sends_nothing_whatever_the_approvals_say(sender, word):
    sender.choice = APPROVE
    draft_id = sender.write(ANN)
    sender.owner.words[await sender.seen(draft_id)] = word
    outcome = await sender.send(draft_id)
    assert isinstance(outcome, AlreadySent | Discarded | Waiting)
    assert sender.outbox == []


async def test_without_approvals_what_needs_one_stays(sender):
    sender.choice = APPROVE
    draft_id = sender.write(ANN)
    connection = replace(sender.connection(), approvals=None)
    assert isinstance(await connection.send(SendRequest(draft_id, (ANN,))), NotSent)
    assert sender.outbox == []


async def test_under_known_a_message_leaves_to_whom_the_owner_wrote(sender):
    sender.choice = KNOWN
    sender.write(ANN, number=7, sent=True)
    assert await sender.send(sender.write(ANN)) == Sent(1)
    assert await sender.history() == [("message_sent", "known 1")]


@pytest.mark.parametrize("to", [(STRANGER,), (ANN, STRANGER)])
async def test_under_known_a_message_with_one_unknown_recipient_waits(sender, to):
    sender.choice = KNOWN
    sender.write(ANN, number=7, sent=True)
    assert isinstance(await sender.send(sender.write(*to), *to), Waiting)
    assert sender.outbox == []


async def test_under_known_a_message_leaves_to_a_contact_that_it_may_see_and_to_no_other(sender):
    sender.choice = KNOWN
    assert await sender.send(sender.write(CONTACT), CONTACT) == Sent(1)
    sender.scopes = SCOPES - {"contacts:read"}
    assert isinstance(await sender.send(sender.write(OTHER_CONTACT, number=2), OTHER_CONTACT), Waiting)


async def test_a_stranger_who_only_wrote_to_the_owner_is_not_known_to_them(sender):
    sender.choice = KNOWN
    [inbox] = [folder.path for folder in ALICE.primary.folders if folder.role == "inbox"]
    raw = f"Received: from elsewhere\r\nFrom: {STRANGER}\r\nTo: alice@sandbox.test\r\n\r\nWrite to me!\r\n"
    sender.mailbox.deliver(raw.encode(), [inbox], datetime.fromtimestamp(NOW, UTC))
    assert isinstance(await sender.send(sender.write(STRANGER), STRANGER), Waiting)


@pytest.mark.row("SN-07")
@pytest.mark.parametrize("choice", [KNOWN, FREE])
async def test_a_draft_of_the_owners_own_waits_for_their_word_whatever_they_chose(sender, choice):
    sender.choice = choice
    sender.write(ANN, number=7, sent=True)
    sender.named = "m"
    draft_id = sender.write(ANN)
    assert isinstance(await sender.send(draft_id), Waiting)
    assert sender.outbox == []
    assert await sender.press(draft_id) == Sent(1)


@pytest.mark.parametrize("repeated", [(BOB,), (ANN, BOB), ()])
async def test_the_recipients_that_are_repeated_must_be_the_drafts(sender, repeated):
    draft_id = sender.write(ANN)
    connection = sender.connection()
    assert await connection.send(SendRequest(draft_id, repeated)) == Changed((ANN,))
    assert sender.outbox == []


async def test_recipients_are_compared_without_regard_to_case_and_order(sender):
    draft_id = sender.write(ANN, BOB)
    assert await sender.send(draft_id, BOB.upper(), f" {ANN}") == Sent(2)


async def test_a_held_message_can_be_taken_back_and_sent_anew(sender):
    draft_id = sender.write(ANN)
    held = await sender.send(draft_id, hold=60)
    assert isinstance(held, Held)
    assert held.until is not None
    assert held.until.timestamp() == NOW + 60
    assert isinstance(await sender.send(draft_id, hold=60), Held)
    assert await sender.connection().undo(draft_id)
    assert sender.is_draft(draft_id)
    sender.clock.now += 120
    assert sender.outbox == []
    assert await sender.send(draft_id) == Sent(1)
    assert len(sender.outbox) == 1
    assert [what for what, _ in await sender.history()].count("message_sent") == 2


async def test_a_hold_that_is_not_honoured_is_not_claimed(sender):
    sender.provider.switches.holds = False
    assert await sender.send(sender.write(ANN), hold=60) == Sent(1)
    assert await sender.send(sender.write(ANN, number=2), hold=3600, is_timed=True) == Sent(1, too_early=True)


async def test_a_draft_that_changed_since_it_was_seen_is_not_sent_by_that_press(sender):
    seen = await sender.seen(sender.write(ANN))
    edited = sender.write(ANN, subject="Other")
    assert await sender.press(edited, seen) == Changed()
    assert sender.outbox == []


async def test_a_connection_that_ended_sends_nothing(sender):
    draft_id = sender.write(ANN)
    seen = await sender.seen(draft_id)
    await sender.end_grant()
    assert await sender.send(draft_id) == NoLonger()
    assert await sender.press(draft_id, seen) == NoLonger()
    assert sender.outbox == []


async def test_more_than_five_in_a_minute_are_refused(sender):
    outcomes = [await sender.send(sender.write(ANN, number=number)) for number in range(6)]
    assert outcomes[:5] == [Sent(1)] * 5
    assert outcomes[5] == Limited(SendingLimit.MINUTE, 5, 60)
    assert len(sender.outbox) == 5
    assert ("send_limited", "minute") in await sender.history()


async def test_no_more_leave_in_a_day_than_the_owner_says(sender):
    sender.choice = Choice(SendingPolicy.FREE, 2)
    outcomes = [await sender.send(sender.write(ANN, number=number)) for number in range(3)]
    assert outcomes[2] == Limited(SendingLimit.DAY, 2, 86_400 - NOW % 86_400)


async def test_the_owners_own_presses_are_not_counted(sender):
    sender.choice = APPROVE
    for number in range(8):
        assert await sender.press(sender.write(ANN, number=number)) == Sent(1)


async def test_a_draft_in_the_trash_is_not_sent(sender):
    draft_id = sender.write(ANN)
    sender.mailbox.update(draft_id, mailbox_ids=frozenset({sender.box("trash")}), keywords=frozenset({"$draft"}))
    assert isinstance(await sender.send(draft_id), NotSent)


async def test_another_senders_draft_is_refused_by_the_identities(sender):
    outcome = await sender.send(sender.write(ANN, sender="boss@elsewhere.test"))
    assert isinstance(outcome, NotSent)
    assert "list_identities" in outcome.why
