"""Where an operator's commands go: the store of this machine, also while its server runs, or a deployed function."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.cli.subcommand import CommandFailed

if TYPE_CHECKING:  # what a server is made of, which the deployed function's caller need not have
    from lib.settings import Settings
    from lib.store.sqlite.database import Database

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """`obey` is handlers.aws.operator's; `sweep` does one round of what it asked for, or waits for one."""

    obey: Callable[[Any], Awaitable[Answer]]
    sweep: Callable[[], Awaitable[object]]

    async def ask(self, event: Answer) -> Answer:
        """Raises CommandFailed."""
        answer = await self.obey(event)
        if "error" in answer:
            raise CommandFailed(answer["error"])
        return answer


@asynccontextmanager
async def desk(stack: str | None, environment: Mapping[str, str]) -> AsyncIterator[Desk]:
    """Raises CommandFailed, SettingError."""
    if stack is not None:
        from handlers.cli.stack import stack_desk  # noqa: PLC0415 - botocore, which one machine need not have

        yield stack_desk(stack)
    else:
        async with _local_desk(environment) as one:
            yield one


@asynccontextmanager
async def _local_desk(environment: Mapping[str, str]) -> AsyncIterator[Desk]:
    from handlers.aws.operator import Operator  # noqa: PLC0415
    from handlers.local.bridge import CannotStart, Store, bridge  # noqa: PLC0415
    from lib.settings import from_environment  # noqa: PLC0415
    from lib.store.sqlite.switches import SqliteSwitches  # noqa: PLC0415

    settings = from_environment(environment)
    if not (settings.data_dir / "mailconnect.sqlite3").exists():
        raise CommandFailed(
            f"There is no store in {settings.data_dir.absolute()}; name its folder with MAILCONNECT_DATA_DIR"
        )
    try:
        store = Store.open(settings)
    except CannotStart as error:
        raise CommandFailed(str(error)) from None

    async def nobody_to_wake() -> None:
        """The sweep is run from here; the server's own does no harm beside it."""

    try:
        async with bridge(settings, store) as (adapters, sweeper):
            _check_provider(store.database, settings, adapters.oauth.provider.id)
            operator = Operator(
                grants=adapters.grants,
                ledger=adapters.ledger,
                trail=adapters.trail,
                owners=store.keys,
                switches=SqliteSwitches(store.database),
                provider=adapters.oauth.provider.id,
                wake_sweep=nobody_to_wake,
                clock=adapters.clock,
            )

            async def sweep() -> None:
                if await sweeper.sweep.run():
                    await store.database.erase_traces()

            yield Desk(operator.obey, sweep)
    finally:
        await store.database.close()


def _check_provider(database: "Database", settings: "Settings", ours: str) -> None:
    """At another provider nobody would be found by name, and nothing revoked. Raises CommandFailed."""
    connected = {provider for (provider,) in database.read("SELECT DISTINCT provider FROM grants", ())}
    if connected and ours not in connected:
        raise CommandFailed(
            f"The connections in {settings.data_dir.absolute()} are to {', '.join(sorted(connected))}, and this "
            f"command was started for {ours}: give it the settings of the server, such as MAILCONNECT_PROVIDER"
        )


async def pause() -> None:
    """Between two looks at what a deployed `sweep` has done."""
    await asyncio.sleep(2)
