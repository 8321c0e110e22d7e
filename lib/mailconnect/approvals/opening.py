"""Opens an approval link: finds its record and grant, and gives the owner's outgoing mail."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from mailconnect.approvals.port import Outgoing
from mailconnect.clock import Clock, Entropy
from mailconnect.grants.approval import Approval, ApprovalLink, SeenMessage, open_seen, seal_seen, unwrap
from mailconnect.grants.errors import MalformedToken
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.sending import SEND
from mailconnect.mail.draft.draft import Draft
from mailconnect.store.grants import Grants
from mailconnect.store.owned import Owned

Open = Callable[[Grant, Callable[[], bytes]], Outgoing]
"""The outgoing mail of a grant, given its data key."""


@dataclass(frozen=True)
class Opened:
    """`grant` is None where it was erased."""

    link: ApprovalLink
    approval: Approval
    grant: Grant | None
    open_outgoing: Open

    def may_send(self, now: int) -> bool:
        """Whether the connection is active and may still send."""
        grant = self.grant
        return (
            grant is not None and grant.state is GrantState.ACTIVE and grant.alive(now) and SEND in grant.scope.split()
        )

    @cached_property
    def data_key(self) -> bytes:
        """Raises SealBroken."""
        assert self.grant is not None  # noqa: S101 - `may_send` was asked
        return unwrap(self.approval, self.link, self.grant)

    @cached_property
    def outgoing(self) -> Outgoing:
        """Raises SealBroken."""
        assert self.grant is not None  # noqa: S101 - `may_send` was asked
        key = self.data_key
        return self.open_outgoing(self.grant, lambda: key)

    @cached_property
    def seen(self) -> SeenMessage:
        """Raises SealBroken."""
        assert self.grant is not None  # noqa: S101 - `may_send` was asked
        return open_seen(self.approval, self.grant, self.data_key)

    def pressed(self, digest: str, entropy: Entropy) -> bytes:
        """The sealed `SeenMessage` with the digest of the message that the owner chose to send. Raises SealBroken."""
        assert self.grant is not None  # noqa: S101 - `may_send` was asked
        seen = SeenMessage(self.seen.marks, self.seen.message_id, digest)
        return seal_seen(seen, self.grant, self.approval.id, self.data_key, entropy)


@dataclass(frozen=True, slots=True)
class Opening:
    approvals: Owned[Approval]
    grants: Grants
    open_outgoing: Open
    digest: Callable[[Draft], str]
    clock: Clock

    async def of(self, text: str) -> Opened | None:
        """None if no record has this link: it never existed, was replaced, or has expired. Raises StoreUnavailable."""
        try:
            link = ApprovalLink.parse(text)
        except MalformedToken:
            return None
        approval = await self.approvals.get(link.approval_id, self.clock())
        if approval is None or not link.is_of(approval):
            return None
        grant = await self.grants.get(approval.grant)
        return Opened(link, approval, grant, self.open_outgoing)
