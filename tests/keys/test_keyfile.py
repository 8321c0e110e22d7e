"""The key file: held to the contract of every holder of keys, and to what is its own: the file."""

import base64
import json
import os
import random
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mailconnect.grants.errors import SealBroken
from mailconnect.keys.keyfile import KeyFile, KeyFileRefused, add_sealing_key
from mailconnect.keys.port import KeyUnavailable
from tests.keys.contract import DATA_KEY, GRANT, PROVIDER, NamingContract, SealingContract

pytestmark = pytest.mark.anyio

HERE = Path(__file__).parent
KEY = base64.b64encode(bytes(32)).decode()
WHOLE = {"version": 1, "sealing_keys": [{"id": "00" * 8, "key": KEY}], "owner_key": KEY}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "keys.json"


@pytest.fixture
def keys(path: Path) -> KeyFile:
    return KeyFile.open(path, os.urandom)


class TestKeyFileSeals(SealingContract):
    @pytest.fixture
    def sealer(self, keys: KeyFile) -> KeyFile:
        return keys

    @pytest.fixture
    def opener(self, keys: KeyFile) -> KeyFile:
        return keys


class TestKeyFileNamesOwners(NamingContract):
    @pytest.fixture
    def namer(self, keys: KeyFile) -> KeyFile:
        return keys


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir()
    path.touch(0o600)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def test_a_missing_key_file_is_made_for_its_owner_alone(path: Path) -> None:
    KeyFile.open(path, random.Random(1).randbytes)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_half_written_file_of_a_crash_is_in_nobodys_way(path: Path) -> None:
    path.parent.mkdir()
    path.with_name("keys.json.new").write_text('{"version": 1, "seal')
    KeyFile.open(path, os.urandom)
    assert list(path.parent.iterdir()) == [path]


async def test_a_restart_finds_the_same_keys(keys: KeyFile, path: Path) -> None:
    sealed, owner = await keys.seal_data_key(DATA_KEY, GRANT), await keys.owner(PROVIDER, "jane")
    again = KeyFile.open(path, os.urandom)
    assert await again.open_data_key(sealed, GRANT) == DATA_KEY
    assert await again.owner(PROVIDER, "jane") == owner


async def test_another_key_file_opens_nothing_and_names_otherwise(keys: KeyFile, tmp_path: Path) -> None:
    sealed, owner = await keys.seal_data_key(DATA_KEY, GRANT), await keys.owner(PROVIDER, "jane")
    other = KeyFile.open(tmp_path / "other.json", os.urandom)
    with pytest.raises(KeyUnavailable, match=f"no sealing key {sealed[1:9].hex()}"):
        await other.open_data_key(sealed, GRANT)
    assert await other.owner(PROVIDER, "jane") != owner


async def test_after_rotation_the_new_key_seals_and_the_old_ones_still_open(keys: KeyFile, path: Path) -> None:
    owner = await keys.owner(PROVIDER, "jane")
    sealed = [await keys.seal_data_key(DATA_KEY, GRANT)]
    for _ in range(2):
        add_sealing_key(path, os.urandom)
        keys = KeyFile.open(path, os.urandom)
        sealed.append(await keys.seal_data_key(DATA_KEY, GRANT))
    assert len({blob[1:9] for blob in sealed}) == 3
    assert [await keys.open_data_key(blob, GRANT) for blob in sealed] == [DATA_KEY] * 3
    assert await keys.owner(PROVIDER, "jane") == owner


def test_a_rotated_key_file_stays_its_owners_alone(keys: KeyFile, path: Path) -> None:
    add_sealing_key(path, os.urandom)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.row("ST-02")
async def test_a_data_key_sealed_by_one_key_does_not_open_as_anothers(keys: KeyFile, path: Path) -> None:
    old = await keys.seal_data_key(DATA_KEY, GRANT)
    add_sealing_key(path, os.urandom)
    keys = KeyFile.open(path, os.urandom)
    new = await keys.seal_data_key(DATA_KEY, GRANT)
    with pytest.raises(SealBroken):
        await keys.open_data_key(new[:9] + old[9:], GRANT)


@pytest.mark.row("ST-05")
async def test_no_nonce_is_used_twice(keys: KeyFile) -> None:
    nonces = {(await keys.seal_data_key(DATA_KEY, GRANT))[10:22] for _ in range(2000)}
    assert len(nonces) == 2000


