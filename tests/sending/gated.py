"""A store's adapter that waits before each request for what a scheduler decides."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mailconnect.store.errors import StoreUnavailable


@dataclass
class Gated:
    """`faults` are taken in order, by the request's name. After `unavailable` nothing was done, after `lost` it was."""

    inner: Any
    name: str
    point: Callable[[str], Any]
    faults: dict[str, list[str]]

    def __getattr__(self, name: str) -> Any:
        async def gated(*arguments: Any, **named: Any) -> Any:
            step = f"{self.name}.{name}"
            await self.point(step)
            planned = self.faults.get(step, [])
            fault = planned.pop(0) if planned else None
            if fault == "unavailable":
                raise StoreUnavailable("not now")
            result = await getattr(self.inner, name)(*arguments, **named)
            if fault == "lost":
                raise StoreUnavailable("the answer is lost")
            return result

        return gated
