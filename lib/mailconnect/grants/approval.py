"""A message that waits for its owner's word: what is kept of it, and how its link opens the grant.

Nothing of the message is kept: the record has the draft's id, a digest, and marks of its lines, sealed. The link's
secret is derived from the grant's data key, so asking twice gives the same link and no store has it. The approval wrap
is the data key under that secret and under the grant's `family_key`, which is removed when the grant is retired.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from msgspec.json import Decoder

from mailconnect.clock import Entropy
from mailconnect.encoding import fast_json
from mailconnect.encoding.discreet import Discreet
from mailconnect.grants.envelope import derive, issued_as_approval_link, seal, unseal
from mailconnect.grants.errors import MalformedToken, SealBroken
from mailconnect.grants.grant import Grant
from mailconnect.grants.tokens.token import GRANT_ID_LENGTH, decode_base62, encode_base62

LIFETIME = 3600
"""Seconds in which a link opens anything."""

OVER = 300
"""Seconds after the link's end in which its page still says so. Then the record of an unanswered question is gone."""

KEPT = 86_400
"""Seconds that a decision is kept, so that the link and the assistant are told what became of the message."""

_NUMBER_BYTES, _SECRET_BYTES, SEED_BYTES = 16, 32, 16
_NUMBER_WIDTH, _SECRET_WIDTH = 22, 43
_LINK_LENGTH = GRANT_ID_LENGTH + _NUMBER_WIDTH + _SECRET_WIDTH
_BOUND = b"\x02"


class ApprovalState(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"  # the owner pressed Send; how it went is not known yet
    SENT = "sent"
    STOPPED = "stopped"  # the owner called it back in time
    DISCARDED = "discarded"  # the owner said no


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Times are seconds since the epoch. `id` is one for each draft of a grant (`approval_id`).

    `digest` is of the message that the assistant was shown, `seen` a sealed `SeenMessage`. `until`
    is the end of the link, `stoppable_until` the end of the hold that the provider proved. `decided_at` is when the
    owner pressed Send or Do not send, or looked how it went: each makes it another one. A stopped one has none where
    the assistant called it back. `sent_id` is the draft that was sent: an edited one has another id than the one that
    was asked about. `wrap` and `seen` are empty once nothing is to be opened any more.
    """

    id: str
    owner: str
    grant: str
    state: ApprovalState
    draft_id: str
    digest: str
    seen: bytes = field(repr=False)
    link_hash: str
    seed: bytes = field(repr=False)
    wrap: bytes = field(repr=False)
    created_at: int
    until: int
    decided_at: int | None = None
    sent_id: str | None = None
    stoppable_until: int | None = None
    expires_at: int

    def waits(self, now: int) -> bool:
        return self.state == ApprovalState.WAITING and now < self.until


class SeenMessage(Discreet, frozen=True):
    """The sealed part of what is kept of the message: marks of its lines (mailconnect.approvals.marks), and its
    Message-ID.

    `pressed` is the digest of the message for which the owner pressed Send, or empty. A writer of the store cannot make
    one.
    """

    marks: bytes
    message_id: str
    pressed: str = ""


_SEEN = Decoder(SeenMessage)


class ApprovalLink(Discreet, frozen=True):
    """The contents of an approval link's address: it names the grant and the approval, and its secret opens both."""

    grant_id: str
    number: bytes
    secret: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises MalformedToken."""
        if len(text) != _LINK_LENGTH or not text.isascii():
            raise MalformedToken("link_form")
        grant_id, rest = text[:GRANT_ID_LENGTH], text[GRANT_ID_LENGTH:]
        decode_base62(grant_id, 16)
        number = decode_base62(rest[:_NUMBER_WIDTH], _NUMBER_BYTES)
        return cls(grant_id, number, decode_base62(rest[_NUMBER_WIDTH:], _SECRET_BYTES))

    @property
    def text(self) -> str:
        return f"{self.grant_id}{encode_base62(self.number)}{encode_base62(self.secret)}"

    @property
    def approval_id(self) -> str:
        return f"approval:{self.number.hex()}"

    def hash(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def is_of(self, approval: Approval) -> bool:
        same = hmac.compare_digest(self.hash(), approval.link_hash)
        return same and approval.grant == self.grant_id and approval.id == self.approval_id


def link_to(grant: Grant, draft_id: str, seed: bytes, data_key: bytes) -> ApprovalLink:
    """The same for the same seed. Only a holder of the data key can make it."""
    return ApprovalLink(grant.id, _number(grant.id, draft_id), derive(data_key, salt=seed, info="approval link"))


def approval_id(grant: Grant, draft_id: str) -> str:
    return f"approval:{_number(grant.id, draft_id).hex()}"


def wrap_for(approval: Approval, link: ApprovalLink, grant: Grant, data_key: bytes, entropy: Entropy) -> bytes:
    """The wrap that `approval` is to be kept with."""
    return seal(_key(link, grant), data_key, _place(grant, approval), entropy, version=_BOUND)


def unwrap(approval: Approval, link: ApprovalLink, grant: Grant) -> bytes:
    """The grant's data key. SealBroken where grant, draft or end are not those that the link was made for."""
    if grant.id != approval.grant:
        raise SealBroken("approval_of_another_grant")
    return unseal(_key(link, grant), approval.wrap, _place(grant, approval), version=_BOUND)


def seal_seen(seen: SeenMessage, grant: Grant, approval: str, data_key: bytes, entropy: Entropy) -> bytes:
    return seal(data_key, fast_json.encode(seen), ("approval seen", grant.id, approval), entropy)


def open_seen(approval: Approval, grant: Grant, data_key: bytes) -> SeenMessage:
    """Raises SealBroken."""
    try:
        return _SEEN.decode(unseal(data_key, approval.seen, ("approval seen", grant.id, approval.id)))
    except ValueError:
        raise SealBroken("approval_seen_form") from None


def _place(grant: Grant, approval: Approval) -> tuple[str, ...]:
    its = issued_as_approval_link(grant, approval.id, approval.draft_id, approval.until)
    return ("data key", "approval", grant.id, *its)


def _key(link: ApprovalLink, grant: Grant) -> bytes:
    """Without the family key, which a retired grant has no more, the wrap does not open."""
    return derive(link.secret, salt=link.grant_id.encode() + (grant.family_key or b""), info="approval")


def _number(*parts: str) -> bytes:
    joined = b"".join(len(part.encode()).to_bytes(4) + part.encode() for part in parts)
    return hashlib.sha256(b"approval\0" + joined).digest()[:_NUMBER_BYTES]
