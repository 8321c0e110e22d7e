"""Row FL-15: another user of the machine cannot lock the data folder, or at least holds up no start."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mailconnect import data_folder
from mailconnect.data_folder import FolderLocked, FolderShared, locked_folder, private_folder
from mailconnect.local.bridge import CannotStart, Store
from mailconnect.settings import from_environment


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One that was there before us, as `StateDirectory=` and `mkdir` make it."""
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(0o755)
    return folder


@contextmanager
def locked_by_another(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)


def mode(folder: Path) -> int:
    return folder.stat().st_mode & 0o7777


def store(folder: Path) -> Store:
    return Store.open(from_environment({"MAILCONNECT_DATA_DIR": str(folder)}))


def test_a_new_folder_is_its_owners_alone(tmp_path: Path) -> None:
    private_folder(tmp_path / "a" / "b")
    assert mode(tmp_path / "a" / "b") == 0o700


@pytest.mark.row("FL-15")
@pytest.mark.parametrize("before", [0o755, 0o750, 0o711, 0o777, 0o705])
def test_a_folder_that_others_may_open_is_taken_from_them(folder: Path, before: int) -> None:
    store(folder).database._reader.close()
    folder.chmod(before)
    store(folder).database._reader.close()
    assert mode(folder) == 0o700


@pytest.mark.row("FL-15")
def test_all_that_a_server_leaves_in_it_is_known_as_ours(folder: Path) -> None:
    for name in ("audit.log.1", "events.log", "events.log.4", "requests.log", "outbox", "provider_client.json"):
        (folder / name).touch()
    store(folder).database._reader.close()
    folder.chmod(0o755)
    private_folder(folder)
    assert mode(folder) == 0o700


@pytest.mark.row("FL-15")
def test_a_folder_that_is_not_ours_alone_is_left_as_it_is_and_the_start_says_so(folder: Path) -> None:
    (folder / "something of others").touch()
    with pytest.raises(FolderShared):
        private_folder(folder)
    assert mode(folder) == 0o755
    with pytest.raises(CannotStart, match="chmod 700"):
        store(folder)
    assert [entry.name for entry in folder.iterdir()] == ["something of others"]
    folder.chmod(0o700)
    store(folder).database._reader.close()


@pytest.mark.row("FL-15")
def test_a_lock_that_is_kept_ends_the_start_and_does_not_hold_it_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert data_folder.LOCK_SECONDS == 5
    monkeypatch.setattr(locked_folder.__wrapped__, "__defaults__", (0.1,))  # type: ignore[attr-defined]
    with (
        locked_by_another(folder),
        pytest.raises(CannotStart, match=r"another process keeps its folder locked.*end it"),
    ):
        store(folder)
    store(folder).database._reader.close()


def test_a_lock_is_waited_for(folder: Path) -> None:
    with locked_folder(folder), pytest.raises(FolderLocked), locked_folder(folder, 0.05):
        pass
    with locked_folder(folder, 0.05):
        pass
