"""What an owner's press does to an approval: each is one conditional update (pure)."""

from mailconnect.grants.approval import Approval, ApprovalState
from mailconnect.grants.update import Equals, Update, Value
from mailconnect.mail.draft import Draft


def claim(approval: Approval, draft: Draft, digest: str, seen: bytes, now: int) -> Update:
    """Send was pressed, by this press and by no other. `digest` is of the message that the owner saw, `seen` a sealed
    `Seen` that has it as `pressed`.
    """
    changes: dict[str, Value] = {"state": ApprovalState.SENDING, "decided_at": now, "sent_id": draft.id}
    return Update((*_waiting(approval),), changes | {"digest": digest, "seen": seen})


def release(approval: Approval) -> Update:
    """Nothing was sent: it waits again."""
    return Update(
        (Equals("state", ApprovalState.SENDING), Equals("link_hash", approval.link_hash)),
        {"state": ApprovalState.WAITING},
        frozenset({"decided_at", "sent_id"}),
    )


def sent(approval: Approval, stoppable_until: int | None) -> Update:
    changes: dict[str, Value] = {"state": ApprovalState.SENT}
    if stoppable_until is not None:
        changes["stoppable_until"] = stoppable_until
    return Update((Equals("state", ApprovalState.SENDING), Equals("link_hash", approval.link_hash)), changes)


def stopped(approval: Approval) -> Update:
    return Update(
        (Equals("state", ApprovalState.SENT), Equals("link_hash", approval.link_hash)),
        {"state": ApprovalState.STOPPED},
        frozenset({"stoppable_until"}),
    )


def discard(approval: Approval, now: int) -> Update:
    return Update((*_waiting(approval),), {"state": ApprovalState.DISCARDED, "decided_at": now})


def _waiting(approval: Approval) -> tuple[Equals, Equals]:
    return Equals("state", ApprovalState.WAITING), Equals("link_hash", approval.link_hash)
