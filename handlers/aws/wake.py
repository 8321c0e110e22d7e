"""Waking `sweep` on Lambda: an asynchronous invocation, one short request for the caller (mailconnect.end_grant)."""

from typing import Any

from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from mailconnect import log
from mailconnect.end_grant import Wake

CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
"""A client or an owner waits for the response, and the schedule comes in any case."""


def wake_by_invoking(client: Any, function: str) -> Wake:
    async def wake() -> None:
        try:
            client.invoke(FunctionName=function, InvocationType="Event", Payload=b"{}")
        except (BotoCoreError, ClientError) as error:
            log.record("sweep_not_woken", reason=type(error).__name__)

    return wake
