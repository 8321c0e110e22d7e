"""`mailconnect restore`: a backup becomes this machine's store, and overwrites nothing (docs/self-host.md)."""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from mailconnect import log
from mailconnect.cli.backup import BESIDE
from mailconnect.cli.reply_texts import moment
from mailconnect.cli.subcommand import CommandFailed, Subparsers
from mailconnect.grants.retirement import Reason
from mailconnect.settings import from_environment

_MOVED = """This was the store's last copy and its first restore: all connections go on."""
_COPIED = """The backup was taken {taken}. What happened since is not in it:
- A connection whose assistant renewed its tokens since then ends when the assistant comes next.
- {doubt} of {active} connections were in use at that time. Each goes on if the mail provider's token in the backup was
  not due for renewal until now. Else the token is used to its end, and never renewed: the provider may know it as used,
  and would end everything. Then the connection ends here, and the assistant asks its owner to connect again.
- A connection that its owner ended or narrowed since then is back as it was. {ended}
"""
_ASK_FOR_LOG = "Restore again with --audit-log and a later audit.log, if there is one, or end them: mailconnect grants."
_RUN_ONE = "Start no server on the old store any more: two would use up each other's tokens.\n"


def add(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("restore", help="make a backup this machine's store; nothing is overwritten")
    parser.add_argument("file", metavar="FILE", type=Path, help="what mailconnect backup wrote")
    parser.add_argument(
        "--audit-log",
        metavar="LOG",
        type=Path,
        action="append",
        default=[],
        help="an audit.log that is newer than the backup: what it says has ended, ends; repeatable",
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    from mailconnect.local.log import events_kept  # noqa: PLC0415 - as in mailconnect.cli.serve
    from mailconnect.store.errors import StoreError  # noqa: PLC0415
    from mailconnect.store.sqlite.restore import read, restore  # noqa: PLC0415

    folder = from_environment(environment).data_dir
    ended = {name: why for path in arguments.audit_log for name, why in _ended(path)}
    try:
        contents = read(arguments.file)
        _check_keys(folder / "keys.json", contents.data_keys)
        _check_outbox(folder / "outbox")
        _check_beside(folder, contents.files)
        database = folder / "mailconnect.sqlite3"
        if not database.exists():
            # First: a server that started on the store alone would register itself anew, and its tokens would be of
            # another client. Where the restore is killed between the two, it can be typed again.
            _put_beside(folder, contents.files)
        done = restore(arguments.file, database, int(time.time()), ended)
    except StoreError as error:
        raise CommandFailed(str(error)) from None
    with events_kept(folder):
        log.record("store_restored", taken_at=contents.taken_at, connections=done.active, in_doubt=done.in_doubt)
    sys.stdout.write(f"{folder.absolute()}: {done.active} connections.\n")
    sys.stdout.write(
        f"{_MOVED}\n"
        if done.moved
        else _COPIED.format(
            taken=moment(contents.taken_at),
            doubt=done.in_doubt,
            active=done.active,
            ended=f"{done.ended} were ended as the log says." if arguments.audit_log else _ASK_FOR_LOG,
        )
    )
    sys.stdout.write(_RUN_ONE)
    return 0


def _ended(path: Path) -> Iterable[tuple[str, Reason]]:
    """By the hashes of their ids, the grants that a log says were ended, and why. Raises CommandFailed."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise CommandFailed(f"{path} cannot be read as a log; name an audit.log") from None
    for line in lines:
        try:
            event = json.loads(line[line.index("{") :])
            if event["event"] == "grant_retired":
                yield str(event["grant"]), _reason(event.get("reason"))
        except (ValueError, TypeError, KeyError, AttributeError):
            continue  # cut off in the middle


def _reason(text: object) -> Reason:
    """Also for a reason of a newer version: what has ended stays ended."""
    try:
        return Reason(str(text))
    except ValueError:
        return Reason.RESTORED


def _check_keys(path: Path, data_keys: tuple[bytes, ...]) -> None:
    """Raises CommandFailed where nobody would be found by name, and nothing revoked."""
    from mailconnect.keys.keyfile import KeyFile, KeyFileRefused, sealed_by  # noqa: PLC0415

    if not data_keys:
        return
    if not path.exists():
        raise CommandFailed(f"There is no {path}: put the key file that belongs to this backup there first, mode 0600")
    try:
        keys = KeyFile.open(path, os.urandom)
    except KeyFileRefused as error:
        raise CommandFailed(str(error)) from None
    if any(sealed_by(data_key) not in keys.sealing_keys for data_key in data_keys):
        raise CommandFailed(f"{path} is not the key file of this backup, or an older one of it: put the latest there")


def _check_outbox(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise CommandFailed(f"{folder} holds tokens of another store: move it away")


def _check_beside(folder: Path, files: Mapping[str, bytes]) -> None:
    for name in BESIDE:
        there = folder / name
        if there.exists() and there.read_bytes() != files.get(name):
            raise CommandFailed(f"{there} is there already and differs from the backup's: move it away")


def _put_beside(folder: Path, files: Mapping[str, bytes]) -> None:
    """Whole and durable, or not there."""
    from mailconnect.store.sqlite.backup import sync  # noqa: PLC0415

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in BESIDE:
        if name in files and not (folder / name).exists():
            new = folder / f"{name}.restoring"
            new.unlink(missing_ok=True)
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(files[name])
            sync(new)
            new.rename(folder / name)
            sync(folder / name)
