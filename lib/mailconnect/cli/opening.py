"""Where an operator's commands go: the store of this machine, also while its server runs, or a deployed function."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from mailconnect.cli.desk import Desk
from mailconnect.cli.region import region_of


@asynccontextmanager
async def opened(stack: str | None, environment: Mapping[str, str], region: str | None = None) -> AsyncIterator[Desk]:
    """`region` is the stack's, where it is named. Raises CommandFailed, SettingError."""
    if stack is not None:
        from mailconnect.cli.stack import stack_desk  # noqa: PLC0415 - botocore, which one machine need not have

        yield stack_desk(stack, region_of(stack, region))
    else:
        # What a server is made of, which the deployed function's caller need not have.
        from mailconnect.cli.machine import machine_desk  # noqa: PLC0415

        async with machine_desk(environment) as one:
            yield one