def test_processes_that_start_at_once_make_one_key_file(path: Path) -> None:
    command = [sys.executable, str(HERE / "starting_process.py"), str(path)]
    environment = os.environ | {"PYTHONPATH": str(HERE.parents[1])}
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    found = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert len(set(found)) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_file_that_others_can_read_is_refused_in_one_sentence(keys: KeyFile, path: Path, mode: int) -> None:
    path.chmod(mode)
    for attempt in (KeyFile.open, add_sealing_key):
        with pytest.raises(KeyFileRefused) as refused:
            attempt(path, os.urandom)
        assert str(refused.value) == f"{path} can be read by other users of this machine: run chmod 600 {path}"


def test_a_newer_key_file_is_refused_in_one_sentence(path: Path) -> None:
    write(path, json.dumps({"version": 2, "something": "else"}))
    with pytest.raises(KeyFileRefused) as refused:
        KeyFile.open(path, os.urandom)
    assert str(refused.value) == (
        f"{path} was written by a newer mailconnect (key file version 2, this one knows 1): start that one"
    )


@pytest.mark.parametrize(
    "content",
    [
        "",
        "null",
        "[]",
        "{",
        "{}",
        b"\xff\xfe",
        "[" * 100_000,
        json.dumps(WHOLE)[:-20],
        json.dumps(WHOLE | {"version": "1"}),
        json.dumps(WHOLE | {"version": 0}),
        json.dumps(WHOLE | {"sealing_keys": []}),
        json.dumps(WHOLE | {"sealing_keys": {}}),
        json.dumps(WHOLE | {"sealing_keys": None}),
        json.dumps(WHOLE | {"sealing_keys": ["key"]}),
        json.dumps(WHOLE | {"sealing_keys": [{"id": "00", "key": KEY}]}),
        json.dumps(WHOLE | {"sealing_keys": [{"id": "xx" * 8, "key": KEY}]}),
        json.dumps(WHOLE | {"sealing_keys": [{"id": "00" * 8, "key": KEY[:-4]}]}),
        json.dumps(WHOLE | {"sealing_keys": [{"id": "00" * 8, "key": 1}]}),
        json.dumps(WHOLE | {"sealing_keys": [{"id": "00" * 8, "key": KEY}] * 2}),
        json.dumps(WHOLE | {"owner_key": "short"}),
        json.dumps(WHOLE | {"owner_key": None}),
        json.dumps({name: value for name, value in WHOLE.items() if name != "owner_key"}),
    ],
    ids=lambda content: content[:120] if isinstance(content, str) else None,
)
def test_a_damaged_key_file_is_refused_in_one_sentence_and_left_alone(path: Path, content: str | bytes) -> None:
    write(path, content)
    before = path.read_bytes()
    for attempt in (KeyFile.open, add_sealing_key):
        with pytest.raises(KeyFileRefused) as refused:
            attempt(path, os.urandom)
        assert str(refused.value).startswith(f"{path} is damaged or is no key file: restore it from a backup.")
        assert KEY not in str(refused.value)
    assert path.read_bytes() == before


def test_a_whole_key_file_may_hold_more_than_this_version_knows(path: Path) -> None:
    document: dict[str, Any] = WHOLE | {"comment": "kept"}
    write(path, json.dumps(document))
    KeyFile.open(path, os.urandom)
    add_sealing_key(path, os.urandom)
    assert json.loads(path.read_bytes())["comment"] == "kept"


def test_a_path_that_cannot_be_a_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(KeyFileRefused, match="cannot be read or written: Is a directory"):
        KeyFile.open(tmp_path, os.urandom)
    (tmp_path / "file").touch()
    with pytest.raises(KeyFileRefused, match=r"cannot be read or written: (Not a directory|File exists)"):
        KeyFile.open(tmp_path / "file" / "keys.json", os.urandom)
    with pytest.raises(KeyFileRefused, match="cannot be read or written: No such file"):
        add_sealing_key(tmp_path / "missing.json", os.urandom)


def test_no_key_is_in_the_repr(keys: KeyFile, path: Path) -> None:
    document = json.loads(path.read_bytes())
    assert repr(keys) == "KeyFile()"
    assert document["owner_key"] not in repr(keys)
