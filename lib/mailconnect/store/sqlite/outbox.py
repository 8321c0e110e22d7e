"""The outbox of one machine: beside the database a sealed file for each grant, which no lock of SQLite's holds up."""

import asyncio
import base64
import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from mailconnect import pseudonyms
from mailconnect.data_folder import locked_folder
from mailconnect.grants.grant import Grant
from mailconnect.grants.provider_refresh.refreshed import Refreshed
from mailconnect.store.errors import StoreUnavailable


class FileOutbox:
    """`folder` is made when it is needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, grant: Grant, refreshed: Refreshed) -> None:
        await asyncio.to_thread(self._put, self._file(grant.id), refreshed)

    async def get(self, grant_id: str) -> Refreshed | None:
        with _failing():
            return _read(self._file(grant_id))

    async def remove(self, grant_id: str, props_version: int) -> None:
        await asyncio.to_thread(self._remove, self._file(grant_id), props_version)

    def everything(self) -> dict[str, Refreshed]:
        """The entry that waits, by the hash of its grant's id. Raises StoreUnavailable."""
        with _failing():
            files = [file for file in self._folder.glob("*") if not file.suffix]
            return {file.name: waiting for file in files if (waiting := _read(file)) is not None}

    def _put(self, file: Path, refreshed: Refreshed) -> None:
        with _failing():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._alone():
                there = _read(file)
                if there is not None and there.props_version > refreshed.props_version:
                    return
                new = file.with_suffix(".new")
                new.unlink(missing_ok=True)
                _write(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), _text(refreshed))
                new.replace(file)
            _sync(self._folder.parent)  # The folder itself may be new.

    def _remove(self, file: Path, props_version: int) -> None:
        with _failing(), contextlib.suppress(FileNotFoundError), self._alone():
            there = _read(file)
            if there is None or there.props_version <= props_version:
                # As the database does with what it deletes. A file of zeros reads as none.
                _write(os.open(file, os.O_WRONLY), bytes(file.stat().st_size))
                file.unlink()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time. Its changes in the folder are durable afterwards."""
        with locked_folder(self._folder) as folder:
            yield
            os.fsync(folder)

    def _file(self, grant_id: str) -> Path:
        return self._folder / pseudonyms.grant_hash(grant_id)


def _text(refreshed: Refreshed) -> bytes:
    document = {
        "props": base64.b64encode(refreshed.props).decode(),
        "props_version": refreshed.props_version,
        "refreshed_by": refreshed.refreshed_by,
    }
    return json.dumps(document).encode()


def _read(file: Path) -> Refreshed | None:
    """None also for a file of another form: nobody could use it."""
    try:
        document = json.loads(file.read_bytes())
        return Refreshed(
            props=base64.b64decode(document["props"], validate=True),
            props_version=int(document["props_version"]),
            refreshed_by=str(document["refreshed_by"]),
        )
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):
        return None


def _write(descriptor: int, content: bytes) -> None:
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(f"the outbox: {error.strerror}") from error
