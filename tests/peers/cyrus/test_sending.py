"""A process that sends on Cyrus is killed again and again: each message leaves once, as counted where it arrives.

`KILLS=200` kills it two hundred times, which takes some minutes.
"""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.peers.cyrus.cyrus import Cyrus
from tests.peers.cyrus.outbox import Outbox
from tests.peers.cyrus.packages import CyrusUnavailableError
from tests.peers.cyrus.person import load

pytestmark = pytest.mark.peer

PROJECT = Path(__file__).parents[3]
KILLS = int(os.environ.get("KILLS", "20"))
_LONGEST = 0.06  # seconds after the submission began
_DONE = {"Sent", "AlreadySent"}


@dataclass
class Sender:
    process: "subprocess.Popen[str]"

    def __call__(self, **asked: Any) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


@pytest.fixture(scope="module")
def outbox() -> Iterator[Outbox]:
    with Outbox.started() as outbox:
        yield outbox


@pytest.fixture(scope="module")
def sender(outbox: Outbox) -> Iterator[Sender]:
    try:
        with Cyrus.started(settings=outbox.settings, provisioned=False) as cyrus:
            load(cyrus, "alice", "alice", ())
            arguments = [cyrus.jmap_url, str(cyrus.jwt_key_file), str(cyrus.run_dir / "mailconnect.sqlite3")]
            script = [sys.executable, "-m", "tests.peers.cyrus.killed_sender", *arguments]
            environment = {"PYTHONPATH": f"{PROJECT}:{PROJECT / 'lib'}", "PATH": "/usr/bin:/bin"}
            with subprocess.Popen(
                script, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT, env=environment
            ) as process:
                yield Sender(process)
                assert process.stdin is not None
                process.stdin.close()
    except CyrusUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)


def test_after_many_kills_each_message_has_left_once(sender: Sender, outbox: Outbox, record_property: Any) -> None:
    chance = random.Random(18)
    steps = killed = unknown = 0
    after: Counter[str] = Counter()
    number = 0
    while killed < KILLS:
        number += 1
        draft_id = sender(write=number)
        assert draft_id.startswith("M"), draft_id
        if number % 2:
            steps += 1
            said = sender(send=draft_id, step=steps)
            steps = 0 if said else steps  # it came to its end: from the first step on again
        else:
            said = sender(send=draft_id, after=chance.random() * _LONGEST)
        killed += not said
        for _ in range(4):
            settled = sender(send=draft_id)
            after[settled] += 1
            if settled in _DONE:
                break
        unknown += settled not in _DONE
        assert number < 4 * KILLS
    left = Counter(_message_id(one.raw) for one in outbox.taken)
    print(f"{killed} kills of {number} sends, {len(outbox.taken)} mails, {unknown} unsettled; then {dict(after)}")
    record_property("kills", killed)
    assert max(left.values()) == 1, "never two mails"
    assert len(left) == number - unknown
    assert unknown == 0


def _message_id(raw: bytes) -> str:
    [line] = [line for line in raw.split(b"\r\n") if line.lower().startswith(b"message-id:")]
    return line.decode()
