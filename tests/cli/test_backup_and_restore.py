"""`mailconnect backup` and `mailconnect restore` as typed; what they mean is in tests/journeys/test_restore.py."""

import asyncio
import json
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from mailconnect import pseudonyms
from mailconnect.cli.main import main
from mailconnect.keys.keyfile import KeyFile
from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.grants import SqliteGrants
from tests.store.transitions import active, seeded


class Operator:
    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data, self.new, self.file = folder / "data", folder / "new", folder / "a.backup"
        self._capsys = capsys

    def types(self, data: Path, *words: str | Path) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        code = main([*map(str, words)], {"MAILCONNECT_DATA_DIR": str(data)})
        return code, *self._capsys.readouterr()

    def refused(self, data: Path, *words: str | Path) -> str:
        code, out, err = self.types(data, *words)
        assert (code, out, err.count("\n")) == (2, "", 1)
        return err


@pytest.fixture
def operator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Operator:
    """With a store of one connection, whose data key the key file sealed."""
    one = Operator(tmp_path, capsys)

    async def fill() -> None:
        keys = KeyFile.open(one.data / "keys.json", os.urandom)
        database = Database.open(one.data / "mailconnect.sqlite3")
        end = int(time.time()) + 86_400  # by the machine's clock, which the commands go by
        made = active(seeded(1))[0]
        grant = replace(made, expires_at=end, idle_expires_at=end, due_at=end, access_expires_at=end)
        sealed = await keys.seal_data_key(bytes(32), grant.id)
        await SqliteGrants(database).put(grant)
        await database.write("UPDATE grants SET data_key = ?", (sealed,))
        await database.close()

    one.data.mkdir(mode=0o700)
    (one.data / "provider_client.json").write_text("{}")
    asyncio.run(fill())
    return one


def with_keys(operator: Operator) -> Operator:
    operator.new.mkdir(mode=0o700)
    shutil.copy2(operator.data / "keys.json", operator.new / "keys.json")
    return operator


def events(data: Path) -> list[dict[str, object]]:
    return [json.loads(line[line.index("{") :]) for line in (data / "audit.log").read_text().splitlines()]


def test_a_backup_is_made_and_restored(operator: Operator) -> None:
    code, out, _ = operator.types(operator.data, "backup", operator.file)
    assert code == 0
    assert "1 connections, 0 registrations" in out
    assert "It holds no key" in out
    with_keys(operator)
    code, out, _ = operator.types(operator.new, "restore", operator.file)
    assert code == 0
    assert "1 of 1 connections were in use" in out
    assert "Start no server on the old store any more" in out
    for name in ("mailconnect.sqlite3", "provider_client.json", "audit.log"):
        assert (operator.new / name).stat().st_mode & 0o777 == 0o600
    assert [event["event"] for event in events(operator.data)] == ["store_backed_up"]
    [event] = events(operator.new)
    assert (event["event"], event["connections"], event["in_doubt"]) == ("store_restored", 1, 1)


def test_a_connection_that_ended_for_a_reason_of_a_newer_version_stays_ended(operator: Operator) -> None:
    operator.types(operator.data, "backup", operator.file)
    grant = pseudonyms.grant_hash(active(seeded(1))[0].id)
    lines = [{"event": "grant_retired", "grant": grant, "reason": "not known yet"}, {"event": "grant_retired"}, []]
    log = operator.data / "audit.log"
    log.write_text("".join(f"2026-11-30 12:00:00,000 {json.dumps(line)}\n" for line in lines))
    _, out, _ = operator.types(with_keys(operator).new, "restore", operator.file, "--audit-log", log)
    assert "1 were ended as the log says" in out


def test_a_restore_that_was_killed_can_be_typed_again_and_has_its_client_id_first(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator.types(operator.data, "backup", operator.file)
    with_keys(operator)

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as at_the_last_step:
        at_the_last_step.setattr(os, "link", killed)
        with pytest.raises(Killed):
            operator.types(operator.new, "restore", operator.file)
    assert (operator.new / "provider_client.json").read_text() == "{}"
    assert not (operator.new / "mailconnect.sqlite3").exists()
    assert operator.types(operator.new, "restore", operator.file)[0] == 0


def test_the_keys_are_never_in_the_backup(operator: Operator) -> None:
    operator.types(operator.data, "backup", operator.file)
    content = operator.file.read_bytes()
    keys = json.loads((operator.data / "keys.json").read_text())
    for key in (keys["owner_key"], *(one["key"] for one in keys["sealing_keys"])):
        assert key.encode() not in content


def test_a_move_says_that_all_connections_go_on(operator: Operator) -> None:
    _, out, _ = operator.types(operator.data, "backup", "--move", operator.file)
    assert "No server starts on" in out
    assert "was moved" in operator.refused(operator.data, "serve")
    assert "was moved" in operator.refused(operator.data, "switch")
    with_keys(operator)
    _, out, _ = operator.types(operator.new, "restore", operator.file)
    assert "all connections go on" in out


def test_no_backup_without_a_store_nor_beside_the_keys(operator: Operator, tmp_path: Path) -> None:
    assert "There is no store" in operator.refused(tmp_path / "nothing", "backup", operator.file)
    assert "beside the keys" in operator.refused(operator.data, "backup", operator.data / "a.backup")
    assert "cannot be written" in operator.refused(operator.data, "backup", tmp_path / "no-folder" / "a.backup")
    operator.types(operator.data, "backup", operator.file)
    assert "exists already" in operator.refused(operator.data, "backup", operator.file)


def test_no_restore_without_its_keys(operator: Operator) -> None:
    operator.types(operator.data, "backup", operator.file)
    assert "put the key file that belongs to this backup there first" in operator.refused(
        operator.new, "restore", operator.file
    )
    KeyFile.open(operator.new / "keys.json", os.urandom)
    assert "is not the key file of this backup" in operator.refused(operator.new, "restore", operator.file)
    assert [file.name for file in operator.new.iterdir()] == ["keys.json"]


def test_no_restore_over_anything_of_another_store(operator: Operator) -> None:
    operator.types(operator.data, "backup", operator.file)
    with_keys(operator)
    (operator.new / "outbox").mkdir()
    (operator.new / "outbox" / "f").touch()
    assert "holds tokens of another store" in operator.refused(operator.new, "restore", operator.file)
    (operator.new / "outbox" / "f").unlink()
    (operator.new / "provider_client.json").write_text("another")
    assert "differs" in operator.refused(operator.new, "restore", operator.file)
    (operator.new / "provider_client.json").unlink()
    assert "cannot be read as a log" in operator.refused(
        operator.new, "restore", operator.file, "--audit-log", operator.new / "none"
    )
    assert "is there already" in operator.refused(operator.data, "restore", operator.file)
    assert operator.types(operator.new, "restore", operator.file)[0] == 0
