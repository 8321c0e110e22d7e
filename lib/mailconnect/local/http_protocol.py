"""A connection of the server on one machine: what it may keep in memory, and how long it may keep everybody waiting."""

import asyncio
import time
from collections.abc import Sized
from dataclasses import dataclass
from operator import itemgetter

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MAX_HEAD = 65_536
"""Bytes of a request's line and headers, or trailers; httptools itself would collect them without end."""

MAX_CONNECTIONS = 500
"""At once, so that file descriptors are left for the store and the provider. For one more, one that waits is closed."""

MAX_PIPELINED = 16
"""Requests that wait on a connection for the one under way; what comes after them is not read."""

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


@dataclass(frozen=True, eq=False, slots=True)
class Wait:
    """The states of a connection while no request is at work. Requests at work have deadlines of their own."""

    seconds: int


HEAD = Wait(10)
"""The connection's first, or one that has begun."""

REMAINDER = Wait(10)
"""Of a body that its response did not wait for. Closed at once, the connection might lose the response."""

REQUEST = Wait(30)
"""The next one."""

READER = Wait(60)
"""Answers to be read."""


class TooManyWaiting(Exception):
    """Ends the parser's work on the bytes at hand."""


class _Flow(FlowControl):
    """Reads nothing more while requests wait."""

    def __init__(self, transport: asyncio.Transport, waiting: Sized) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        if self.read_paused and not self._waiting:
            self.read_paused = False
            self._transport.resume_reading()


class BoundedProtocol(HttpToolsProtocol):
    """Counts what comes beside the body: head, chunk sizes, trailers. `endpoints.http.edge` measures whole heads.

    uvicorn itself closes connections on which nothing at all has come since a response, and no others.
    """

    _beside_body = 0
    _in_head = True
    _head_begun = False
    _refused = False
    _waiting: tuple[Wait | None, RequestResponseCycle | None] = None, None
    _closed_at = 0.0
    _idle_since = 0.0
    _made_room = False
    flow: _Flow

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = _Flow(transport, self.pipeline)
        self._idle_since = time.monotonic()
        if len(self.connections) > MAX_CONNECTIONS:
            self._make_room()

    def on_response_complete(self) -> None:
        self._idle_since = time.monotonic()
        super().on_response_complete()

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= MAX_PIPELINED:
            raise TooManyWaiting
        self._head_begun = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = self._head_begun = False
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._beside_body -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._beside_body, self._in_head = 0, True
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        # Before the parser sees them: where these bytes end a message, they are not the next one's head.
        self._beside_body += len(data)
        super().data_received(data)
        if self._beside_body > MAX_HEAD and not self.transport.is_closing() and not self._ends_with_answer():
            if self._in_head:
                self.transport.write(_TOO_LARGE)
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        if not self._ends_with_answer():
            super().send_400_response(msg)

    def _ends_with_answer(self) -> bool:
        """Whether requests that have come whole are under way. No refusal overtakes their responses, of which the last
        ends the connection.
        """
        if self.cycle is None or self.cycle.response_complete or self.cycle.more_body:
            return False
        self.cycle.keep_alive = False
        self._refused = True
        return True

    def resume_writing(self) -> None:
        self._waiting = None, None
        super().resume_writing()

    def close_if_stalled(self, now: float) -> None:
        """To be called every second or so, `now` in seconds; so that no request sets a timer and takes it back."""
        wait = self._wait()
        if wait is None or self._waiting != (wait, self.cycle):
            self._waiting = wait, self.cycle
            self._closed_at = now + wait.seconds if wait else now
        elif now >= self._closed_at:
            self.transport.abort() if wait is READER else self.transport.close()

    def _make_room(self) -> None:
        """Closes the connection whose client has kept us waiting for longest: without a request, with half of one, or
        without reading its response. One that may bring its next request at any moment is closed last.
        """
        others = [one for one in self.connections if isinstance(one, BoundedProtocol) and one is not self]
        waiting = [(turn, one) for one in others if (turn := one.turn()) is not None]
        if waiting:
            min(waiting, key=itemgetter(0))[1].make_room()

    def turn(self) -> tuple[bool, float] | None:
        """When it is this one's turn to make room: the least goes first. None while it does not keep us waiting."""
        wait = self._wait()
        if self._made_room or (wait is None and not self.cycle.more_body):
            return None
        return wait is REQUEST, self._idle_since

    def make_room(self) -> None:
        self._made_room = True
        self.transport.close() if self._wait() is REQUEST else self.transport.abort()

    def _wait(self) -> Wait | None:
        # A connection that is closed and still there holds responses that nobody reads.
        if self.flow.write_paused or self.transport.is_closing():
            return READER
        if self.cycle is None or (self.cycle.response_complete and self._head_begun):
            return HEAD
        if not self.cycle.response_complete:
            return None
        return REQUEST if self._in_head else REMAINDER
