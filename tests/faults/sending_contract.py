"""A message when a process dies, a store or the provider fails, or two requests act at once.

A subclass gives the fixture `processes`. After each fault the message has left at most once, and never without the
approval that the owner's policy asks for.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from mailconnect.grants.narrowing import narrow
from mailconnect.grants.sending import Choice, SendingPolicy, choose
from mailconnect.grants.widening import seal_widening_key
from mailconnect.mail.draft.errors import NotHeld, NothingWaits
from mailconnect.mail.errors import MailboxError, Throttled, Unauthorized
from mailconnect.sandbox.switches import Fault
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
    Unknown,
    Waiting,
)
from mailconnect.store.errors import StoreUnavailable
from tests.faults.place import Processes
from tests.grants.scenario import seeded
from tests.provider.strict_provider import nothing
from tests.sending.killing import Killed, dies, settled
from tests.sending.sender import ANN, BOB, NOW, STRANGER, SUBMIT, Sender, new_grant, new_sender

APPROVE, KNOWN, FREE = (Choice(policy, 20) for policy in SendingPolicy)
_MAX_STEPS = 120
_ONCE = {"sent": 1}


async def steps_of(sender: Sender, act: Any) -> int:
    """How many steps it has, each twice: before it and after it."""
    seen: list[str] = []

    async def count(name: str) -> None:
        seen.append(name)

    sender.before = sender.after = count
    await act()
    sender.before = sender.after = nothing
    return len(seen)


def at(sender: Sender, step: str, act: Any, *, after: bool = False) -> None:
    """Something happens once, before or after the first such step."""
    done = False

    async def happens(name: str) -> None:
        nonlocal done
        if name == step and not done:
            done = True
            await act()

    if after:
        sender.after = happens
    else:
        sender.before = happens


class SendingContract:
    pytestmark = pytest.mark.anyio

    @pytest.fixture
    async def sender(self, processes: Processes, anyio_backend: str) -> AsyncIterator[Sender]:
        async with processes.place.stores() as stores:
            yield await new_sender(stores)

    # ------------------------------------------------------------------ a process dies

    @pytest.mark.row("W-01", "W-02", "W-03", "W-04", "W-05", "W-06")
    async def test_a_send_that_is_killed_at_any_step_is_finished_by_the_next_call(self, sender: Sender) -> None:
        sender.write(ANN, number=2000, sent=True)
        steps = await steps_of(sender, lambda: sender.send(sender.write(ANN, number=1000)))
        assert 20 < steps < _MAX_STEPS
        for step in range(1, steps + 1):
            await self.killed(sender, step)

    async def killed(self, sender: Sender, step: int) -> None:
        before = len(sender.outbox)
        sender.clock.now += 61  # for the limit of a minute
        sender.choice = Choice(SendingPolicy.FREE, 100)
        if step % 25 == 0:
            sender.clock.now += 86_400
        draft_id = sender.write(ANN, number=step)
        assert await dies(sender, step, lambda: sender.send(draft_id))
        sender.clock.now += 120
        assert isinstance(await settled(lambda: sender.send(draft_id)), Sent | AlreadySent)
        assert len(sender.outbox) == before + 1, step
        assert await sender.send(draft_id) == AlreadySent()

    @pytest.mark.row("W-07")
    async def test_under_known_it_is_the_same(self, sender: Sender) -> None:
        sender.choice = Choice(SendingPolicy.KNOWN, 100)
        sender.write(ANN, number=2000, sent=True)
        steps = await steps_of(sender, lambda: sender.send(sender.write(ANN, number=1000)))
        for step in range(1, steps + 1, 3):
            sender.clock.now += 121
            draft_id = sender.write(ANN, number=step)
            assert await dies(sender, step, lambda draft_id=draft_id: sender.send(draft_id))
            sender.clock.now += 121
            await settled(lambda draft_id=draft_id: sender.send(draft_id))
        assert len(sender.outbox) == 1 + len(range(1, steps + 1, 3))

    @pytest.mark.row("W-08")
    async def test_a_press_that_is_killed_at_any_step_is_finished_by_the_next_look(self, sender: Sender) -> None:
        sender.choice = APPROVE
        first = sender.write(ANN, number=1000)
        seen = await sender.seen(first)
        steps = await steps_of(sender, lambda: sender.press(first, seen))
        for step in range(1, steps + 1):
            draft_id = sender.write(ANN, number=step)
            seen = await sender.seen(draft_id)
            assert await dies(sender, step, lambda draft_id=draft_id, seen=seen: sender.press(draft_id, seen))
            await settled(lambda draft_id=draft_id, seen=seen: sender.press(draft_id, seen))
            assert len(sender.outbox) == 1 + step

    @pytest.mark.row("W-09")
    async def test_a_press_that_was_killed_is_not_finished_by_the_assistant(self, sender: Sender) -> None:
        sender.choice = APPROVE
        draft_id = sender.write(ANN)
        seen = await sender.seen(draft_id)
        at(sender, SUBMIT, self.die)
        with pytest.raises(Killed):
            await sender.press(draft_id, seen)
        sender.before = nothing
        assert isinstance(await sender.send(draft_id), Waiting)
        assert sender.outbox == []
        assert await sender.press(draft_id, seen) == Sent(1)

    async def die(self) -> None:
        raise Killed

    @pytest.mark.row("W-10")
    async def test_an_undo_that_is_killed_at_any_step_stops_it_or_not_and_says_so_later(self, sender: Sender) -> None:
        sender.choice = Choice(SendingPolicy.FREE, 100)
        await sender.send(sender.write(ANN, number=1000), hold=60)
        for step in range(1, 40):
            sender.clock.now += 121
            out = len(sender.outbox)
            draft_id = sender.write(ANN, number=step)
            assert isinstance(await sender.send(draft_id, hold=60), Held)
            died = await dies(sender, step, lambda draft_id=draft_id: sender.connection().undo(draft_id))
            stopped = sender.is_draft(draft_id)
            assert await sender.connection().undo(draft_id) is not stopped
            sender.clock.now += 121
            assert len(sender.outbox) == out
            if not died:
                break
        else:
            raise AssertionError("it has more steps")

    @pytest.mark.row("W-11")
    async def test_a_second_process_may_be_killed_too(self, sender: Sender) -> None:
        sender.choice = Choice(SendingPolicy.FREE, 100)
        for number, (first, second) in enumerate([(17, 9), (21, 21), (23, 25), (25, 11), (19, 29)]):
            sender.clock.now += 121
            draft_id = sender.write(ANN, number=number)
            for step in (first, second):
                await dies(sender, step, lambda draft_id=draft_id: sender.send(draft_id))
            sender.clock.now += 121
            await settled(lambda draft_id=draft_id: sender.send(draft_id))
            assert len(sender.outbox) == number + 1

    # ------------------------------------------------------------------ a store is away

    @pytest.mark.row("W-12")
    async def test_without_the_ledger_nothing_is_sent(self, sender: Sender, processes: Processes) -> None:
        await self.nothing_without(sender, processes, "ledger")

    @pytest.mark.row("W-13")
    async def test_without_the_counters_nothing_is_sent(self, sender: Sender, processes: Processes) -> None:
        await self.nothing_without(sender, processes, "counters")

    @pytest.mark.row("W-14")
    async def test_without_the_grants_nothing_is_sent(self, sender: Sender, processes: Processes) -> None:
        await self.nothing_without(sender, processes, "grants")

    async def nothing_without(self, sender: Sender, processes: Processes, part: str) -> None:
        draft_id = sender.write(ANN)
        async with processes.place.unreachable(part) as adapter:
            failing = replace(sender, stores={**sender.stores, part: adapter})
            with pytest.raises(StoreUnavailable):
                await failing.send(draft_id)
        assert sender.outbox == []
        assert await sender.send(draft_id) == Sent(1)

    @pytest.mark.row("W-15")
    async def test_a_ledger_that_fails_after_the_submission_costs_no_second_mail(
        self, sender: Sender, processes: Processes
    ) -> None:
        draft_id = sender.write(ANN)
        async with processes.place.unreachable("ledger") as adapter:
            at(sender, SUBMIT, lambda: self.replaced(sender, "ledger", adapter), after=True)
            there = sender.stores["ledger"]
            assert await sender.send(draft_id) == Sent(1)
        sender.after, sender.stores["ledger"] = nothing, there
        assert await sender.send(draft_id) == AlreadySent()
        assert len(sender.outbox) == 1

    async def replaced(self, sender: Sender, part: str, adapter: Any) -> None:
        """In the process that is at work, whose adapters are held by what steps."""
        for held in sender.held:
            if held.name == part:
                held.inner = adapter

    @pytest.mark.row("W-16")
    async def test_without_the_history_it_is_sent_all_the_same_and_the_log_says_so(
        self, sender: Sender, processes: Processes, caplog: pytest.LogCaptureFixture
    ) -> None:
        draft_id = sender.write(ANN)
        async with processes.place.unreachable("events") as adapter:
            failing = replace(sender, stores={**sender.stores, "events": adapter})
            with caplog.at_level("INFO"):
                assert await failing.send(draft_id) == Sent(1)
        assert "event_not_kept" in caplog.text
        assert len(sender.outbox) == 1

    @pytest.mark.row("W-17")
    async def test_a_note_whose_answer_was_lost_is_known_again(self, sender: Sender) -> None:
        draft_id = sender.write(ANN)
        sender.stores["ledger"] = AnswerLost(sender.stores["ledger"])
        assert await sender.send(draft_id) == Sent(1)
        assert len(sender.outbox) == 1

    @pytest.mark.row("W-18")
    async def test_without_the_approvals_nothing_is_sent(self, sender: Sender) -> None:
        sender.choice = APPROVE
        sender.owner = Away()
        with pytest.raises(StoreUnavailable):
            await sender.send(sender.write(ANN))
        assert sender.outbox == []

    # ------------------------------------------------------------------ the provider fails

    @pytest.mark.row("W-19")
    @pytest.mark.parametrize("answer", ["drop", 503, "html", "cut", "empty"])
    async def test_a_look_that_fails_sends_nothing(self, sender: Sender, answer: int | str) -> None:
        draft_id = sender.write(ANN)
        sender.provider.switches.add(Fault("jmap", answer=answer))
        with pytest.raises(MailboxError):
            await sender.send(draft_id)
        sender.provider.switches.clear()
        assert sender.outbox == []
        assert await sender.send(draft_id) == Sent(1)

    @pytest.mark.row("W-20", "W-21", "W-22", "W-23")
    @pytest.mark.parametrize("acts", [False, True])
    @pytest.mark.parametrize("answer", ["drop", "cut", "html", "invalid_json", "empty", "redirect", 500, 502, 503])
    async def test_a_lost_response_is_unknown_and_the_next_call_tells(
        self, sender: Sender, answer: int | str, acts: bool
    ) -> None:
        draft_id = sender.write(ANN)
        sender.provider.switches.add(Fault("jmap.submission", answer=answer, acts=acts, times=1))
        assert await sender.send(draft_id) == Unknown()
        assert len(sender.outbox) == acts
        assert await sender.send(draft_id) == (AlreadySent() if acts else Sent(1))
        assert len(sender.outbox) == 1
        assert [what for what, _ in await sender.history()] == ["message_sent"]

    @pytest.mark.row("W-24")
    @pytest.mark.parametrize(("answer", "error"), [(429, Throttled), (401, Unauthorized)])
    async def test_a_response_that_proves_that_nothing_was_done_is_no_doubt(
        self, sender: Sender, answer: int, error: type[MailboxError]
    ) -> None:
        draft_id = sender.write(ANN)
        sender.provider.switches.add(Fault("jmap.submission", answer=answer, acts=False, times=1))
        with pytest.raises(error):
            await sender.send(draft_id)
        await sender.mailbox_moves()
        assert await sender.send(draft_id) == Sent(1)

    @pytest.mark.row("W-25")
    @pytest.mark.parametrize("error", ["serverFail", "serverUnavailable", "serverPartialFail", "unheardOf"])
    async def test_a_failed_method_is_not_believed_to_have_done_nothing(self, sender: Sender, error: str) -> None:
        draft_id = sender.write(ANN)
        sender.provider.switches.add(Fault(SUBMIT, error=error, times=1))
        assert await sender.send(draft_id) == Unknown()
        assert await sender.send(draft_id) == Sent(1)
        assert len(sender.outbox) == 1

    @pytest.mark.row("W-26")
    @pytest.mark.parametrize("error", ["forbidden", "accountReadOnly", "accountNotFound", "invalidArguments"])
    async def test_a_method_that_is_refused_has_sent_nothing(self, sender: Sender, error: str) -> None:
        draft_id = sender.write(ANN)
        sender.provider.switches.add(Fault(SUBMIT, error=error, times=1))
        assert isinstance(await sender.send(draft_id), NotSent)
        await sender.mailbox_moves()
        assert await sender.send(draft_id) == Sent(1)

    @pytest.mark.row("W-27")
    @pytest.mark.parametrize("change", [{"created": None}, {"created": {"sent": None}}, {"created": []}])
    async def test_a_response_that_says_neither_is_unknown(self, sender: Sender, change: dict[str, Any]) -> None:
        draft_id = sender.write(ANN)
        sender.provider.switches.add(Fault(SUBMIT, change=change, times=1))
        assert await sender.send(draft_id) == Unknown()
        assert await sender.send(draft_id) == AlreadySent()
        assert len(sender.outbox) == 1

    @pytest.mark.row("W-28")
    async def test_a_sent_message_that_is_left_among_the_drafts_is_not_sent_again(self, sender: Sender) -> None:
        draft_id = sender.write(ANN)
        sender.provider.switches.unfiled_submissions = 1
        assert await sender.send(draft_id) == Sent(1)
        assert sender.is_draft(draft_id)
        for _ in range(3):
            assert await sender.send(draft_id) == AlreadySent()
        assert len(sender.outbox) == 1

    @pytest.mark.row("W-29")
    async def test_nor_where_its_response_was_lost_too(self, sender: Sender) -> None:
        draft_id = sender.write(ANN)
        sender.provider.switches.unfiled_submissions = 1
        sender.provider.switches.add(Fault("jmap.submission", answer="drop", acts=True, times=1))
        for _ in range(3):
            assert await sender.send(draft_id) == Unknown()
        assert await sender.press(draft_id) == Unknown()
        assert len(sender.outbox) == 1

    @pytest.mark.row("W-30")
    async def test_where_the_provider_remembers_submissions_that_is_settled(self, sender: Sender) -> None:
        sender.provider.switches.keeps_submissions = True
        draft_id = sender.write(ANN)
        sender.provider.switches.unfiled_submissions = 1
        sender.provider.switches.add(Fault("jmap.submission", answer="drop", acts=True, times=1))
        assert await sender.send(draft_id) == Unknown()
        assert await sender.send(draft_id) == AlreadySent()
        assert len(sender.outbox) == 1

    @pytest.mark.row("W-31")
    async def test_a_lost_note_and_another_mail_meanwhile_leave_it_unknown_and_unsent(self, sender: Sender) -> None:
        draft_id = sender.write(ANN)
        at(sender, SUBMIT, self.die)
        with pytest.raises(Killed):
            await sender.send(draft_id)
        sender.before = nothing
        await sender.mailbox_moves()
        assert await sender.send(draft_id) == Unknown()
        assert len(sender.outbox) == 1  # the owner's own
        sender.clock.now += 49 * 3600
        assert await sender.send(draft_id) == Sent(1)

    # ------------------------------------------------------------------ two act at once

    @pytest.mark.row("W-32")
    async def test_two_assistants_that_send_one_draft_make_one_mail(self, sender: Sender) -> None:
        other = new_grant(id="another grant", client_name="Claude")
        await sender.stores["grants"].put(other)
        draft_id = sender.write(ANN)
        outcomes = await asyncio.gather(sender.send(draft_id), sender.send(draft_id, grant=other))
        assert len(sender.outbox) == 1
        assert all(isinstance(one, Sent | AlreadySent | Unknown) for one in outcomes)
        assert await sender.send(draft_id) == await sender.send(draft_id, grant=other) == AlreadySent()

    @pytest.mark.row("W-33")
    @pytest.mark.parametrize(
        "step", ["provider.call", "ledger.get", "ledger.put", "counters.add", "grants.get", SUBMIT]
    )
    async def test_a_second_call_at_any_step_of_the_first_makes_no_second_mail(self, sender: Sender, step: str) -> None:
        draft_id = sender.write(ANN)
        at(sender, step, lambda: sender.send(draft_id))
        assert isinstance(await sender.send(draft_id), Sent | AlreadySent)
        assert len(sender.outbox) == 1

    @pytest.mark.row("W-34")
    @pytest.mark.parametrize("step", ["provider.call", "ledger.put", SUBMIT])
    async def test_a_message_that_the_owner_sends_in_a_mail_program_is_sent_once(
        self, sender: Sender, step: str
    ) -> None:
        draft_id = sender.write(ANN)
        at(sender, step, lambda: sender.sent_by_hand(draft_id))
        assert await sender.send(draft_id) == AlreadySent()
        assert len(sender.outbox) == 1

    @pytest.mark.row("W-35")
    async def test_another_mail_of_the_owners_meanwhile_only_makes_it_look_again(self, sender: Sender) -> None:
        draft_id = sender.write(ANN)
        at(sender, SUBMIT, sender.mailbox_moves)
        assert await sender.send(draft_id) == Sent(1)
        assert len(sender.outbox) == 2

    @pytest.mark.row("W-36")
    async def test_a_mailbox_that_never_stands_still_is_left_after_three_rounds(self, sender: Sender) -> None:
        draft_id = sender.write(ANN)

        async def always(name: str) -> None:
            if name == SUBMIT:
                await sender.mailbox_moves()

        sender.before = always
        assert isinstance(await sender.send(draft_id), NotSent)
        sender.before = nothing
        assert sender.is_draft(draft_id)
        assert await sender.send(draft_id) == Sent(1)

    @pytest.mark.row("W-37")
    async def test_a_press_and_an_assistants_call_at_once_make_one_mail(self, sender: Sender) -> None:
        draft_id = sender.write(ANN)
        seen = await sender.seen(draft_id)
        at(sender, SUBMIT, lambda: sender.press(draft_id, seen))
        assert await sender.send(draft_id) == AlreadySent()
        assert len(sender.outbox) == 1

    # ------------------------------------------------------------------ the owner's word

    @pytest.mark.row("W-38")
    async def test_a_second_press_sends_nothing(self, sender: Sender) -> None:
        draft_id = sender.write(ANN)
        seen = await sender.seen(draft_id)
        assert await sender.press(draft_id, seen) == Sent(1)
        assert await sender.press(draft_id, seen) == AlreadySent()
        assert len(sender.outbox) == 1

    @pytest.mark.row("W-39")
    async def test_presses_in_two_tabs_make_one_mail(self, sender: Sender) -> None:
        draft_id = sender.write(ANN)
        seen = await sender.seen(draft_id)
        outcomes = await asyncio.gather(sender.press(draft_id, seen), sender.press(draft_id, seen))
        assert len(sender.outbox) == 1
        assert all(isinstance(one, Sent | AlreadySent) for one in outcomes)

    @pytest.mark.row("W-40")
    async def test_after_an_approval_has_expired_it_is_asked_for_anew(self, sender: Sender) -> None:
        sender.choice = APPROVE
        draft_id = sender.write(ANN)
        await sender.send(draft_id)
        sender.owner.words = dict.fromkeys(sender.owner.words, Word.EXPIRED)
        assert isinstance(await sender.send(draft_id), Waiting)
        assert len(sender.owner.asked) == 2
        assert sender.outbox == []

    @pytest.mark.row("W-41")
    async def test_a_press_after_the_connection_ended_sends_nothing(self, sender: Sender) -> None:
        draft_id = sender.write(ANN)
        seen = await sender.seen(draft_id)
        at(sender, "ledger.put", sender.end_grant, after=True)
        assert await sender.press(draft_id, seen) == NoLonger()
        assert sender.outbox == []
        assert sender.is_draft(draft_id)

    @pytest.mark.row("W-42")
    @pytest.mark.parametrize("step", ["provider.call", "ledger.get", "ledger.put"])
    async def test_a_press_after_sending_was_switched_off_sends_nothing(self, sender: Sender, step: str) -> None:
        draft_id = sender.write(ANN)
        seen = await sender.seen(draft_id)
        at(sender, step, lambda: self.narrowed(sender))
        assert await sender.press(draft_id, seen) == NoLonger()
        assert sender.outbox == []

    async def narrowed(self, sender: Sender) -> None:
        update = narrow(sender.grant, frozenset({"emails:send"}))
        assert update is not None
        assert await sender.stores["grants"].update(sender.grant.id, update)

    @pytest.mark.row("W-43")
    async def test_an_assistants_call_is_stopped_by_an_end_or_a_narrowing_on_the_way(self, sender: Sender) -> None:
        draft_id = sender.write(ANN)
        at(sender, "counters.add", lambda: self.narrowed(sender))
        assert await sender.send(draft_id) == NoLonger()
        assert sender.outbox == []

    @pytest.mark.row("W-44")
    async def test_a_policy_that_was_tightened_on_the_way_stops_it(self, sender: Sender) -> None:
        key = bytes(32)
        grant = new_grant(id="with a key", sending=FREE.text)
        grant = replace(grant, widening_key=seal_widening_key(key, grant, bytes(32), seeded(3)))
        await sender.stores["grants"].put(grant)
        draft_id = sender.write(ANN)
        tighter = choose(grant, APPROVE, key)
        assert tighter is not None
        at(sender, "counters.add", lambda: sender.stores["grants"].update(grant.id, tighter))
        assert await sender.send(draft_id, grant=grant) == NoLonger()
        assert sender.outbox == []

    @pytest.mark.row("W-45")
    async def test_a_draft_that_was_edited_since_it_was_read_is_not_sent_by_the_press(self, sender: Sender) -> None:
        draft_id = sender.write(ANN)
        seen = await sender.seen(draft_id)
        edited = sender.write(ANN, subject="Now with another subject")
        assert await sender.press(edited, seen) == Changed()
        assert sender.outbox == []

    @pytest.mark.row("W-46")
    async def test_a_no_of_the_owner_holds_until_the_draft_is_another(self, sender: Sender) -> None:
        sender.choice = APPROVE
        draft_id = sender.write(ANN)
        sender.owner.words[await sender.seen(draft_id)] = Word.DISCARDED
        assert await sender.send(draft_id) == Discarded()
        assert isinstance(await sender.send(sender.write(ANN, subject="Softer", number=2)), Waiting)
        assert sender.outbox == []

    @pytest.mark.row("W-47")
    async def test_other_recipients_than_the_drafts_are_not_sent_to(self, sender: Sender) -> None:
        assert await sender.send(sender.write(ANN, STRANGER), ANN) == Changed((ANN, STRANGER))
        assert sender.outbox == []

    # ------------------------------------------------------------------ what the provider refuses or does otherwise

    @pytest.mark.row("W-48")
    @pytest.mark.parametrize("step", ["ledger.put", SUBMIT])
    async def test_a_draft_that_is_deleted_on_the_way_is_not_sent(self, sender: Sender, step: str) -> None:
        draft_id = sender.write(ANN)
        at(sender, step, lambda: sender.destroyed(draft_id))
        assert isinstance(await sender.send(draft_id), NotSent)
        assert isinstance(await sender.send(draft_id), NotSent)
        assert sender.outbox == []

    @pytest.mark.row("W-49")
    async def test_an_identity_that_has_vanished_sends_nothing(self, sender: Sender) -> None:
        draft_id = sender.write(ANN)
        sender.provider.switches.gone_identities = frozenset({"alice@sandbox.test"})
        assert isinstance(await sender.send(draft_id), NotSent)
        sender.provider.switches.gone_identities = frozenset()
        assert await sender.send(draft_id) == Sent(1)

    @pytest.mark.row("W-50")
    @pytest.mark.parametrize(
        "error",
        ["overQuota", "rateLimit", "forbiddenToSend", "tooLarge", "tooManyRecipients", "invalidEmail", "unheardOf"],
    )
    async def test_a_submission_that_is_refused_can_be_tried_again(self, sender: Sender, error: str) -> None:
        draft_id = sender.write(ANN)
        sender.provider.switches.submission_error = error
        assert isinstance(await sender.send(draft_id), NotSent)
        sender.provider.switches.submission_error = ""
        await sender.mailbox_moves()
        assert await sender.send(draft_id) == Sent(1)
        assert len(sender.outbox) == 2

    @pytest.mark.row("W-51")
    async def test_a_recipient_who_is_refused_costs_the_others_nothing(self, sender: Sender) -> None:
        sender.provider.switches.refused_recipients = frozenset({BOB})
        refused = await sender.send(sender.write(ANN, BOB), ANN, BOB)
        assert isinstance(refused, NotSent)
        assert "recipient" in refused.why
        assert sender.outbox == []

    @pytest.mark.row("W-52")
    async def test_a_hold_that_is_announced_and_not_honoured_is_not_claimed(self, sender: Sender) -> None:
        sender.provider.switches.holds = False
        draft_id = sender.write(ANN)
        assert await sender.send(draft_id, hold=60) == Sent(1)
        with pytest.raises(NothingWaits):
            await sender.connection().undo(draft_id)

    @pytest.mark.row("W-53")
    async def test_a_time_beyond_what_the_provider_holds_is_refused_and_a_second_thought_shortened(
        self, sender: Sender
    ) -> None:
        draft_id = sender.write(ANN)
        sender.longest_hold = 30
        with pytest.raises(NotHeld):
            await sender.send(draft_id, hold=3600, is_timed=True)
        held = await sender.send(draft_id, hold=60)
        assert isinstance(held, Held)
        assert held.until is not None
        assert held.until.timestamp() == NOW + 30

    @pytest.mark.row("W-54")
    async def test_an_undo_that_comes_too_late_says_so(self, sender: Sender) -> None:
        draft_id = sender.write(ANN)
        await sender.send(draft_id, hold=60)
        sender.clock.now += 60
        with pytest.raises(NothingWaits):
            await sender.connection().undo(draft_id)
        assert len(sender.outbox) == 1

    @pytest.mark.row("W-55")
    async def test_a_provider_that_does_not_call_back_keeps_it_held_and_it_leaves_once(self, sender: Sender) -> None:
        draft_id = sender.write(ANN)
        await sender.send(draft_id, hold=60)
        sender.provider.switches.unsend_refused = True
        with pytest.raises(NothingWaits):
            await sender.connection().undo(draft_id)
        assert isinstance(await sender.send(draft_id), Held)
        sender.clock.now += 60
        assert await sender.send(draft_id) == AlreadySent()
        assert len(sender.outbox) == 1

    @pytest.mark.row("W-56")
    @pytest.mark.parametrize("acts", [False, True])
    async def test_an_undo_whose_response_is_lost_is_settled_by_the_next(self, sender: Sender, acts: bool) -> None:
        draft_id = sender.write(ANN)
        await sender.send(draft_id, hold=60)
        sender.provider.switches.add(Fault("jmap.submission", answer="drop", acts=acts, times=1))
        with pytest.raises(MailboxError):
            await sender.connection().undo(draft_id)
        assert await sender.connection().undo(draft_id) is not acts
        assert sender.is_draft(draft_id)
        sender.clock.now += 61
        assert sender.outbox == []

    @pytest.mark.row("W-57")
    async def test_a_message_stopped_by_an_undo_whose_note_was_lost_is_not_sent_behind_its_back(
        self, sender: Sender, processes: Processes
    ) -> None:
        draft_id = sender.write(ANN)
        await sender.send(draft_id, hold=60)
        async with processes.place.unreachable("ledger") as adapter:
            failing = replace(sender, stores={**sender.stores, "ledger": adapter})
            with pytest.raises(StoreUnavailable):
                await failing.connection().undo(draft_id)
        assert sender.is_draft(draft_id)
        assert await sender.connection().undo(draft_id) is False
        sender.clock.now += 61
        assert sender.outbox == []

    # ------------------------------------------------------------------ limits

    @pytest.mark.row("W-58")
    async def test_each_limit_holds_across_processes(self, sender: Sender) -> None:
        sender.choice = Choice(SendingPolicy.FREE, 7)
        outcomes = []
        for number in range(12):
            outcomes.append(await sender.send(sender.write(ANN, number=number)))
            sender.clock.now += 13
        assert outcomes.count(Sent(1)) == 7
        limits = [one.limit for one in outcomes if isinstance(one, Limited)]
        assert {*limits} <= {SendingLimit.MINUTE, SendingLimit.DAY}
        assert len(sender.outbox) == 7

    @pytest.mark.row("W-59")
    async def test_new_recipients_are_counted_for_themselves(self, sender: Sender) -> None:
        many = [f"new{number}@elsewhere.test" for number in range(11)]
        assert isinstance(await sender.send(sender.write(*many, number=1), *many), Limited)
        assert await sender.send(sender.write(*many[:10], number=2), *many[:10]) == Sent(10)

    @pytest.mark.row("W-60")
    async def test_a_message_to_more_than_twenty_is_left_to_the_owner(self, sender: Sender) -> None:
        many = [f"new{number}@elsewhere.test" for number in range(21)]
        assert await sender.send(sender.write(*many), *many) == Limited(SendingLimit.RECIPIENTS, 20)
        assert sender.outbox == []


class AnswerLost:
    """A ledger whose writes are made, and whose answers are lost."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def put(self, *arguments: Any) -> None:
        await self._inner.put(*arguments)
        raise StoreUnavailable("the answer is lost")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class Away:
    words: ClassVar[dict[str, Word]] = {}

    async def ask(self, *_: Any) -> Any:
        raise StoreUnavailable("away")

    async def look(self, *_: Any) -> Any:
        raise StoreUnavailable("away")

    async def called_back(self, *_: Any) -> Any:
        raise StoreUnavailable("away")
