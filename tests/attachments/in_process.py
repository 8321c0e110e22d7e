"""The port without a process, for tests of what is built on it: no bound on time and none on memory."""

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.parse import parse
from mailconnect.attachments.result import Result


class InProcessReader:
    def __init__(self, bounds: Bounds = Bounds()) -> None:  # noqa: B008
        self._bounds = bounds

    @property
    def max_bytes(self) -> int:
        return self._bounds.input_bytes

    async def read(
        self, data: bytes, declared: str, name: str, *, offset: int = 0, characters: int | None = None
    ) -> Result:
        maximum = min(characters or self._bounds.characters, self._bounds.characters)
        return parse(data, declared, name, self._bounds._replace(characters=maximum), offset=offset)
