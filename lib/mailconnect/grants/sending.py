"""How a grant may send: what its owner has chosen, as a statement that no writer of the store can make.

The choice lies in clear beside an HMAC under the grant's widening key (decision 0025): `web` makes that key from the
key service when the owner chooses; `mcp` finds it sealed under the data key, which the assistant's token opens. Without
an authentic statement, each message waits for the owner.
"""

import hmac
import re
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from mailconnect.grants.envelope import unseal
from mailconnect.grants.errors import SealBroken
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.update import Absent, Condition, Equals, Update, Value
from mailconnect.grants.widening import widening_key_place

SEND = "emails:send"
"""The scope."""

MAX_A_DAY = 100
DAILY = 20
"""Messages a day, unless the owner says another number."""

_NUMBER = "[1-9][0-9]{0,2}"

SENDS_AT_ONCE = re.compile(f"(?:known|free) {_NUMBER}", re.ASCII)
"""The text of a choice by which a message may leave without the owner's word on it."""

_WRITTEN = re.compile(f"(approve|known|free) ({_NUMBER})", re.ASCII)


class SendingPolicy(StrEnum):
    """From the strictest on."""

    APPROVE = "approve"  # the owner reads each message and presses Send
    KNOWN = "known"  # at once to people whom the owner knows; the rest as above
    FREE = "free"  # at once to anybody


@dataclass(frozen=True, slots=True)
class Choice:
    """`a_day`: how many messages may leave in a day without the owner's word on each, 1 to MAX_A_DAY."""

    policy: SendingPolicy = SendingPolicy.APPROVE
    a_day: int = DAILY

    @property
    def text(self) -> str:
        return f"{self.policy} {self.a_day}"

    def is_within(self, other: "Choice") -> bool:
        """Whether this one allows nothing that the other does not."""
        order = [*SendingPolicy]
        return order.index(self.policy) <= order.index(other.policy) and self.a_day <= other.a_day


FIRST = Choice()
"""Where the owner has chosen nothing."""


def parse_choice(text: str) -> Choice:
    """FIRST where `text` is no choice."""
    found = _WRITTEN.fullmatch(text)
    return Choice(SendingPolicy(found[1]), min(int(found[2]), MAX_A_DAY)) if found else FIRST


def choose(grant: Grant, choice: Choice, key: bytes) -> Update | None:
    """The owner's choice, from now on; None where it changes nothing, or could never be verified."""
    if grant.state is GrantState.RETIRED or grant.widening_key is None or said(grant) == choice:
        return None
    before: Condition = Absent("sending") if grant.sending is None else Equals("sending", grant.sending)
    stated: dict[str, Value] = {"sending": choice.text, "sending_statement": statement(grant.id, choice, key)}
    return Update((Equals("state", grant.state), before), stated)


def said(grant: Grant) -> Choice:
    """The choice in the record, for its owner to read. Nothing is sent by it: see `chosen`."""
    return parse_choice(grant.sending or "")


def chosen(grant: Grant, data_key: bytes) -> Choice:
    """The owner's choice; FIRST where the statement is not authentic."""
    if grant.sending is None or grant.sending_statement is None or grant.widening_key is None:
        return FIRST
    try:
        key = unseal(data_key, grant.widening_key, widening_key_place(grant))
    except SealBroken:
        return FIRST
    choice = parse_choice(grant.sending)
    genuine = hmac.compare_digest(grant.sending_statement, statement(grant.id, choice, key))
    return choice if genuine else FIRST


def statement(grant_id: str, choice: Choice, key: bytes) -> bytes:
    parts = (b"mailconnect sending", grant_id.encode(), choice.text.encode())
    return hmac.digest(key, b"".join(len(part).to_bytes(4) + part for part in parts), sha256)
