"""`mailconnect rotate-key`: a new key seals from the next start on, and nothing that was sealed is lost."""

import os
import stat
from pathlib import Path

import pytest

from mailconnect.cli.main import main
from mailconnect.keys.keyfile import KeyFile, sealed_by

pytestmark = pytest.mark.anyio

GRANT, DATA_KEY = "g" * 22, b"k" * 32


@pytest.mark.row("OP-06")
async def test_a_new_key_seals_the_older_one_opens_and_none_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "keys.json"
    before = KeyFile.open(file, os.urandom)
    sealed = await before.seal_data_key(DATA_KEY, GRANT)
    assert main(["rotate-key"], {"MAILCONNECT_DATA_DIR": str(tmp_path)}) == 0
    after = KeyFile.open(file, os.urandom)
    assert await after.open_data_key(sealed, GRANT) == DATA_KEY
    assert sealed_by(await after.seal_data_key(DATA_KEY, GRANT)) != sealed_by(sealed)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    said = capsys.readouterr().out
    assert "Restart the server" in said
    for key in after.sealing_keys.values():
        assert key.hex() not in said


def test_without_a_key_file_it_makes_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rotate-key"], {"MAILCONNECT_DATA_DIR": str(tmp_path)}) == 2
    assert "There is no" in capsys.readouterr().err
    assert [*tmp_path.iterdir()] == []


def test_a_broken_key_file_is_left_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "keys.json"
    file.write_text("{}")
    file.chmod(0o600)
    assert main(["rotate-key"], {"MAILCONNECT_DATA_DIR": str(tmp_path)}) == 2
    assert file.read_text() == "{}"
    assert "Traceback" not in capsys.readouterr().err
