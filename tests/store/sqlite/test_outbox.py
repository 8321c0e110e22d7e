"""The outbox's files: private, whole at every moment, and gone without a trace. Its contract: ../test_sqlite.py."""

# ruff: noqa: ASYNC220, ASYNC240 - nobody else waits

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mailconnect.pseudonyms import grant_hash
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.sqlite.outbox import FileOutbox
from tests.store.outbox_contract import GRANT, REFRESHED, VERSION

pytestmark = pytest.mark.anyio

KEEPING = Path(__file__).with_name("keeping_process.py")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "outbox"


async def test_nothing_is_made_before_it_is_needed(folder: Path) -> None:
    outbox = FileOutbox(folder)
    assert await outbox.get(GRANT.id) is None
    await outbox.remove(GRANT.id, VERSION)
    assert not folder.exists()


@pytest.mark.row("ST-01")
async def test_a_file_is_its_owners_alone_and_names_no_grant(folder: Path) -> None:
    await FileOutbox(folder).put(GRANT, REFRESHED)
    [file] = folder.iterdir()
    assert file.name == grant_hash(GRANT.id)
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert GRANT.id.encode() not in file.read_bytes()


@pytest.mark.row("ST-01")
async def test_a_removed_entry_is_overwritten_first(folder: Path) -> None:
    outbox = FileOutbox(folder)
    await outbox.put(GRANT, REFRESHED)
    [file] = folder.iterdir()
    other_name = folder.parent / "the same file"
    os.link(file, other_name)
    await outbox.remove(GRANT.id, VERSION)
    assert [*folder.iterdir()] == []
    assert set(other_name.read_bytes()) == {0}


@pytest.mark.parametrize("content", [b"", b"\0" * 300, b"{", b"[]", b'{"props": "?"}', b'{"props": 1}'], ids=repr)
async def test_a_file_that_is_no_entry_is_none_and_is_replaced_or_removed(folder: Path, content: bytes) -> None:
    outbox = FileOutbox(folder)
    await outbox.put(GRANT, REFRESHED)
    [file] = folder.iterdir()
    file.write_bytes(content)
    assert await outbox.get(GRANT.id) is None
    await outbox.put(GRANT, REFRESHED)
    assert await outbox.get(GRANT.id) == REFRESHED
    file.write_bytes(content)
    await outbox.remove(GRANT.id, VERSION)
    assert [*folder.iterdir()] == []


@pytest.mark.row("F-16")
async def test_a_half_written_file_of_one_that_was_killed_is_in_nobodys_way(folder: Path) -> None:
    outbox = FileOutbox(folder)
    await outbox.put(GRANT, REFRESHED)
    [file] = folder.iterdir()
    file.rename(file.with_suffix(".new"))
    assert await outbox.get(GRANT.id) is None
    await outbox.put(GRANT, REFRESHED)
    assert [*folder.iterdir()] == [file]


async def test_a_folder_that_cannot_be_used_is_a_store_that_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("no folder")
    outbox = FileOutbox(tmp_path / "outbox")
    with pytest.raises(StoreUnavailable):
        await outbox.put(GRANT, REFRESHED)
    with pytest.raises(StoreUnavailable):
        await outbox.get(GRANT.id)
    with pytest.raises(StoreUnavailable):
        await outbox.remove(GRANT.id, VERSION)


@pytest.mark.row("F-16")
@pytest.mark.parametrize("kept", [1, 3, 40])
async def test_an_entry_that_a_killed_process_has_put_there_is_found_whole(folder: Path, kept: int) -> None:
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, KEEPING, folder],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(root)},
    ) as process:
        assert process.stdout
        versions = [int(process.stdout.readline()) for _ in range(kept)]
        process.kill()
    waiting = await FileOutbox(folder).get(GRANT.id)
    assert waiting is not None
    assert waiting.props_version >= versions[-1]
    assert waiting.props == REFRESHED.props
