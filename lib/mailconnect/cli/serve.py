"""`mailconnect serve`: the bridge on one machine, as `make run` starts it."""

import argparse
from collections.abc import Mapping

from mailconnect.cli.subcommand import Subparsers


def add(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("serve", help="run the bridge on this machine, until Ctrl-C")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:  # noqa: ARG001 - takes none
    from mailconnect.local.bridge import main  # noqa: PLC0415 - a whole server, which no other subcommand needs

    return main(environment)
