"""The operator's command `mailconnect`: each subcommand is a module with `add(subparsers)`."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence

from mailconnect.cli import backup, costs, doctor, explain, grants, restore, rotate_key, serve, switch
from mailconnect.cli.deploy import command as deploy
from mailconnect.cli.subcommand import CommandFailed, Run
from mailconnect.settings import SettingError
from mailconnect.version import VERSION

_SUBCOMMANDS = (serve, grants, doctor, switch, backup, restore, rotate_key, costs, explain, deploy)


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ) -> int:
    """The exit code: 0 done, 1 partly done, 2 refused or misspelt, with one sentence on standard error."""
    parsed = _parser().parse_args(arguments)
    run: Run = parsed.run
    try:
        return run(parsed, environment)
    except (CommandFailed, SettingError) as error:
        sys.stderr.write(f"{str(error).removesuffix('.')}.\n")
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mailconnect", description="Run a bridge, and keep its promises.")
    parser.add_argument("--version", action="version", version=f"mailconnect {VERSION}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for subcommand in _SUBCOMMANDS:
        subcommand.add(subparsers)
    return parser


if __name__ == "__main__":
    sys.exit(main())
