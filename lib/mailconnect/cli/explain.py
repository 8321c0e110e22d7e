"""`mailconnect explain`: what the reference on an error page means, and what to do about it (docs/operations.md)."""

import argparse
import re
import sys
from collections.abc import Mapping

from mailconnect.cli.subcommand import CommandFailed, Subparsers
from mailconnect.endpoints.pages.references import LENGTH, explained


def add(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("explain", help="say what the reference on an error page means")
    parser.add_argument("reference", help="eight letters and digits from the foot of the page")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace, _: Mapping[str, str]) -> int:
    reference = arguments.reference.strip().lower()
    if re.fullmatch(rf"[0-9a-f]{{{LENGTH}}}", reference) is None:
        raise CommandFailed(f"A reference has {LENGTH} characters, 0 to 9 and a to f; copy it from the page's foot")
    explanation = explained(reference)
    if explanation is None:
        sys.stdout.write(
            "This is no refusal that this version knows. It may be a fault, that is something nobody expected: find "
            f'"{reference}" in the log under the event `fault`, which has its type and place, and report it.\n'
        )
        return 1
    sys.stdout.write(f'The person saw "{explanation.title}". {explanation.happened}\n{explanation.remedy}\n')
    sys.stdout.write(f'In the log: "{reference}" in the event `page_refused`; the same `request` has more.\n')
    return 0
