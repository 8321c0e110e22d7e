"""What becomes of a message when a process dies, a store or the provider fails, or two act at once.

A subclass gives the fixture `processes`. After each fault the message has left once at the most, and never without the
word that the owner's policy asks for.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from mailconnect.grants.narrowing import narrow
from mailconnect.grants.sending import Choice, Policy, choose
from mailconnect.grants.widening import seal_widening_key
from mailconnect.mail.draft_errors import NotHeld, NothingWaits
from mailconnect.mail.errors import MailboxError, Throttled, Unauthorized
from mailconnect.sandbox.switches import Fault
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
    Unknown,
    Waiting,
)
from mailconnect.store.errors import StoreUnavailable
from tests.faults.place import Processes
from tests.grants.scenario import seeded
from tests.provider.strict_provider import nothing
from tests.sending.desk import ANN, BOB, NOW, STRANGER, SUBMIT, Desk, new_desk, new_grant
from tests.sending.killing import Killed, dies, settled

APPROVE, KNOWN, FREE = (Choice(policy, 20) for policy in Policy)
_MOST_STEPS = 120
_ONCE = {"sent": 1}


async def steps_of(desk: Desk, act: Any) -> int:
    """How many steps it has, each twice: before it and after it."""
    seen: list[str] = []

    async def count(name: str) -> None:
        seen.append(name)

    desk.before = desk.after = count
    await act()
    desk.before = desk.after = nothing
    return len(seen)


def at(desk: Desk, step: str, act: Any, *, after: bool = False) -> None:
    """Something happens once, before or after the first such step."""
    done = False

    async def happens(name: str) -> None:
        nonlocal done
        if name == step and not done:
            done = True
            await act()

    if after:
        desk.after = happens
    else:
        desk.before = happens


class SendingContract:
    pytestmark = pytest.mark.anyio

    @pytest.fixture
    async def desk(self, processes: Processes, anyio_backend: str) -> AsyncIterator[Desk]:
        async with processes.place.stores() as stores:
            yield await new_desk(stores)

    # ------------------------------------------------------------------ a process dies

    @pytest.mark.row("W-01", "W-02", "W-03", "W-04", "W-05", "W-06")
    async def test_a_send_that_is_killed_at_any_step_is_finished_by_the_next_call(self, desk: Desk) -> None:
        desk.write(ANN, number=2000, sent=True)
        steps = await steps_of(desk, lambda: desk.send(desk.write(ANN, number=1000)))
        assert 20 < steps < _MOST_STEPS
        for step in range(1, steps + 1):
            await self.killed(desk, step)

    async def killed(self, desk: Desk, step: int) -> None:
        before = len(desk.outbox)
        desk.clock.now += 61  # for the limit of a minute
        desk.choice = Choice(Policy.FREE, 100)
        if step % 25 == 0:
            desk.clock.now += 86_400
        draft_id = desk.write(ANN, number=step)
        assert await dies(desk, step, lambda: desk.send(draft_id))
        desk.clock.now += 120
        assert isinstance(await settled(lambda: desk.send(draft_id)), Sent | AlreadySent)
        assert len(desk.outbox) == before + 1, step
        assert await desk.send(draft_id) == AlreadySent()

    @pytest.mark.row("W-07")
    async def test_under_known_it_is_the_same(self, desk: Desk) -> None:
        desk.choice = Choice(Policy.KNOWN, 100)
        desk.write(ANN, number=2000, sent=True)
        steps = await steps_of(desk, lambda: desk.send(desk.write(ANN, number=1000)))
        for step in range(1, steps + 1, 3):
            desk.clock.now += 121
            draft_id = desk.write(ANN, number=step)
            assert await dies(desk, step, lambda draft_id=draft_id: desk.send(draft_id))
            desk.clock.now += 121
            await settled(lambda draft_id=draft_id: desk.send(draft_id))
        assert len(desk.outbox) == 1 + len(range(1, steps + 1, 3))

    @pytest.mark.row("W-08")
    async def test_a_press_that_is_killed_at_any_step_is_finished_by_the_next_look(self, desk: Desk) -> None:
        desk.choice = APPROVE
        first = desk.write(ANN, number=1000)
        seen = await desk.seen(first)
        steps = await steps_of(desk, lambda: desk.press(first, seen))
        for step in range(1, steps + 1):
            draft_id = desk.write(ANN, number=step)
            seen = await desk.seen(draft_id)
            assert await dies(desk, step, lambda draft_id=draft_id, seen=seen: desk.press(draft_id, seen))
            await settled(lambda draft_id=draft_id, seen=seen: desk.press(draft_id, seen))
            assert len(desk.outbox) == 1 + step

    @pytest.mark.row("W-09")
    async def test_a_press_that_was_killed_is_not_finished_by_the_assistant(self, desk: Desk) -> None:
        desk.choice = APPROVE
        draft_id = desk.write(ANN)
        seen = await desk.seen(draft_id)
        at(desk, SUBMIT, self.die)
        with pytest.raises(Killed):
            await desk.press(draft_id, seen)
        desk.before = nothing
        assert isinstance(await desk.send(draft_id), Waiting)
        assert desk.outbox == []
        assert await desk.press(draft_id, seen) == Sent(1)

    async def die(self) -> None:
        raise Killed

    @pytest.mark.row("W-10")
    async def test_an_undo_that_is_killed_at_any_step_stops_it_or_not_and_says_so_later(self, desk: Desk) -> None:
        desk.choice = Choice(Policy.FREE, 100)
        await desk.send(desk.write(ANN, number=1000), hold=60)
        for step in range(1, 40):
            desk.clock.now += 121
            out = len(desk.outbox)
            draft_id = desk.write(ANN, number=step)
            assert isinstance(await desk.send(draft_id, hold=60), Held)
            died = await dies(desk, step, lambda draft_id=draft_id: desk.connection().undo(draft_id))
            stopped = desk.is_draft(draft_id)
            assert await desk.connection().undo(draft_id) is not stopped
            desk.clock.now += 121
            assert len(desk.outbox) == out
            if not died:
                break
        else:
            raise AssertionError("it has more steps")

    @pytest.mark.row("W-11")
    async def test_a_second_process_may_be_killed_too(self, desk: Desk) -> None:
        desk.choice = Choice(Policy.FREE, 100)
        for number, (first, second) in enumerate([(17, 9), (21, 21), (23, 25), (25, 11), (19, 29)]):
            desk.clock.now += 121
            draft_id = desk.write(ANN, number=number)
            for step in (first, second):
                await dies(desk, step, lambda draft_id=draft_id: desk.send(draft_id))
            desk.clock.now += 121
            await settled(lambda draft_id=draft_id: desk.send(draft_id))
            assert len(desk.outbox) == number + 1

    # ------------------------------------------------------------------ a store is away

    @pytest.mark.row("W-12")
    async def test_without_the_ledger_nothing_is_sent(self, desk: Desk, processes: Processes) -> None:
        await self.nothing_without(desk, processes, "ledger")

    @pytest.mark.row("W-13")
    async def test_without_the_counters_nothing_is_sent(self, desk: Desk, processes: Processes) -> None:
        await self.nothing_without(desk, processes, "counters")

    @pytest.mark.row("W-14")
    async def test_without_the_grants_nothing_is_sent(self, desk: Desk, processes: Processes) -> None:
        await self.nothing_without(desk, processes, "grants")

    async def nothing_without(self, desk: Desk, processes: Processes, part: str) -> None:
        draft_id = desk.write(ANN)
        async with processes.place.unreachable(part) as adapter:
            failing = replace(desk, stores={**desk.stores, part: adapter})
            with pytest.raises(StoreUnavailable):
                await failing.send(draft_id)
        assert desk.outbox == []
        assert await desk.send(draft_id) == Sent(1)

    @pytest.mark.row("W-15")
    async def test_a_ledger_that_fails_after_the_submission_costs_no_second_mail(
        self, desk: Desk, processes: Processes
    ) -> None:
        draft_id = desk.write(ANN)
        async with processes.place.unreachable("ledger") as adapter:
            at(desk, SUBMIT, lambda: self.replaced(desk, "ledger", adapter), after=True)
            there = desk.stores["ledger"]
            assert await desk.send(draft_id) == Sent(1)
        desk.after, desk.stores["ledger"] = nothing, there
        assert await desk.send(draft_id) == AlreadySent()
        assert len(desk.outbox) == 1

    async def replaced(self, desk: Desk, part: str, adapter: Any) -> None:
        """In the process that is at work, whose adapters are held by what steps."""
        for held in desk.held:
            if held.name == part:
                held.inner = adapter

    @pytest.mark.row("W-16")
    async def test_without_the_history_it_is_sent_all_the_same_and_the_log_says_so(
        self, desk: Desk, processes: Processes, caplog: pytest.LogCaptureFixture
    ) -> None:
        draft_id = desk.write(ANN)
        async with processes.place.unreachable("events") as adapter:
            failing = replace(desk, stores={**desk.stores, "events": adapter})
            with caplog.at_level("INFO"):
                assert await failing.send(draft_id) == Sent(1)
        assert "event_not_kept" in caplog.text
        assert len(desk.outbox) == 1

    @pytest.mark.row("W-17")
    async def test_a_note_whose_answer_was_lost_is_known_again(self, desk: Desk) -> None:
        draft_id = desk.write(ANN)
        desk.stores["ledger"] = AnswerLost(desk.stores["ledger"])
        assert await desk.send(draft_id) == Sent(1)
        assert len(desk.outbox) == 1

    @pytest.mark.row("W-18")
    async def test_without_the_approvals_nothing_is_sent(self, desk: Desk) -> None:
        desk.choice = APPROVE
        desk.owner = Away()
        with pytest.raises(StoreUnavailable):
            await desk.send(desk.write(ANN))
        assert desk.outbox == []

    # ------------------------------------------------------------------ the provider fails

    @pytest.mark.row("W-19")
    @pytest.mark.parametrize("answer", ["drop", 503, "html", "cut", "empty"])
    async def test_a_look_that_fails_sends_nothing(self, desk: Desk, answer: int | str) -> None:
        draft_id = desk.write(ANN)
        desk.provider.switches.add(Fault("jmap", answer=answer))
        with pytest.raises(MailboxError):
            await desk.send(draft_id)
        desk.provider.switches.clear()
        assert desk.outbox == []
        assert await desk.send(draft_id) == Sent(1)

    @pytest.mark.row("W-20", "W-21", "W-22", "W-23")
    @pytest.mark.parametrize("acts", [False, True])
    @pytest.mark.parametrize("answer", ["drop", "cut", "html", "invalid_json", "empty", "redirect", 500, 502, 503])
    async def test_a_lost_response_is_unknown_and_the_next_call_tells(
        self, desk: Desk, answer: int | str, acts: bool
    ) -> None:
        draft_id = desk.write(ANN)
        desk.provider.switches.add(Fault("jmap.submission", answer=answer, acts=acts, times=1))
        assert await desk.send(draft_id) == Unknown()
        assert len(desk.outbox) == acts
        assert await desk.send(draft_id) == (AlreadySent() if acts else Sent(1))
        assert len(desk.outbox) == 1
        assert [what for what, _ in await desk.history()] == ["message_sent"]

    @pytest.mark.row("W-24")
    @pytest.mark.parametrize(("answer", "error"), [(429, Throttled), (401, Unauthorized)])
    async def test_a_response_that_proves_that_nothing_was_done_is_no_doubt(
        self, desk: Desk, answer: int, error: type[MailboxError]
    ) -> None:
        draft_id = desk.write(ANN)
        desk.provider.switches.add(Fault("jmap.submission", answer=answer, acts=False, times=1))
        with pytest.raises(error):
            await desk.send(draft_id)
        await desk.mailbox_moves()
        assert await desk.send(draft_id) == Sent(1)

    @pytest.mark.row("W-25")
    @pytest.mark.parametrize("error", ["serverFail", "serverUnavailable", "serverPartialFail", "unheardOf"])
    async def test_a_failure_of_the_method_is_not_believed_to_have_done_nothing(self, desk: Desk, error: str) -> None:
        draft_id = desk.write(ANN)
        desk.provider.switches.add(Fault(SUBMIT, error=error, times=1))
        assert await desk.send(draft_id) == Unknown()
        assert await desk.send(draft_id) == Sent(1)
        assert len(desk.outbox) == 1

    @pytest.mark.row("W-26")
    @pytest.mark.parametrize("error", ["forbidden", "accountReadOnly", "accountNotFound", "invalidArguments"])
    async def test_a_method_that_is_refused_has_sent_nothing(self, desk: Desk, error: str) -> None:
        draft_id = desk.write(ANN)
        desk.provider.switches.add(Fault(SUBMIT, error=error, times=1))
        assert isinstance(await desk.send(draft_id), NotSent)
        await desk.mailbox_moves()
        assert await desk.send(draft_id) == Sent(1)

    @pytest.mark.row("W-27")
    @pytest.mark.parametrize("change", [{"created": None}, {"created": {"sent": None}}, {"created": []}])
    async def test_a_response_that_says_neither_is_unknown(self, desk: Desk, change: dict[str, Any]) -> None:
        draft_id = desk.write(ANN)
        desk.provider.switches.add(Fault(SUBMIT, change=change, times=1))
        assert await desk.send(draft_id) == Unknown()
        assert await desk.send(draft_id) == AlreadySent()
        assert len(desk.outbox) == 1

    @pytest.mark.row("W-28")
    async def test_a_sent_message_that_the_provider_left_among_the_drafts_is_not_sent_again(self, desk: Desk) -> None:
        draft_id = desk.write(ANN)
        desk.provider.switches.unfiled_submissions = 1
        assert await desk.send(draft_id) == Sent(1)
        assert desk.is_draft(draft_id)
        for _ in range(3):
            assert await desk.send(draft_id) == AlreadySent()
        assert len(desk.outbox) == 1

    @pytest.mark.row("W-29")
    async def test_nor_where_its_response_was_lost_too(self, desk: Desk) -> None:
        draft_id = desk.write(ANN)
        desk.provider.switches.unfiled_submissions = 1
        desk.provider.switches.add(Fault("jmap.submission", answer="drop", acts=True, times=1))
        for _ in range(3):
            assert await desk.send(draft_id) == Unknown()
        assert await desk.press(draft_id) == Unknown()
        assert len(desk.outbox) == 1

    @pytest.mark.row("W-30")
    async def test_where_the_provider_remembers_submissions_that_is_settled(self, desk: Desk) -> None:
        desk.provider.switches.keeps_submissions = True
        draft_id = desk.write(ANN)
        desk.provider.switches.unfiled_submissions = 1
        desk.provider.switches.add(Fault("jmap.submission", answer="drop", acts=True, times=1))
        assert await desk.send(draft_id) == Unknown()
        assert await desk.send(draft_id) == AlreadySent()
        assert len(desk.outbox) == 1

    @pytest.mark.row("W-31")
    async def test_a_lost_note_and_another_mail_meanwhile_leave_it_unknown_and_unsent(self, desk: Desk) -> None:
        draft_id = desk.write(ANN)
        at(desk, SUBMIT, self.die)
        with pytest.raises(Killed):
            await desk.send(draft_id)
        desk.before = nothing
        await desk.mailbox_moves()
        assert await desk.send(draft_id) == Unknown()
        assert len(desk.outbox) == 1  # the owner's own
        desk.clock.now += 49 * 3600
        assert await desk.send(draft_id) == Sent(1)

    # ------------------------------------------------------------------ two act at once

    @pytest.mark.row("W-32")
    async def test_two_assistants_that_send_one_draft_make_one_mail(self, desk: Desk) -> None:
        other = new_grant(id="another grant", client_name="Claude")
        await desk.stores["grants"].put(other)
        draft_id = desk.write(ANN)
        outcomes = await asyncio.gather(desk.send(draft_id), desk.send(draft_id, grant=other))
        assert len(desk.outbox) == 1
        assert all(isinstance(one, Sent | AlreadySent | Unknown) for one in outcomes)
        assert await desk.send(draft_id) == await desk.send(draft_id, grant=other) == AlreadySent()

    @pytest.mark.row("W-33")
    @pytest.mark.parametrize(
        "step", ["provider.call", "ledger.get", "ledger.put", "counters.add", "grants.get", SUBMIT]
    )
    async def test_a_second_call_at_any_step_of_the_first_makes_no_second_mail(self, desk: Desk, step: str) -> None:
        draft_id = desk.write(ANN)
        at(desk, step, lambda: desk.send(draft_id))
        assert isinstance(await desk.send(draft_id), Sent | AlreadySent)
        assert len(desk.outbox) == 1

    @pytest.mark.row("W-34")
    @pytest.mark.parametrize("step", ["provider.call", "ledger.put", SUBMIT])
    async def test_the_owner_who_sends_it_in_a_mail_program_meanwhile_has_sent_it(self, desk: Desk, step: str) -> None:
        draft_id = desk.write(ANN)
        at(desk, step, lambda: desk.sent_by_hand(draft_id))
        assert await desk.send(draft_id) == AlreadySent()
        assert len(desk.outbox) == 1

    @pytest.mark.row("W-35")
    async def test_another_mail_of_the_owners_meanwhile_only_makes_it_look_again(self, desk: Desk) -> None:
        draft_id = desk.write(ANN)
        at(desk, SUBMIT, desk.mailbox_moves)
        assert await desk.send(draft_id) == Sent(1)
        assert len(desk.outbox) == 2

    @pytest.mark.row("W-36")
    async def test_a_mailbox_that_never_stands_still_is_left_after_three_rounds(self, desk: Desk) -> None:
        draft_id = desk.write(ANN)

        async def always(name: str) -> None:
            if name == SUBMIT:
                await desk.mailbox_moves()

        desk.before = always
        assert isinstance(await desk.send(draft_id), NotSent)
        desk.before = nothing
        assert desk.is_draft(draft_id)
        assert await desk.send(draft_id) == Sent(1)

    @pytest.mark.row("W-37")
    async def test_a_press_and_an_assistants_call_at_once_make_one_mail(self, desk: Desk) -> None:
        draft_id = desk.write(ANN)
        seen = await desk.seen(draft_id)
        at(desk, SUBMIT, lambda: desk.press(draft_id, seen))
        assert await desk.send(draft_id) == AlreadySent()
        assert len(desk.outbox) == 1

    # ------------------------------------------------------------------ the owner's word

    @pytest.mark.row("W-38")
    async def test_a_second_press_sends_nothing(self, desk: Desk) -> None:
        draft_id = desk.write(ANN)
        seen = await desk.seen(draft_id)
        assert await desk.press(draft_id, seen) == Sent(1)
        assert await desk.press(draft_id, seen) == AlreadySent()
        assert len(desk.outbox) == 1

    @pytest.mark.row("W-39")
    async def test_presses_in_two_tabs_make_one_mail(self, desk: Desk) -> None:
        draft_id = desk.write(ANN)
        seen = await desk.seen(draft_id)
        outcomes = await asyncio.gather(desk.press(draft_id, seen), desk.press(draft_id, seen))
        assert len(desk.outbox) == 1
        assert all(isinstance(one, Sent | AlreadySent) for one in outcomes)

    @pytest.mark.row("W-40")
    async def test_after_an_approval_has_expired_it_is_asked_for_anew(self, desk: Desk) -> None:
        desk.choice = APPROVE
        draft_id = desk.write(ANN)
        await desk.send(draft_id)
        desk.owner.words = dict.fromkeys(desk.owner.words, Word.EXPIRED)
        assert isinstance(await desk.send(draft_id), Waiting)
        assert len(desk.owner.asked) == 2
        assert desk.outbox == []

    @pytest.mark.row("W-41")
    async def test_a_press_after_the_connection_ended_sends_nothing(self, desk: Desk) -> None:
        draft_id = desk.write(ANN)
        seen = await desk.seen(draft_id)
        at(desk, "ledger.put", desk.end_grant, after=True)
        assert await desk.press(draft_id, seen) == NoLonger()
        assert desk.outbox == []
        assert desk.is_draft(draft_id)

    @pytest.mark.row("W-42")
    @pytest.mark.parametrize("step", ["provider.call", "ledger.get", "ledger.put"])
    async def test_a_press_after_sending_was_switched_off_sends_nothing(self, desk: Desk, step: str) -> None:
        draft_id = desk.write(ANN)
        seen = await desk.seen(draft_id)
        at(desk, step, lambda: self.narrowed(desk))
        assert await desk.press(draft_id, seen) == NoLonger()
        assert desk.outbox == []

    async def narrowed(self, desk: Desk) -> None:
        update = narrow(desk.grant, frozenset({"emails:send"}))
        assert update is not None
        assert await desk.stores["grants"].update(desk.grant.id, update)

    @pytest.mark.row("W-43")
    async def test_an_assistants_call_is_stopped_by_an_end_or_a_narrowing_on_the_way(self, desk: Desk) -> None:
        draft_id = desk.write(ANN)
        at(desk, "counters.add", lambda: self.narrowed(desk))
        assert await desk.send(draft_id) == NoLonger()
        assert desk.outbox == []

    @pytest.mark.row("W-44")
    async def test_a_policy_that_was_tightened_on_the_way_stops_it(self, desk: Desk) -> None:
        key = bytes(32)
        grant = new_grant(id="with a key", sending=FREE.text)
        grant = replace(grant, widening_key=seal_widening_key(key, grant, bytes(32), seeded(3)))
        await desk.stores["grants"].put(grant)
        draft_id = desk.write(ANN)
        tighter = choose(grant, APPROVE, key)
        assert tighter is not None
        at(desk, "counters.add", lambda: desk.stores["grants"].update(grant.id, tighter))
        assert await desk.send(draft_id, grant=grant) == NoLonger()
        assert desk.outbox == []

    @pytest.mark.row("W-45")
    async def test_a_draft_that_was_edited_since_it_was_read_is_not_sent_by_the_press(self, desk: Desk) -> None:
        draft_id = desk.write(ANN)
        seen = await desk.seen(draft_id)
        edited = desk.write(ANN, subject="Now with another subject")
        assert await desk.press(edited, seen) == Changed()
        assert desk.outbox == []

    @pytest.mark.row("W-46")
    async def test_a_no_of_the_owner_holds_until_the_draft_is_another(self, desk: Desk) -> None:
        desk.choice = APPROVE
        draft_id = desk.write(ANN)
        desk.owner.words[await desk.seen(draft_id)] = Word.DISCARDED
        assert await desk.send(draft_id) == Discarded()
        assert isinstance(await desk.send(desk.write(ANN, subject="Softer", number=2)), Waiting)
        assert desk.outbox == []

    @pytest.mark.row("W-47")
    async def test_other_recipients_than_the_drafts_are_not_sent_to(self, desk: Desk) -> None:
        assert await desk.send(desk.write(ANN, STRANGER), ANN) == Changed((ANN, STRANGER))
        assert desk.outbox == []

    # ------------------------------------------------------------------ what the provider refuses or does otherwise

    @pytest.mark.row("W-48")
    @pytest.mark.parametrize("step", ["ledger.put", SUBMIT])
    async def test_a_draft_that_is_deleted_on_the_way_is_not_sent(self, desk: Desk, step: str) -> None:
        draft_id = desk.write(ANN)
        at(desk, step, lambda: desk.destroyed(draft_id))
        assert isinstance(await desk.send(draft_id), NotSent)
        assert isinstance(await desk.send(draft_id), NotSent)
        assert desk.outbox == []

    @pytest.mark.row("W-49")
    async def test_an_identity_that_has_vanished_sends_nothing(self, desk: Desk) -> None:
        draft_id = desk.write(ANN)
        desk.provider.switches.gone_identities = frozenset({"alice@sandbox.test"})
        assert isinstance(await desk.send(draft_id), NotSent)
        desk.provider.switches.gone_identities = frozenset()
        assert await desk.send(draft_id) == Sent(1)

    @pytest.mark.row("W-50")
    @pytest.mark.parametrize(
        "error",
        ["overQuota", "rateLimit", "forbiddenToSend", "tooLarge", "tooManyRecipients", "invalidEmail", "unheardOf"],
    )
    async def test_a_submission_that_is_refused_can_be_tried_again(self, desk: Desk, error: str) -> None:
        draft_id = desk.write(ANN)
        desk.provider.switches.submission_error = error
        assert isinstance(await desk.send(draft_id), NotSent)
        desk.provider.switches.submission_error = ""
        await desk.mailbox_moves()
        assert await desk.send(draft_id) == Sent(1)
        assert len(desk.outbox) == 2

    @pytest.mark.row("W-51")
    async def test_a_recipient_who_is_refused_costs_the_others_nothing(self, desk: Desk) -> None:
        desk.provider.switches.refused_recipients = frozenset({BOB})
        refused = await desk.send(desk.write(ANN, BOB), ANN, BOB)
        assert isinstance(refused, NotSent)
        assert "recipient" in refused.why
        assert desk.outbox == []

    @pytest.mark.row("W-52")
    async def test_a_hold_that_is_announced_and_not_honoured_is_not_claimed(self, desk: Desk) -> None:
        desk.provider.switches.holds = False
        draft_id = desk.write(ANN)
        assert await desk.send(draft_id, hold=60) == Sent(1)
        with pytest.raises(NothingWaits):
            await desk.connection().undo(draft_id)

    @pytest.mark.row("W-53")
    async def test_a_time_beyond_what_the_provider_holds_is_refused_and_a_second_thought_shortened(
        self, desk: Desk
    ) -> None:
        draft_id = desk.write(ANN)
        desk.longest_hold = 30
        with pytest.raises(NotHeld):
            await desk.send(draft_id, hold=3600, is_timed=True)
        held = await desk.send(draft_id, hold=60)
        assert isinstance(held, Held)
        assert held.until is not None
        assert held.until.timestamp() == NOW + 30

    @pytest.mark.row("W-54")
    async def test_an_undo_that_comes_too_late_says_so(self, desk: Desk) -> None:
        draft_id = desk.write(ANN)
        await desk.send(draft_id, hold=60)
        desk.clock.now += 60
        with pytest.raises(NothingWaits):
            await desk.connection().undo(draft_id)
        assert len(desk.outbox) == 1

    @pytest.mark.row("W-55")
    async def test_a_provider_that_does_not_call_back_keeps_it_held_and_it_leaves_once(self, desk: Desk) -> None:
        draft_id = desk.write(ANN)
        await desk.send(draft_id, hold=60)
        desk.provider.switches.unsend_refused = True
        with pytest.raises(NothingWaits):
            await desk.connection().undo(draft_id)
        assert isinstance(await desk.send(draft_id), Held)
        desk.clock.now += 60
        assert await desk.send(draft_id) == AlreadySent()
        assert len(desk.outbox) == 1

    @pytest.mark.row("W-56")
    @pytest.mark.parametrize("acts", [False, True])
    async def test_an_undo_whose_response_is_lost_is_settled_by_the_next(self, desk: Desk, acts: bool) -> None:
        draft_id = desk.write(ANN)
        await desk.send(draft_id, hold=60)
        desk.provider.switches.add(Fault("jmap.submission", answer="drop", acts=acts, times=1))
        with pytest.raises(MailboxError):
            await desk.connection().undo(draft_id)
        assert await desk.connection().undo(draft_id) is not acts
        assert desk.is_draft(draft_id)
        desk.clock.now += 61
        assert desk.outbox == []

    @pytest.mark.row("W-57")
    async def test_what_was_stopped_by_an_undo_whose_note_was_lost_is_not_sent_behind_its_back(
        self, desk: Desk, processes: Processes
    ) -> None:
        draft_id = desk.write(ANN)
        await desk.send(draft_id, hold=60)
        async with processes.place.unreachable("ledger") as adapter:
            failing = replace(desk, stores={**desk.stores, "ledger": adapter})
            with pytest.raises(StoreUnavailable):
                await failing.connection().undo(draft_id)
        assert desk.is_draft(draft_id)
        assert await desk.connection().undo(draft_id) is False
        desk.clock.now += 61
        assert desk.outbox == []

    # ------------------------------------------------------------------ limits

    @pytest.mark.row("W-58")
    async def test_each_limit_holds_across_processes(self, desk: Desk) -> None:
        desk.choice = Choice(Policy.FREE, 7)
        outcomes = []
        for number in range(12):
            outcomes.append(await desk.send(desk.write(ANN, number=number)))
            desk.clock.now += 13
        assert outcomes.count(Sent(1)) == 7
        limits = [one.limit for one in outcomes if isinstance(one, Limited)]
        assert {*limits} <= {Limit.MINUTE, Limit.DAY}
        assert len(desk.outbox) == 7

    @pytest.mark.row("W-59")
    async def test_new_recipients_are_counted_for_themselves(self, desk: Desk) -> None:
        many = [f"new{number}@elsewhere.test" for number in range(11)]
        assert isinstance(await desk.send(desk.write(*many, number=1), *many), Limited)
        assert await desk.send(desk.write(*many[:10], number=2), *many[:10]) == Sent(10)

    @pytest.mark.row("W-60")
    async def test_a_message_to_more_than_twenty_is_left_to_the_owner(self, desk: Desk) -> None:
        many = [f"new{number}@elsewhere.test" for number in range(21)]
        assert await desk.send(desk.write(*many), *many) == Limited(Limit.RECIPIENTS, 20)
        assert desk.outbox == []


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
