"""What an owner's press does to an approval: each is one conditional update (pure)."""

from mailconnect.grants.approval import Approval, ApprovalState
from mailconnect.grants.update import Equals, Update, Value


def claim(approval: Approval, digest: str, now: int) -> Update:
    """Send was pressed, by this press and by no other. `digest` is of the message that the owner saw."""
    changes: dict[str, Value] = {"state": ApprovalState.SENDING, "decided_at": now, "digest": digest}
    return Update((*_waiting(approval),), changes)


def release(approval: Approval) -> Update:
    """Nothing was sent: it waits again."""
    return Update(
        (Equals("state", ApprovalState.SENDING), Equals("link_hash", approval.link_hash)),
        {"state": ApprovalState.WAITING},
        frozenset({"decided_at"}),
    )


def sent(approval: Approval, submission: str | None, stoppable_until: int | None) -> Update:
    changes: dict[str, Value] = {"state": ApprovalState.SENT}
    if submission is not None:
        changes["submission"] = submission
    if stoppable_until is not None:
        changes["stoppable_until"] = stoppable_until
    return Update((Equals("state", ApprovalState.SENDING), Equals("link_hash", approval.link_hash)), changes)


def stopped(approval: Approval) -> Update:
    return Update(
        (Equals("state", ApprovalState.SENT), Equals("link_hash", approval.link_hash)),
        {"state": ApprovalState.STOPPED},
        frozenset({"stoppable_until", "submission"}),
    )


def discard(approval: Approval, now: int) -> Update:
    return Update((*_waiting(approval),), {"state": ApprovalState.DISCARDED, "decided_at": now})


def _waiting(approval: Approval) -> tuple[Equals, Equals]:
    return Equals("state", ApprovalState.WAITING), Equals("link_hash", approval.link_hash)
