"""The way to mailboxes, for the entry points that ask a provider in an owner's name."""

from mailconnect.composition.adapters import Adapters
from mailconnect.provider.connection import Mailboxes
from mailconnect.provider.renewal import Renewal
from mailconnect.provider.storing import PATIENCE, Storing


def mailboxes(adapters: Adapters) -> Mailboxes:
    stores = adapters.stores
    renewal = Renewal(
        grants=stores.grants,
        audit=stores.audit,
        storing=Storing(stores.grants, stores.outbox, adapters.sleep, PATIENCE),
        oauth=adapters.oauth,
        clock=stores.clock,
        entropy=stores.entropy,
        sleep=adapters.sleep,
        time_left=adapters.time_left,
    )
    return Mailboxes(
        grants=stores.grants,
        audit=stores.audit,
        jmap=adapters.jmap,
        renewal=renewal,
        provider=adapters.oauth.provider,
        session_url=adapters.oauth.session_url,
        clock=stores.clock,
        entropy=stores.entropy,
    )
