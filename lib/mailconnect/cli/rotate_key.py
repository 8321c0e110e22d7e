"""`mailconnect rotate-key`: another sealing key for this machine's store (docs/operations.md)."""

import argparse
import os
import sys
from collections.abc import Mapping

from mailconnect.cli.subcommand import CommandFailed, Subparsers
from mailconnect.keys.keyfile import KeyFileRefused, add_sealing_key
from mailconnect.settings import from_environment

_DONE = """\
{file} has a new sealing key. Restart the server: from then on new connections are sealed under it. The older keys go
on to open what they sealed; take none out while a connection of before lives. Copy the file to where you keep it apart
from backups.
"""


def add(subparsers: Subparsers) -> None:
    what = "add a sealing key to keys.json on this machine; the older ones go on to open"
    parser = subparsers.add_parser("rotate-key", help=what, description=f"{what[0].upper()}{what[1:]}.")
    parser.set_defaults(run=_run)


def _run(_: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Raises CommandFailed, SettingError."""
    file = from_environment(environment).data_dir / "keys.json"
    if not file.exists():
        raise CommandFailed(f"There is no {file.absolute()}; name its folder with MAILCONNECT_DATA_DIR")
    try:
        add_sealing_key(file, os.urandom)
    except KeyFileRefused as error:
        raise CommandFailed(str(error)) from None
    sys.stdout.write(_DONE.format(file=file))
    return 0
