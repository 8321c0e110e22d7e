"""The adapter to Lambda with the function itself behind it, called as botocore's client would call it."""

import asyncio
import io
import json
import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from handlers import attachments as function
from handlers.aws.attachments import LambdaReader
from mailconnect.attachments.port import AttachmentReader
from mailconnect.attachments.result import Unreadable
from tests.attachments.reader_contract import *  # noqa: F403 - the contract's tests

pytestmark = pytest.mark.anyio


_ENVIRONMENT = threading.Lock()
"""An environment of Lambda serves one invocation at a time."""


class Client:
    """In a thread of its own: the function runs an event loop, and so does the test."""

    def __init__(self, answer: dict[str, Any] | Exception | None = None) -> None:
        self._answer = answer
        self.payloads: list[bytes] = []

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        assert (FunctionName, InvocationType) == ("attachments", "RequestResponse")
        assert len(Payload) < 6_291_556
        self.payloads.append(Payload)
        if isinstance(self._answer, Exception):
            raise self._answer
        if self._answer is not None:
            return self._answer
        answered: list[dict[str, Any]] = []
        thread = threading.Thread(target=lambda: answered.append(function.handler(json.loads(Payload), None)))
        with _ENVIRONMENT:
            thread.start()
            thread.join()
        return {"StatusCode": 200, "Payload": io.BytesIO(json.dumps(answered[0]).encode())}


@pytest.fixture
async def reader() -> AttachmentReader:
    return LambdaReader(Client(), "attachments")


async def test_the_largest_attachment_fits_an_event() -> None:
    client = Client({"Payload": io.BytesIO(b"{}")})
    await LambdaReader(client, "attachments").read(bytes(4_400_000), "\x00" * 9_999, "\U0001f600" * 9_999)
    assert len(client.payloads) == 1


async def test_the_event_loop_is_free_while_the_function_answers() -> None:
    released = threading.Event()

    class Slow(Client):
        def invoke(self, **named: Any) -> dict[str, Any]:
            assert released.wait(10), "the loop was blocked, so nothing could release this call"
            return super().invoke(**named)

    reading = asyncio.create_task(LambdaReader(Slow(), "attachments").read(b"words", "text/plain", "a.txt"))
    await asyncio.sleep(0)
    released.set()
    assert not isinstance(await reading, Unreadable)


@pytest.mark.parametrize(
    ("answer", "retry"),
    [
        (ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke"), True),
        (ClientError({"Error": {"Code": "AccessDeniedException"}}, "Invoke"), True),
        (ReadTimeoutError(endpoint_url="https://lambda"), True),
        ({"FunctionError": "Unhandled", "Payload": io.BytesIO(b'{"errorMessage": "canary"}')}, False),
        ({"Payload": io.BytesIO(b"rubbish canary")}, False),
        ({"Payload": io.BytesIO(b'{"is": "text"}')}, False),
    ],
)
async def test_a_failed_invocation_costs_one_result(answer: dict[str, Any] | Exception, retry: bool) -> None:
    result = await LambdaReader(Client(answer), "attachments").read(b"x", "", "")
    assert isinstance(result, Unreadable)
    assert result.retry is retry
    assert "canary" not in result.reason


@pytest.mark.parametrize(
    "event", [None, {}, [], {"data": "?", "declared": "", "name": "", "offset": 0, "characters": 1}]
)
def test_an_event_that_is_none_of_ours_gives_a_result_too(event: object) -> None:
    assert function.handler(event, None)["is"] == "unreadable"
