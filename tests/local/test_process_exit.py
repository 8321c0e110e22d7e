"""The end of a server's process."""

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]
LEAVES = """
import sys
from mailconnect.local.process_exit import exit_process
{before}
try:
    exit_process(3)
finally:
    sys.exit(4)
"""


def left(before: str, stdout: int) -> int:
    program = [sys.executable, "-c", LEAVES.format(before=before)]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        program, cwd=PROJECT, env=buffered, stdout=stdout, stderr=subprocess.DEVNULL, timeout=30, check=False
    )
    return done.returncode


def test_a_process_leaves_whatever_its_threads_wait_for() -> None:
    waits = "import threading; threading.Thread(target=threading.Event().wait).start()"
    assert left(waits, subprocess.DEVNULL) == 3


def test_a_process_leaves_though_nobody_reads_any_more_what_it_wrote() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert left("sys.stdout.write('late')", writer) == 3
    finally:
        os.close(writer)
