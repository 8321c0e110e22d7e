"""A Lambda function: its invocation under way, what happens once at import, and a response for every failure.

Made at import, so that a snapshot has it (SnapStart). Many environments start from one snapshot: nothing random, secret
or connected is made before a request arrives, and Python's own generator is seeded anew.
"""

import asyncio
import logging
import os
import random
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from handlers.aws.log_line import LambdaLine
from mailconnect import log


class InvocationContext(Protocol):
    """The parts of Lambda's own context that we use."""

    def get_remaining_time_in_millis(self) -> int: ...


Function = Callable[[Any, InvocationContext], dict[str, Any]]

_FOR_STORING = 1.0
"""Seconds of the time left that are not for others' answers: what they said must still be written down."""


class LambdaInvocation:
    """The one under way: Lambda gives an environment one at a time, and they share one event loop."""

    def __init__(self) -> None:
        self._context: InvocationContext | None = None
        self.loop = asyncio.new_event_loop()

    def begin(self, context: InvocationContext) -> None:
        self._context = context

    def time_left(self) -> float:
        """Seconds."""
        return self._context.get_remaining_time_in_millis() / 1000 - _FOR_STORING if self._context else 0.0


def prepare() -> None:
    """Once at import: where the log goes, and what a restored snapshot must not share with its copies."""
    os.environ.pop("SSLKEYLOGFILE", None)  # botocore and urllib3 would write session keys there
    logger = logging.getLogger("mailconnect")
    if not logger.handlers:
        lines = logging.StreamHandler(sys.stdout)
        lines.setFormatter(LambdaLine())
        logger.addHandler(lines)
        logger.setLevel(logging.INFO)
        logger.propagate = False
    logging.getLogger().setLevel(logging.WARNING)  # httpx logs at INFO where it goes
    # Lambda's own runtime brings it.
    try:
        from snapshot_restore_py import register_after_restore  # type: ignore[import-not-found]  # noqa: PLC0415
    except ImportError:
        return
    register_after_restore(random.seed)


def plain_function(run: Callable[[Any], Awaitable[dict[str, Any]]], invocation: LambdaInvocation) -> Function:
    """Invoked by IAM alone; what `run` returns is the response."""

    def handler(event: Any, context: InvocationContext) -> dict[str, Any]:
        invocation.begin(context)
        try:
            return invocation.loop.run_until_complete(_awaited(run, event))
        except Exception as error:  # noqa: BLE001 - as above
            return {"error": f"This went wrong: {log.fault(error)}"}

    return handler


async def _awaited(run: Callable[[Any], Awaitable[dict[str, Any]]], event: Any) -> dict[str, Any]:
    return await run(event)
