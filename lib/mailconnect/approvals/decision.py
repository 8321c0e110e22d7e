"""The changes that an owner's press makes to an approval: each is one conditional update (pure).

While one press sends, another press may check the outcome and repeat the same sending. Only the last of them may record
that nothing was sent: each has its own `decided_at`.
"""

from mailconnect.grants.approval import KEPT, OVER, Approval, ApprovalState
from mailconnect.grants.update import Equals, OneOf, Update, Value
from mailconnect.mail.draft.draft import Draft

_OPENS_NOTHING: dict[str, Value] = {"wrap": b"", "seen": b""}


def claim(approval: Approval, draft: Draft, digest: str, seen: bytes, now: int) -> Update:
    """Send was pressed, by this press and by no other. `digest` is of the message that the owner saw, `seen` a sealed
    `SeenMessage` that has it as `pressed`.
    """
    changes: dict[str, Value] = {"state": ApprovalState.SENDING, "decided_at": now, "sent_id": draft.id}
    return Update((*_waiting(approval),), changes | {"digest": digest, "seen": seen, "expires_at": now + KEPT})


def look(approval: Approval, now: int) -> Update:
    """This look takes over from the press, or the look, that left `approval` as it is."""
    then = approval.decided_at or 0
    conditions = (_in(ApprovalState.SENDING), _same_link(approval), Equals("decided_at", then))
    return Update(conditions, {"decided_at": max(now, then + 1)})


def release(approval: Approval, decided_at: int) -> Update:
    """The press or look of that moment has sent nothing: it waits again."""
    conditions = (_in(ApprovalState.SENDING), _same_link(approval), Equals("decided_at", decided_at))
    changes: dict[str, Value] = {"state": ApprovalState.WAITING, "expires_at": approval.until + OVER}
    return Update(conditions, changes, frozenset({"decided_at", "sent_id"}))


def sent(approval: Approval, stoppable_until: int | None) -> Update:
    """The message was sent. This also holds if a look has released the approval meanwhile."""
    changes: dict[str, Value] = {"state": ApprovalState.SENT}
    changes |= _OPENS_NOTHING if stoppable_until is None else {"stoppable_until": stoppable_until}
    return Update((OneOf("state", (ApprovalState.SENDING, ApprovalState.WAITING)), _same_link(approval)), changes)


def stopped(approval: Approval) -> Update:
    return Update(
        (_in(ApprovalState.SENT), _same_link(approval)),
        {"state": ApprovalState.STOPPED, **_OPENS_NOTHING},
        frozenset({"stoppable_until"}),
    )


def called_back(approval: Approval) -> Update:
    """The assistant has stopped the message. This does not count as the owner's decision."""
    return Update(
        (_in(ApprovalState.SENT), _same_link(approval)),
        {"state": ApprovalState.STOPPED, **_OPENS_NOTHING},
        frozenset({"stoppable_until", "decided_at"}),
    )


def discard(approval: Approval, now: int) -> Update:
    changes: dict[str, Value] = {"state": ApprovalState.DISCARDED, "decided_at": now, "expires_at": now + KEPT}
    return Update((*_waiting(approval),), changes)


def _waiting(approval: Approval) -> tuple[Equals, Equals]:
    return _in(ApprovalState.WAITING), _same_link(approval)


def _in(state: ApprovalState) -> Equals:
    return Equals("state", state)


def _same_link(approval: Approval) -> Equals:
    return Equals("link_hash", approval.link_hash)
