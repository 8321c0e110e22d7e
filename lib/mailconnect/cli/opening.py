"""Opens the operator client: for the store of this machine, also while its server runs, or for a deployed stack."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from mailconnect.cli.operator_client import OperatorClient


@asynccontextmanager
async def opened(stack: str | None, environment: Mapping[str, str]) -> AsyncIterator[OperatorClient]:
    """Raises CommandFailed, SettingError."""
    if stack is not None:
        from mailconnect.cli.stack import stack_operator  # noqa: PLC0415 - botocore, which one machine need not have

        yield stack_operator(stack)
    else:
        # A whole server is imported, which a stack does not need.
        from mailconnect.cli.machine import machine_operator  # noqa: PLC0415

        async with machine_operator(environment) as one:
            yield one
