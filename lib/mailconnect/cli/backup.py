"""`mailconnect backup`: a copy of this machine's store in one file, also while its server runs (docs/self-host.md)."""

import argparse
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from mailconnect import log
from mailconnect.cli.subcommand import CommandFailed, Subparsers
from mailconnect.settings import from_environment

BESIDE = ("provider_client.json",)
"""Files of the data folder that a backup holds too: which client we are at the provider."""

_NO_KEY = """It holds no key: back up {keys} once, to another place. A thief who has both reads the mail.
People who delete their data are still in this file: let backups expire within days."""
_MOVED = """No server starts on {database} any more. Restore the file in the new place, once."""
_LATER = "A backup that is restored ends the connections that were used since: docs/self-host.md says which."


def add(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("backup", help="copy this machine's store into one file, also while its server runs")
    parser.add_argument("file", metavar="FILE", type=Path, help="the copy, which must not be there yet")
    parser.add_argument(
        "--move", action="store_true", help="the last copy: with the server stopped, and it starts here no more"
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    from mailconnect.local.log import events_kept  # noqa: PLC0415 - as in mailconnect.cli.serve
    from mailconnect.store.errors import StoreError  # noqa: PLC0415
    from mailconnect.store.sqlite.backup import take  # noqa: PLC0415
    from mailconnect.store.sqlite.outbox import FileOutbox  # noqa: PLC0415

    folder = from_environment(environment).data_dir
    database, file = folder / "mailconnect.sqlite3", arguments.file
    if not database.exists():
        raise CommandFailed(f"There is no store in {folder.absolute()}; name its folder with MAILCONNECT_DATA_DIR")
    if folder.resolve() in file.resolve().parents:
        raise CommandFailed(f"{file} would lie beside the keys: name a file outside of {folder.absolute()}")
    beside = {name: (folder / name).read_bytes() for name in BESIDE if (folder / name).exists()}
    outbox = FileOutbox(folder / "outbox")
    try:
        taken = take(database, file, outbox.everything, beside, int(time.time()), move=arguments.move)
    except StoreError as error:
        raise CommandFailed(str(error)) from None
    with events_kept(folder):
        if arguments.move:
            log.record("store_moved", connections=taken.grants)
        else:
            log.record("store_backed_up", connections=taken.grants)
    sys.stdout.write(f"{file}: {taken.grants} connections, {taken.clients} registrations.\n")
    sys.stdout.write(f"{_NO_KEY.format(keys=folder / 'keys.json')}\n")
    sys.stdout.write(f"{_MOVED.format(database=database) if arguments.move else _LATER}\n")
    return 0
