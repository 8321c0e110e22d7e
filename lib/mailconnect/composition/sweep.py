"""The schedule's door: adapters in, a sweep out."""

from mailconnect.composition.adapters import Adapters
from mailconnect.keys.port import DataKeyOpener
from mailconnect.sweep.sweep import Sweep


def sweep(a: Adapters, *, opener: DataKeyOpener) -> Sweep:
    return Sweep(
        clients=a.clients,
        grants=a.grants,
        ledger=a.ledger,
        counters=a.counters,
        audit=a.audit,
        outbox=a.outbox,
        opener=opener,
        oauth=a.oauth,
        clock=a.clock,
    )
