"""The way to mailboxes, for the entry points that ask a provider in an owner's name."""

from mailconnect.composition.adapters import Adapters
from mailconnect.provider.connection import Mailboxes
from mailconnect.provider.refresh import ProviderRefresh
from mailconnect.provider.storing import PATIENCE, Storing


def storing(adapters: Adapters) -> Storing:
    """One for each process."""
    return Storing(adapters.stores.grants, adapters.stores.outbox, adapters.sleep, PATIENCE)


def mailboxes(adapters: Adapters, of_process: Storing | None = None) -> Mailboxes:
    """`of_process`: where the process has another use for its Storing."""
    stores = adapters.stores
    refresh = ProviderRefresh(
        grants=stores.grants,
        audit=stores.audit,
        storing=of_process or storing(adapters),
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
        refresh=refresh,
        provider=adapters.oauth.provider,
        session_url=adapters.oauth.session_url,
        clock=stores.clock,
        entropy=stores.entropy,
    )
