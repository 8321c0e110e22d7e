"""Sending, for the assistants' tools and for the owner's approval page alike."""

from mailconnect.composition.stores import Stores
from mailconnect.sending.sending import Sending


def sending(stores: Stores) -> Sending:
    return Sending(
        grants=stores.grants,
        ledger=stores.ledger,
        counters=stores.counters,
        audit=stores.audit,
        clock=stores.clock,
        entropy=stores.entropy,
    )
