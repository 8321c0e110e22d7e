"""Several processes on one port: one that dies is started again, and all stop together."""

import asyncio
import logging
import os
import signal
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from mailconnect.local.log import Shared
from tests.local.process import LocalProcess, free_ports, local

pytestmark = [pytest.mark.anyio, pytest.mark.process]

SECONDS = 30


async def workers_of(running: LocalProcess, count: int, but: set[int] = frozenset()) -> set[int]:
    """The process ids of so many workers, of which none is in `but`, as soon as there are."""
    async with asyncio.timeout(SECONDS):
        while True:
            listed = await asyncio.create_subprocess_exec(
                "ps", "-A", "-o", "pid=,ppid=", stdout=asyncio.subprocess.PIPE
            )
            lines = (await listed.communicate())[0].decode().splitlines()
            pairs = [tuple(map(int, line.split())) for line in lines]
            found = {process for process, parent in pairs if parent == running.process.pid} - but
            if len(found) == count:
                return found


async def gone(processes: set[int]) -> None:
    async with asyncio.timeout(SECONDS):
        for process in processes:
            with suppress(ProcessLookupError):
                while True:
                    os.kill(process, 0)
                    await asyncio.sleep(0.01)


async def serves(url: str) -> bool:
    async with httpx.AsyncClient(trust_env=False, timeout=SECONDS) as http:
        return (await http.post(url, json={})).status_code == 401


@pytest.mark.row("F-15")
async def test_a_worker_that_is_killed_is_started_again_and_nobody_waits_for_it(tmp_path: Path) -> None:
    port, sandbox_port = free_ports(2)
    async with local(PORT=port, SANDBOX_PORT=sandbox_port, DATA_DIR=tmp_path, WORKERS=3) as running:
        url = await running.ready()
        first = await workers_of(running, 3)
        for killed in sorted(first):
            os.kill(killed, signal.SIGKILL)
            assert await serves(url)
        second = await workers_of(running, 3, but=first)
        assert await serves(url)
        running.order_stop(signal.SIGTERM)
        assert await running.stopped() == (0, "")
        await gone(second)
    events = (tmp_path / "audit.log").read_text()
    assert events.count('"worker_died"') == 3
    assert sum(line.startswith("ready ") for line in running.printed) == 1


async def test_workers_do_not_outlive_the_process_that_started_them(tmp_path: Path) -> None:
    port, sandbox_port = free_ports(2)
    async with local(PORT=port, SANDBOX_PORT=sandbox_port, DATA_DIR=tmp_path, WORKERS=2) as running:
        await running.ready()
        workers = await workers_of(running, 2)
        running.process.kill()
        await gone(workers)


async def test_a_port_that_is_taken_is_told_once_whatever_the_number_of_workers(tmp_path: Path) -> None:
    port, sandbox_port = free_ports(2)
    async with local(PORT=port, SANDBOX_PORT=sandbox_port, DATA_DIR=tmp_path / "one") as running:
        await running.ready()
        async with local(PORT=port, SANDBOX_PORT=sandbox_port, DATA_DIR=tmp_path, WORKERS=4) as other:
            code, errors = await other.stopped()
    assert code == 2
    assert errors.count("\n") == 1


def test_a_log_that_another_process_has_begun_anew_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    here, there = Shared(path), Shared(path)
    for log in (here, there):
        log.emit(logging.makeLogRecord({"msg": "first"}))
    here.doRollover()
    there.emit(logging.makeLogRecord({"msg": "second"}))
    path.unlink()
    there.emit(logging.makeLogRecord({"msg": "third"}))
    assert (tmp_path / "audit.log.1").read_text() == "first\nfirst\n"
    assert path.read_text() == "third\n"
    for log in (here, there):
        log.close()
