"""The assistant's side: asks the owner to approve one message, and reads the owner's decision."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from mailconnect.approvals import decision
from mailconnect.clock import Clock, Entropy
from mailconnect.grants.approval import (
    LIFETIME,
    OVER,
    SEED_BYTES,
    Approval,
    ApprovalLink,
    ApprovalState,
    SeenMessage,
    approval_id,
    link_to,
    seal_seen,
    wrap_for,
)
from mailconnect.grants.grant import Grant
from mailconnect.grants.update import Equals, applied
from mailconnect.mail.draft.draft import Draft
from mailconnect.sending.approvals import Asked, Word
from mailconnect.store.errors import AlreadyExists, StoreUnavailable
from mailconnect.store.owned import Owned

PATH = "/approve"
_ATTEMPTS = 5
_DONE = frozenset({ApprovalState.SENDING, ApprovalState.SENT})


_SAID = {
    ApprovalState.SENDING: Word.WAITING,  # the outcome is not known yet
    ApprovalState.SENT: Word.SENT,
    ApprovalState.STOPPED: Word.DISCARDED,
    ApprovalState.DISCARDED: Word.DISCARDED,
}


@dataclass(frozen=True, slots=True)
class Approvals:
    """Composed once a process."""

    approvals: Owned[Approval]
    issuer: str
    clock: Clock
    entropy: Entropy

    def opened(self, data_key: Callable[[], bytes]) -> "OpenedApprovals":
        return OpenedApprovals(self, data_key)


@dataclass(frozen=True, slots=True)
class OpenedApprovals:
    """For a grant whose data key the assistant's token has opened. Each method raises StoreUnavailable."""

    of: Approvals
    data_key: Callable[[], bytes] = field(repr=False)

    async def ask(self, grant: Grant, draft: Draft, digest: str) -> Asked:
        """Returns the owner's link. It stays the same while an approval of this draft waits, even if it changes."""
        for _ in range(_ATTEMPTS):
            now = self.of.clock()
            there = await self.of.approvals.get(approval_id(grant, draft.id), now)
            if there is None:
                asked, link = self._new(grant, draft, digest, self.of.entropy(SEED_BYTES))
                try:
                    await self.of.approvals.put(asked, now)
                except AlreadyExists:
                    continue
                return self._asked(link, asked.until)
            if _is_answered(there, digest) or (there.waits(now) and there.digest == digest):
                return self._asked(link_to(grant, there.draft_id, there.seed, self.data_key()), there.until)
            seed = there.seed if there.waits(now) else self.of.entropy(SEED_BYTES)
            asked, link = self._new(grant, draft, digest, seed)
            if await self.of.approvals.replace(asked, *_unchanged(there)):
                return self._asked(link, asked.until)
        raise StoreUnavailable("the approval kept changing")

    async def look(self, grant: Grant, draft_id: str, digest: str) -> Word:
        """Returns the owner's decision. A decision on a text of another digest counts only if it was to send."""
        now = self.of.clock()
        there = await self.of.approvals.get(approval_id(grant, draft_id), now)
        if there is None or (there.digest != digest and there.state not in _DONE):
            return Word.NONE
        if there.state == ApprovalState.WAITING:
            return Word.WAITING if there.waits(now) else Word.EXPIRED
        if there.state == ApprovalState.STOPPED and there.decided_at is None:
            return Word.NONE
        return _SAID[there.state]

    async def called_back(self, grant: Grant, draft_id: str) -> None:
        there = await self.of.approvals.get(approval_id(grant, draft_id), self.of.clock())
        if there is None:
            return
        update = decision.called_back(there)
        after = applied(there, update)
        if after is not None:  # put in its place, since `mcp` may put and not update
            await self.of.approvals.replace(after, *update.conditions)

    def _new(self, grant: Grant, draft: Draft, digest: str, seed: bytes) -> tuple[Approval, ApprovalLink]:
        # Rendering, which no other call needs.
        from mailconnect.approvals.displayed_draft import displayed_draft_of  # noqa: PLC0415
        from mailconnect.approvals.marks import marks_of  # noqa: PLC0415

        now, data_key, entropy = self.of.clock(), self.data_key(), self.of.entropy
        link = link_to(grant, draft.id, seed, data_key)
        seen = SeenMessage(marks_of(displayed_draft_of(draft)), draft.message_id)
        bare = Approval(
            id=link.approval_id,
            owner=grant.owner,
            grant=grant.id,
            state=ApprovalState.WAITING,
            draft_id=draft.id,
            digest=digest,
            seen=seal_seen(seen, grant, link.approval_id, data_key, entropy),
            link_hash=link.hash(),
            seed=seed,
            wrap=b"",
            created_at=now,
            until=now + LIFETIME,
            expires_at=now + LIFETIME + OVER,
        )
        return replace(bare, wrap=wrap_for(bare, link, grant, data_key, entropy)), link

    def _asked(self, link: ApprovalLink, until: int) -> Asked:
        return Asked(f"{self.of.issuer}{PATH}?link={link.text}", until)


def _is_answered(there: Approval, digest: str) -> bool:
    """Whether the owner's decision is final: a further question must not replace it."""
    return there.state in _DONE or (there.state == ApprovalState.DISCARDED and there.digest == digest)


def _unchanged(there: Approval) -> tuple[Equals, ...]:
    """The conditions that fail once the owner has decided on it, or the assistant has asked anew."""
    return Equals("state", there.state), Equals("link_hash", there.link_hash), Equals("digest", there.digest)
