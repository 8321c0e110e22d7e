"""The operator's commands on the store of this machine, also while its server runs."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from mailconnect.cli.operator_client import OperatorClient
from mailconnect.cli.subcommand import CommandFailed
from mailconnect.end_grant import wake_nobody
from mailconnect.local.bridge import CannotStart, Store, bridge
from mailconnect.local.log import events_kept
from mailconnect.operator.commands import Operator
from mailconnect.settings import Settings, from_environment
from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.switches import SqliteSwitches


@asynccontextmanager
async def machine_operator(environment: Mapping[str, str]) -> AsyncIterator[OperatorClient]:
    """Raises CommandFailed, SettingError."""
    settings = from_environment(environment)
    if not (settings.data_dir / "mailconnect.sqlite3").exists():
        raise CommandFailed(
            f"There is no store in {settings.data_dir.absolute()}; name its folder with MAILCONNECT_DATA_DIR"
        )
    try:
        store = Store.open(settings)
    except CannotStart as error:
        raise CommandFailed(str(error)) from None

    try:
        async with bridge(settings, store) as (adapters, sweeper):
            with events_kept(settings.data_dir):
                _check_provider(store.database, settings, adapters.oauth.provider.id)
                operator = Operator(
                    grants=adapters.stores.grants,
                    ledger=adapters.stores.ledger,
                    audit=adapters.stores.audit,
                    owners=store.keys,
                    switches=SqliteSwitches(store.database),
                    provider=adapters.oauth.provider.id,
                    wake_sweep=wake_nobody,  # this command runs the sweep itself
                    clock=adapters.stores.clock,
                    approvals=adapters.stores.approvals,
                    browsers=adapters.stores.browsers,
                )

                async def sweep() -> None:
                    if await sweeper.sweep.run():
                        await store.database.erase_traces()

                yield OperatorClient(operator.obey, sweep)
    finally:
        await store.database.close()


def _check_provider(database: Database, settings: Settings, ours: str) -> None:
    """At another provider no owner would be found by name, and nothing revoked. Raises CommandFailed."""
    connected = {provider for (provider,) in database.read("SELECT DISTINCT provider FROM grants", ())}
    if connected and ours not in connected:
        raise CommandFailed(
            f"The connections in {settings.data_dir.absolute()} are to {', '.join(sorted(connected))}, and this "
            f"command was started for {ours}: give it the settings of the server, such as MAILCONNECT_PROVIDER"
        )
