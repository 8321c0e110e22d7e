"""The common part of `mailconnect`'s subcommands: a parser that knows what to run, and one way to fail."""

import argparse
from collections.abc import Callable, Mapping
from typing import Any

Subparsers = Any
"""The type that argparse's `add_subparsers` returns; it has no public name there."""

Run = Callable[[argparse.Namespace, Mapping[str, str]], int]
"""From the arguments and the environment to the exit code. Given to the parser by `set_defaults(run=...)`."""


class CommandFailed(Exception):
    """One sentence for the operator: what failed, and how to mend it. Exit code 2."""
