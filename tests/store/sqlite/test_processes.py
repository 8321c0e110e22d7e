"""Real processes on one file: they race, start together, and are killed."""

import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.grants import SqliteGrants
from tests.store.transitions import active, seeded

pytestmark = pytest.mark.anyio

HERE = Path(__file__).parent
TIMEOUT = 60


@contextlib.contextmanager
def process(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    environment = os.environ | {"PYTHONPATH": str(HERE.parents[2])}
    command = [sys.executable, str(HERE / script), *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def together(script: str, *arguments: list[str]) -> list[str]:
    """The output of processes that start at the same moment, one with each of the arguments."""
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(process(script, *those)) for those in arguments]
        for running in processes:
            assert running.stdout is not None
            assert running.stdout.readline() == "ready\n"
        for running in processes:
            assert running.stdin is not None
            running.stdin.write("go\n")
            running.stdin.flush()
        outputs = [running.communicate(timeout=TIMEOUT)[0] for running in processes]
        assert [running.returncode for running in processes] == [0] * len(processes)
    return outputs


async def test_of_three_processes_that_try_twenty_times_each_one_wins_once(tmp_path: Path) -> None:
    path = tmp_path / "mailconnect.db"
    database = Database.open(path)
    races = [active(seeded(seed))[0] for seed in range(15)]
    for grant in races:
        await SqliteGrants(database).put(grant)
    outputs = together("racing_process.py", *([str(path), *(grant.id for grant in races)] for _ in range(3)))
    won = dict.fromkeys((grant.id for grant in races), 0)
    for line in "".join(outputs).splitlines():
        grant_id, count = line.split()
        won[grant_id] += int(count)
    assert set(won.values()) == {1}
    await database.close()


async def test_three_processes_that_start_at_once_make_one_database(tmp_path: Path) -> None:
    path = tmp_path / "data" / "mailconnect.db"
    together("starting_process.py", *([str(path), f"kind:{number}"] for number in range(3)))
    database = Database.open(path)
    assert database.read("SELECT key FROM ledger ORDER BY key", ()) == [("kind:0",), ("kind:1",), ("kind:2",)]
    await database.close()


@pytest.mark.parametrize("acknowledged", [1, 50, 400])
async def test_a_killed_process_loses_no_acknowledged_write(tmp_path: Path, acknowledged: int) -> None:
    path = tmp_path / "mailconnect.db"
    with process("writing_process.py", str(path)) as writing:
        assert writing.stdout is not None
        lines = [writing.stdout.readline() for _ in range(acknowledged)]
        writing.kill()
        lines += writing.stdout.readlines()
        assert writing.wait(timeout=TIMEOUT) == -9
    numbers = [int(line) for line in lines if line.endswith("\n")]
    assert len(numbers) >= acknowledged
    database = Database.open(path)
    stored = dict(database.read("SELECT key, value FROM ledger", ()))
    assert [number for number in numbers if stored.get(f"kind:{number}") != b"%d" % number * 100] == []
    await database.close()
    with contextlib.closing(sqlite3.connect(path)) as checked:
        assert checked.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
