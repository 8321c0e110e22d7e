"""The child process: its input, its rights, and the result when it dies, hangs, floods or sends nonsense."""

import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.confinement import ResourceLimits
from mailconnect.attachments.frames import Malformed, ReadingRequest, from_document, read_question
from mailconnect.attachments.local import ALONE, LocalReader
from mailconnect.attachments.result import AttachmentText, Result, Unreadable
from tests.attachments.documents import pdf

pytestmark = [pytest.mark.anyio, pytest.mark.process]


@pytest.fixture(params=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    """One machine has uvloop wherever there is one; its transports are classes of its own."""
    return "asyncio", {"use_uvloop": request.param == "uvloop"}


CANARY = b"canary-7f3a9c-in-the-attachment"


def talking(program: str) -> tuple[str, ...]:
    """A child that runs this instead of the worker."""
    return (sys.executable, "-I", "-S", "-B", "-c", f"{ALONE}import time, json\n{program}")


async def read(program: str, *, seconds: float = 20.0, data: bytes = CANARY) -> Result:
    return await LocalReader(command=talking(program), seconds=seconds).read(data, "text/plain", "canary.txt")


def children() -> set[str]:
    """Of this process, dead ones that nobody waited for too."""
    return {
        stat.split()[0]
        for each in Path("/proc").glob("[0-9]*/stat")
        if (stat := _stat(each)) and stat.rpartition(")")[2].split()[1] == str(os.getpid())
    }


def _lives(pid: str) -> bool:
    """Not one that is dead and whose new parent has still to look."""
    state = _stat(Path("/proc") / pid / "stat").rpartition(")")[2].split()
    return bool(state) and state[0] != "Z"


def _stat(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def temporary_files() -> set[Path]:
    """Others write there too, at the same time."""
    return {path for path in Path("/tmp").iterdir() if path.is_file()}


SAYS = "sys.stdout.write(json.dumps({'is': 'text', 'kind': 'x', 'text': %s, 'offset': 0, 'next_offset': None, "
SAYS += "'total': 1, 'notes': [], 'namespaces': False}))"


async def test_the_child_has_an_empty_environment_and_three_descriptors_and_is_in_the_root_folder() -> None:
    told = "repr([sorted(os.environ), sorted(os.listdir('/proc/self/fd')), os.getcwd(), os.getsid(0) == os.getpid()])"
    result = await read(SAYS % told)
    assert isinstance(result, AttachmentText)
    # LC_CTYPE is what Python sets for itself (PEP 538); 3 is the folder that is being listed.
    assert result.text in (
        "[['LC_CTYPE'], ['0', '1', '2', '3'], '/', True]",
        "[[], ['0', '1', '2', '3'], '/', True]",
    )


CONFINED = """
sys.path.extend(%r)
from mailconnect.attachments import confinement
import socket, signal
confinement.limit(confinement.ResourceLimits())
confinement.seal()
tried = {}
def attempt(name, action):
    try:
        action()
        tried[name] = 'done'
    except OSError as error:
        tried[name] = 'refused'
attempt('file', lambda: open('/etc/passwd'))
attempt('new file', lambda: open('/tmp/attachment', 'w'))
attempt('socket', socket.socket)
attempt('pipe', os.pipe)
attempt('copy of a descriptor', lambda: os.dup(0))
attempt('environment of the parent', lambda: os.open('/proc/%%d/environ' %% os.getppid(), os.O_RDONLY))
attempt('file in place of a closed one', lambda: (os.close(0), open('/etc/passwd')))
"""


async def test_once_it_is_sealed_the_child_opens_no_file_and_no_socket() -> None:
    root = str(Path(__file__).parents[2] / "lib")
    result = await read(CONFINED % [root] + SAYS % "json.dumps(tried)")
    assert isinstance(result, AttachmentText)
    assert {*json.loads(result.text).values()} == {"refused"}


async def test_in_namespaces_of_its_own_even_root_raises_no_limit_again() -> None:
    root = str(Path(__file__).parents[2] / "lib")
    program = """
sys.path.extend(%r)
from mailconnect.attachments import confinement
import resource
confinement.limit(confinement.ResourceLimits())
namespaces = confinement.seal()
try:
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    raised = 'raised'
except (ValueError, OSError):
    raised = 'kept'
""" % [root]
    result = await read(program + SAYS % "json.dumps([namespaces, raised])")
    assert isinstance(result, AttachmentText)
    namespaces, raised = json.loads(result.text)
    if not namespaces and os.getuid() == 0:
        pytest.skip("no namespaces here, and this is root")
    assert raised == "kept"


async def until(holds: Callable[[], bool]) -> None:
    """A child that starts tells nobody."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


HARM = {
    "dies at once": "os._exit(3)",
    "is killed": "os.kill(os.getpid(), 9)",
    "dies in the middle of its answer": 'os.write(1, b\'{"is": "te\'); os.kill(os.getpid(), 11)',
    "talks nonsense": "sys.stdin.buffer.read(); print('rubbish')",
    "answers with no object": "print('[1]')",
    "answers with another object": 'print(\'{"is": "text", "namespaces": true}\')',
    "answers with wrong types": SAYS % "7",
    "answers in depth": "print('[' * 1_000_000)",
    "floods": "while True: os.write(1, b'x' * 65536)",
    "reads nothing and says nothing": "os.close(0); os.close(1); os._exit(0)",
    "uses up its memory": "import resource; resource.setrlimit(resource.RLIMIT_AS, (60_000_000,) * 2)\n"
    "x = [bytes(9_000_000) for _ in range(99)]",
}


@pytest.mark.parametrize("how", HARM)
async def test_a_child_that_does_harm_costs_one_result_and_is_gone(how: str) -> None:
    before = children()
    result = await read(HARM[how], data=CANARY * 100_000)
    assert isinstance(result, Unreadable)
    assert CANARY.decode() not in result.reason
    assert children() <= before


async def test_a_child_that_hangs_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    before = children()
    program = "pid = os.fork()\nif pid: open(%r, 'w').write(str(pid))\ntime.sleep(600)"
    marker = tmp_path / "pid"
    result = await read(program % str(marker), seconds=2.0)
    assert result == Unreadable("The attachment takes longer to read than is allowed.")
    assert children() <= before
    async with asyncio.timeout(60):  # it is killed; a busy machine buries it when it has time
        while _lives(_stat(marker)):  # noqa: ASYNC110 - nothing tells of a process that is not ours any more
            await asyncio.sleep(0.01)


async def test_a_caller_that_is_cancelled_leaves_no_child() -> None:
    before = children()
    reading = asyncio.create_task(read("time.sleep(600)"))
    await until(lambda: not children() <= before)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await until(lambda: children() <= before)  # uvloop waits for it by itself


async def test_a_program_that_is_missing_costs_one_result() -> None:
    result = await LocalReader(command=("/nonexistent/python",)).read(b"x", "", "")
    assert result == Unreadable("Attachments cannot be read at this moment.", retry=True)


async def test_no_more_than_two_are_read_at_once_and_no_more_wait_than_may() -> None:
    reader = LocalReader(command=talking("time.sleep(600)"), at_once=2, waiting=1, patience=0.2, seconds=2.0)
    before = children()
    several = [asyncio.create_task(reader.read(b"x", "", "")) for _ in range(2)]
    await until(lambda: len(children() - before) == 2)
    several += [asyncio.create_task(reader.read(b"x", "", "")) for _ in range(2)]
    busy = await asyncio.gather(*several[2:])
    assert all(isinstance(one, Unreadable) and one.retry for one in busy)
    assert len(children() - before) == 2
    for one in several[:2]:
        one.cancel()
    await asyncio.gather(*several[:2], return_exceptions=True)


async def test_time_and_memory_are_the_childs_own_limits() -> None:
    """The parser is ended from inside, so that what it has read by then is not lost."""
    slow = LocalReader(limits=ResourceLimits(cpu_seconds=1), bounds=Bounds(characters=60_000))
    result = await slow.read(b"<html>" + b"<b>x</b>" * 1_200_000, "text/html", "")
    assert isinstance(result, Unreadable | AttachmentText)
    small = LocalReader(limits=ResourceLimits(memory_bytes=25_000_000))
    assert isinstance(await small.read(b"a b " * 2_000_000, "text/plain", ""), Unreadable)


async def test_nothing_of_an_attachment_is_in_a_log_an_error_or_a_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the child is killed in the middle of it."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = temporary_files()
    document = pdf(CANARY.decode())
    assert CANARY.decode() in (await LocalReader().read(document, "", CANARY.decode())).text  # type: ignore[union-attr]
    for how, program in HARM.items():
        result = await read(program)
        assert CANARY.decode() not in repr(result), how
    torn = document.replace(b"/Catalog", b"/Cat" + CANARY)
    assert CANARY.decode() not in repr(await LocalReader().read(torn, CANARY.decode(), CANARY.decode()))
    assert CANARY.decode() not in repr(ReadingRequest(CANARY, CANARY.decode(), CANARY.decode(), 0, Bounds()))
    out, err = capfd.readouterr()
    assert CANARY.decode() not in caplog.text + out + err
    assert not os.listdir(tmp_path)  # noqa: PTH208 - no other task waits
    assert not [path for path in temporary_files() - before if CANARY.decode() in _stat(path)]


def test_a_reading_request_comes_apart_as_it_was_put_together() -> None:
    asked = ReadingRequest(b"\x00data", "text/plain", "näme", 7, Bounds(pages=3))
    frame = asked.frame()

    def taker(source: bytes):
        at = 0

        def take(size: int) -> bytes:
            nonlocal at
            at += size
            return source[at - size : at]

        return take

    assert read_question(taker(frame)) == asked
    for cut in range(0, 60, 7):
        with pytest.raises(Malformed):
            read_question(taker(frame[:cut]))


@pytest.mark.parametrize("document", [None, [], {}, {"is": "x"}, {"is": "text"}, {"is": "unreadable", "reason": 1}])
def test_an_answer_that_no_worker_writes_is_malformed(document: object) -> None:
    with pytest.raises(Malformed):
        from_document(document, b"")
