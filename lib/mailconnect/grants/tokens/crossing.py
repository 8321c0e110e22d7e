"""A refresh token that two networks use in turn, which shows a thief who keeps within the grace time (decision 0020).

A thief who shadows an assistant must present each token within its grace time, or the next use is a replay. So each
rotation has a repeat from the other's network. Assistants repeat too, when their calls refresh side by side, but from
one network.
"""

import hmac
from hashlib import sha256

from mailconnect.grants.envelope import derive
from mailconnect.grants.grant import Grant
from mailconnect.grants.update import Value

MAX = 3
"""Rotations running with a repeat from another network that end the grant."""

_TAG_BYTES = 2


def network_tag(network: str, grant_id: str, data_key: bytes) -> str:
    """`network` begins with its family: `4 198.51.0.0/16`. 16 bits of its HMAC under a key of the grant's data key.

    A reader of the store cannot try networks out, for lack of the data key.
    """
    key = derive(data_key, salt=grant_id.encode(), info="network")
    return f"{network[0]}:{hmac.digest(key, network.encode(), sha256)[:_TAG_BYTES].hex()}"


def rotated_from(grant: Grant, tag: str | None, now: int) -> tuple[dict[str, Value], frozenset[str]]:
    """The fields that a rotation sets and removes. `tag` is None where its network is not known.

    Rotations within one grace time are one round of calls that raced. The round before it had a repeat from another
    network, or the row is broken.
    """
    changes: dict[str, Value] = {} if tag is None else {"rotated_from": tag}
    gone = set() if tag is not None else {"rotated_from"}
    if now >= (grant.previous_refresh_until or 0):
        gone |= {"crossed_at"} if grant.crossed_at is not None else {"crossed_at", "crossed", "crossings"}
    return changes, frozenset(gone)


def crossed(grant: Grant, tag: str | None, now: int) -> dict[str, Value]:
    """The fields that a repeat from the network `tag` sets; none where it is no crossing, or one was noted of this
    round.

    Of two families nothing is known: one machine has both. One of the two networks must be the same in all rounds of a
    row: a company's servers may call from very many, and its rounds have none in common.
    """
    last = grant.rotated_from
    if tag is None or last is None or tag == last or tag[0] != last[0] or grant.crossed_at is not None:
        return {}
    pair = {tag, last}
    common = pair & set((grant.crossed or "").split())
    row = (grant.crossings or 0) + 1 if common else 1
    return {"crossed": " ".join(sorted(common or pair)), "crossings": row, "crossed_at": now}
