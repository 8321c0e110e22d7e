"""The entry point `sweep`."""

from mailconnect.composition.adapters import Adapters
from mailconnect.keys.port import DataKeyOpener
from mailconnect.sweep.sweep import Sweep


def sweep(adapters: Adapters, *, opener: DataKeyOpener) -> Sweep:
    stores = adapters.stores
    return Sweep(
        clients=stores.clients,
        grants=stores.grants,
        ledger=stores.ledger,
        counters=stores.counters,
        audit=stores.audit,
        outbox=stores.outbox,
        opener=opener,
        oauth=adapters.oauth,
        clock=stores.clock,
        owned=(stores.approvals, stores.browsers),
    )
