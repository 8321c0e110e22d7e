"""Has attachments read by a function without rights (the port: mailconnect.attachments.port)."""

import asyncio
import json
from typing import Any

from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.frames import Malformed, ReadingRequest, from_document
from mailconnect.attachments.invocation import MAX_BYTES, as_event
from mailconnect.attachments.result import Result, Unreadable

CONFIG = Config(connect_timeout=2, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 1})
"""An attachment that ended the function once would end it again."""

_BUSY = Unreadable("Too many attachments are being read at this moment. Try again in a few seconds.", retry=True)
_NOT_NOW = Unreadable("Attachments cannot be read at this moment.", retry=True)
_DIED = Unreadable("The attachment could not be read: it used up what one attachment may use, or is made to harm.")


class LambdaReader:
    """`client` has botocore's `invoke`, which blocks, and so runs in a thread: the deadline of the tool call holds."""

    def __init__(self, client: Any, function: str, bounds: Bounds = Bounds()) -> None:  # noqa: B008
        self._client = client
        self._function = function
        self._bounds = bounds

    @property
    def max_bytes(self) -> int:
        """Less than in a child process: an event may have 6 MB, base64 included."""
        return min(MAX_BYTES, self._bounds.input_bytes)

    async def read(
        self, data: bytes, declared: str, name: str, *, offset: int = 0, characters: int | None = None
    ) -> Result:
        if len(data) > self.max_bytes:
            return Unreadable(f"The attachment is larger than {self.max_bytes / 1_000_000:g} MB.")
        maximum = min(characters or self._bounds.characters, self._bounds.characters)
        question = ReadingRequest(data, declared, name, offset, self._bounds._replace(characters=maximum))
        return await asyncio.to_thread(self._answered, question)

    def _answered(self, question: ReadingRequest) -> Result:
        try:
            response = self._client.invoke(
                FunctionName=self._function,
                InvocationType="RequestResponse",
                Payload=json.dumps(as_event(question)).encode(),
            )
            answer = response["Payload"].read()
        except ClientError as error:
            throttled = error.response.get("Error", {}).get("Code") == "TooManyRequestsException"
            return _BUSY if throttled else _NOT_NOW
        except BotoCoreError:
            return _NOT_NOW
        if response.get("FunctionError"):
            return _DIED
        try:
            return from_document(json.loads(answer), question.data)
        except (ValueError, RecursionError, Malformed):
            return _DIED
