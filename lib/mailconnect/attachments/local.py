"""Reads attachments in a child process on this machine (the port: mailconnect.attachments.port)."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.confinement import ResourceLimits
from mailconnect.attachments.frames import Malformed, ReadingRequest, from_document
from mailconnect.attachments.result import Result, Unreadable

ALONE = "import os, sys; os.closerange(3, 65_536); "
"""A child's first step: uvloop leaves open all that may be inherited, and its own ends of the child's pipes."""
_START = ALONE + (
    "sys.path.extend(sys.argv[1:3]); from mailconnect.attachments.worker import main; "
    "main(int(sys.argv[3]), int(sys.argv[4]))"
)
_COMPILE = "import sys, compileall; [compileall.compile_dir(each, quiet=2, maxlevels=3) for each in sys.argv[1:]]"
_LONGEST_ANSWER = 2_000_000
"""Bytes: 60,000 characters as JSON escapes them, notes, and room."""
_BUSY = Unreadable("Too many attachments are being read at this moment. Try again in a few seconds.", retry=True)
_TOO_SLOW = Unreadable("The attachment takes longer to read than is allowed.")
_DIED = Unreadable("The attachment could not be read: it used up what one attachment may use, or is made to harm.")
_NO_PROCESS = Unreadable("Attachments cannot be read at this moment.", retry=True)


class LocalReader:
    """At most `at_once` children; `waiting` callers wait for a place, each `patience` seconds at most.

    A child lives `seconds` at most. `environment` is empty but where the interpreter itself needs a variable to start.
    """

    def __init__(
        self,
        *,
        bounds: Bounds = Bounds(),  # noqa: B008
        limits: ResourceLimits = ResourceLimits(),  # noqa: B008
        at_once: int = 2,
        waiting: int = 8,
        patience: float = 8.0,
        seconds: float = 12.0,
        environment: Mapping[str, str] | None = None,
        command: tuple[str, ...] | None = None,
    ) -> None:
        self._bounds = bounds
        self._max_waiting = waiting
        self._waiting = 0
        self._patience = patience
        self._seconds = seconds
        self._environment = dict(environment or {})
        self._places = asyncio.Semaphore(at_once)
        self._command = command or _command(limits)
        self.has_namespaces: bool | None = None
        """Whether the last child was permitted namespaces of its own; None before the first answer."""

    @property
    def max_bytes(self) -> int:
        return self._bounds.input_bytes

    async def read(
        self, data: bytes, declared: str, name: str, *, offset: int = 0, characters: int | None = None
    ) -> Result:
        if len(data) > self._bounds.input_bytes:
            return Unreadable(f"The attachment is larger than {self._bounds.input_bytes // 1_000_000} MB.")
        bounds = self._bounds._replace(characters=min(characters or self._bounds.characters, self._bounds.characters))
        if not await self._has_place():
            return _BUSY
        try:
            return await self._asked(ReadingRequest(data, declared, name, offset, bounds))
        finally:
            self._places.release()

    async def _has_place(self) -> bool:
        """One that the caller gives back."""
        if not self._places.locked():
            return await self._places.acquire()
        if self._waiting >= self._max_waiting:
            return False
        self._waiting += 1
        try:
            return await asyncio.wait_for(self._places.acquire(), self._patience)
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1

    async def compile(self) -> None:
        """Writes bytecode beside the parsers where it may: else each child compiles them anew. Never raises."""
        folders = [str(Path(__file__).parent), *_folders_of("pypdf")]
        with contextlib.suppress(OSError):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", "-S", "-c", _COMPILE, *folders,
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
                env={}, cwd="/",
            )  # fmt: skip
            await process.wait()

    async def _asked(self, question: ReadingRequest) -> Result:
        try:
            response = await _response(self._command, self._environment, question.frame(), self._seconds)
        except TimeoutError:
            return _TOO_SLOW
        except OSError:
            return _NO_PROCESS
        try:
            document = json.loads(response)
            self.has_namespaces = bool(document.pop("namespaces"))
            return from_document(document, question.data)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, Malformed):
            return _DIED


def _command(limits: ResourceLimits) -> tuple[str, ...]:
    """Isolated, without `site`, and without writing bytecode."""
    root = str(Path(__file__).parents[2])
    [library, *_] = [str(Path(folder).parent) for folder in _folders_of("pypdf")] or [root]
    return (sys.executable, "-I", "-S", "-B", "-c", _START, root, library, *map(str, limits))


def _folders_of(package: str) -> list[str]:
    spec = find_spec(package)
    return list(spec.submodule_search_locations or []) if spec else []


async def _response(command: tuple[str, ...], environment: Mapping[str, str], frame: bytes, seconds: float) -> bytes:
    """The child's output; empty if it is too long. Raises TimeoutError, OSError. Kills the child at the end."""
    loop = asyncio.get_running_loop()
    transport, child = await loop.subprocess_exec(
        _Child, *command, stderr=asyncio.subprocess.DEVNULL, env=environment, cwd="/", start_new_session=True
    )
    try:
        # uvloop's is none of asyncio's class, so that isinstance would be false.
        to_child = cast("asyncio.WriteTransport", transport.get_pipe_transport(0))
        with contextlib.suppress(RuntimeError):  # uvloop's, where the child has ended before it read anything
            to_child.write(frame)
        to_child.close()
        async with asyncio.timeout(seconds):
            await child.answered
        return b"" if child.is_flooding else bytes(child.said)
    finally:
        _kill(transport.get_pid(), has_ended=child.exited.done())
        # Also where the caller is cancelled: a child that nobody waits for stays in the table of processes.
        await asyncio.shield(_gone(child, transport))


def _kill(group: int, *, has_ended: bool) -> None:
    """The child, and whatever it started: it leads a group of its own."""
    if not has_ended:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


async def _gone(child: "_Child", transport: asyncio.SubprocessTransport) -> None:
    """Closes the pipes once the child is waited for: a transport that is closed before waits for it a second time."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(child.exited), 5)
    transport.close()


class _Child(asyncio.SubprocessProtocol):
    """`answered` once its output has ended, or is too long."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.said = bytearray()
        self.is_flooding = False
        self.answered: asyncio.Future[None] = loop.create_future()
        self.exited: asyncio.Future[None] = loop.create_future()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 1 and not self.is_flooding:
            self.said += data
            self.is_flooding = len(self.said) > _LONGEST_ANSWER
            if self.is_flooding:
                self.said.clear()
                self._response()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if fd == 1:
            self._response()

    def process_exited(self) -> None:
        if not self.exited.done():
            self.exited.set_result(None)

    def _response(self) -> None:
        if not self.answered.done():
            self.answered.set_result(None)
