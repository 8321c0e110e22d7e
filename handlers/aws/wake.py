"""Waking `sweep` on Lambda: an asynchronous invocation, one short request for the caller (mailconnect.sweep.wake)."""

from typing import Any

from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from mailconnect import log
from mailconnect.sweep.wake import Wake

CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
"""Somebody waits for the answer, and the schedule comes by in any case."""


def wake_by_invoking(client: Any, function: str) -> Wake:
    async def wake() -> None:
        try:
            client.invoke(FunctionName=function, InvocationType="Event", Payload=b"{}")
        except (BotoCoreError, ClientError) as error:
            log.record("sweep_not_woken", reason=type(error).__name__)

    return wake


async def nobody() -> None:
    """For a door that ends nothing: it has no right to wake."""
