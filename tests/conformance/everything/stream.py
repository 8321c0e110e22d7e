"""What a legacy tool sends while it runs: notifications, and requests to its client (2025-11-25 basic/transports)."""

import asyncio
import itertools
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from mailconnect.mcp.message import HttpResponse

Message = Mapping[str, Any]


class Waiting:
    """Requests of ours under way, by id: what a client answers comes by a POST of its own."""

    def __init__(self) -> None:
        self._futures: dict[str, asyncio.Future[Message]] = {}
        self._count = itertools.count(1)

    def expect(self) -> tuple[str, asyncio.Future[Message]]:
        ident = f"server-{next(self._count)}"
        self._futures[ident] = asyncio.get_running_loop().create_future()
        return ident, self._futures[ident]

    def settle(self, message: Any) -> bool:
        """Whether the message was the answer to a request of ours."""
        if not isinstance(message, dict) or "method" in message or message.get("id") not in self._futures:
            return False
        self._futures.pop(message["id"]).set_result(message.get("result", {}))
        return True


class Stream:
    """Of one POST; the last thing on it is the answer to the POST itself."""

    def __init__(self, waiting: Waiting) -> None:
        self.outgoing: asyncio.Queue[Message | HttpResponse] = asyncio.Queue()
        self._waiting = waiting

    async def notify(self, method: str, params: Message) -> None:
        await self.outgoing.put({"jsonrpc": "2.0", "method": method, "params": params})

    async def ask(self, method: str, params: Message) -> Message:
        ident, answered = self._waiting.expect()
        await self.outgoing.put({"jsonrpc": "2.0", "id": ident, "method": method, "params": params})
        return await answered


STREAM: ContextVar[Stream] = ContextVar("stream")
