"""Where an operator's commands go: the store of this machine, also while its server runs, or a deployed function."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from mailconnect.cli.desk import Desk


@asynccontextmanager
async def opened(stack: str | None, environment: Mapping[str, str]) -> AsyncIterator[Desk]:
    """Raises CommandFailed, SettingError."""
    if stack is not None:
        from mailconnect.cli.stack import stack_desk  # noqa: PLC0415 - botocore, which one machine need not have

        yield stack_desk(stack)
    else:
        # What a server is made of, which the deployed function's caller need not have.
        from mailconnect.cli.machine import machine_desk  # noqa: PLC0415

        async with machine_desk(environment) as one:
            yield one
