"""`mailconnect switch` on this machine's store."""

from pathlib import Path

import anyio.to_thread
import pytest

from mailconnect.cli.main import main
from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.switches import SqliteSwitches
from mailconnect.store.switches import Switch


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "mailconnect.sqlite3").touch()
    return {"MAILCONNECT_DATA_DIR": str(tmp_path)}


@pytest.mark.row("DP-11")
def test_a_switch_is_turned_on_and_off(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["switch"], environment) == 0
    assert capsys.readouterr().out.split() == [word for name in Switch for word in (name, "off")]
    assert main(["switch", "no_new_grants", "on"], environment) == 0
    assert "no_new_grants          on\n" in capsys.readouterr().out
    assert main(["switch", "no_new_grants", "off"], environment) == 0
    assert " on\n" not in capsys.readouterr().out


@pytest.mark.row("LG-08")
def test_a_turn_of_a_switch_is_in_the_machines_audit_log(tmp_path: Path, environment: dict[str, str]) -> None:
    assert main(["switch", "no_new_grants", "on"], environment) == 0
    (line,) = (tmp_path / "audit.log").read_text().splitlines()
    assert line.endswith('{"event": "switch_turned", "switch": "no_new_grants", "on": "yes"}')


@pytest.mark.row("DP-11")
@pytest.mark.anyio
async def test_a_switch_that_was_turned_is_in_the_store(tmp_path: Path, environment: dict[str, str]) -> None:
    assert await anyio.to_thread.run_sync(main, ["switch", "read_only", "on"], environment) == 0
    database = Database.open(tmp_path / "mailconnect.sqlite3")
    assert [*await SqliteSwitches(database).turned_on()] == [Switch.READ_ONLY]
    await database.close()


def test_a_switch_that_there_is_not_is_exit_code_2(environment: dict[str, str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["switch", "everything", "on"], environment)
    assert exit_.value.code == 2
