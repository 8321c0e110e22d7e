"""Each change that a press makes, on a record alone: what must hold, and what is there after it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mailconnect.approvals import decision
from mailconnect.grants.approval import KEPT, OVER, Approval, ApprovalState
from mailconnect.grants.update import Update, applied
from mailconnect.mail.draft.draft import Draft

WAITING = Approval(
    id="approval:1",
    owner="owner",
    grant="grant",
    state=ApprovalState.WAITING,
    draft_id="draft",
    digest="asked",
    seen=b"seen",
    link_hash="hash",
    seed=b"seed",
    wrap=b"wrap",
    created_at=1_000,
    until=4_600,
    expires_at=4_900,
)
EDITED = Draft("edited draft", "account")
CLAIMED = replace(
    WAITING,
    state=ApprovalState.SENDING,
    decided_at=2_000,
    sent_id="edited draft",
    digest="pressed",
    seen=b"pressed",
    expires_at=2_000 + KEPT,
)
SENT = replace(CLAIMED, state=ApprovalState.SENT, stoppable_until=2_010)


def claimed(approval: Approval) -> Update:
    return decision.claim(approval, EDITED, "pressed", b"pressed", 2_000)


def looked(approval: Approval) -> Update:
    return decision.look(approval, 2_030)


def released(approval: Approval) -> Update:
    return decision.release(approval, 2_000)


def sent(approval: Approval) -> Update:
    return decision.sent(approval, 2_010)


def discarded(approval: Approval) -> Update:
    return decision.discard(approval, 2_000)


CHANGES = {
    claimed: {ApprovalState.WAITING},
    looked: {ApprovalState.SENDING},
    released: {ApprovalState.SENDING},
    sent: {ApprovalState.SENDING, ApprovalState.WAITING},
    decision.stopped: {ApprovalState.SENT},
    decision.called_back: {ApprovalState.SENT},
    discarded: {ApprovalState.WAITING},
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("state", ApprovalState)
def test_a_change_is_made_in_its_own_states_and_to_its_own_link(
    change: Callable[[Approval], Update], state: ApprovalState
) -> None:
    there = replace(CLAIMED, state=state)
    assert (applied(there, change(there)) is not None) is (state in CHANGES[change])
    assert applied(replace(there, link_hash="another"), change(there)) is None


def test_a_press_keeps_what_its_owner_saw_for_a_day() -> None:
    assert applied(WAITING, claimed(WAITING)) == CLAIMED


def test_a_press_that_sent_nothing_leaves_what_waited_with_what_its_owner_saw() -> None:
    after = replace(CLAIMED, state=ApprovalState.WAITING, decided_at=None, sent_id=None, expires_at=4_600 + OVER)
    assert applied(CLAIMED, released(CLAIMED)) == after
    assert applied(replace(CLAIMED, decided_at=2_001), released(CLAIMED)) is None, "another press has taken over"


@pytest.mark.parametrize(("now", "moment"), [(2_030, 2_030), (2_001, 2_001), (2_000, 2_001), (1_990, 2_001)])
def test_a_look_takes_over_with_a_later_moment_than_that_of_the_press(now: int, moment: int) -> None:
    assert applied(CLAIMED, decision.look(CLAIMED, now)) == replace(CLAIMED, decided_at=moment)
    assert applied(replace(CLAIMED, decided_at=2_001), decision.look(CLAIMED, now)) is None


def test_a_sent_message_that_can_be_stopped_stays_open_until_then() -> None:
    assert applied(CLAIMED, sent(CLAIMED)) == SENT
    assert applied(replace(CLAIMED, state=ApprovalState.WAITING), sent(CLAIMED)) == SENT


def test_a_sent_message_that_cannot_be_stopped_opens_nothing() -> None:
    after = replace(CLAIMED, state=ApprovalState.SENT, wrap=b"", seen=b"")
    assert applied(CLAIMED, decision.sent(CLAIMED, None)) == after


def test_a_stopped_message_opens_nothing_and_only_its_owner_has_decided() -> None:
    stopped = replace(SENT, state=ApprovalState.STOPPED, wrap=b"", seen=b"", stoppable_until=None)
    assert applied(SENT, decision.stopped(SENT)) == stopped
    assert applied(SENT, decision.called_back(SENT)) == replace(stopped, decided_at=None)


def test_a_message_that_its_owner_does_not_send_is_kept_as_decided_for_a_day() -> None:
    after = replace(WAITING, state=ApprovalState.DISCARDED, decided_at=2_000, expires_at=2_000 + KEPT)
    assert applied(WAITING, discarded(WAITING)) == after
