"""Opens the operator client: for the store of this machine, also while its server runs, or for a deployed stack."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from mailconnect.cli.operator_client import OperatorClient
from mailconnect.cli.region import region_of


@asynccontextmanager
async def opened(
    stack: str | None, environment: Mapping[str, str], region: str | None = None
) -> AsyncIterator[OperatorClient]:
    """`region` is the stack's, where it is named. Raises CommandFailed, SettingError."""
    if stack is not None:
        from mailconnect.cli.stack import stack_operator  # noqa: PLC0415 - botocore, which one machine need not have

        yield stack_operator(stack, region_of(stack, region))
    else:
        # A whole server is imported, which a stack does not need.
        from mailconnect.cli.machine import machine_operator  # noqa: PLC0415

        async with machine_operator(environment) as one:
            yield one
