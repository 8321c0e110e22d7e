"""`mailconnect costs`: what a deployment on AWS would cost a month, at list prices (docs/costs.md)."""

import argparse
import sys
from collections.abc import Mapping

from mailconnect.cli.bill import ATTACHMENTS_A_DAY, CALLS_A_DAY, SENT_BYTES, Usage, for_a_month
from mailconnect.cli.subcommand import CommandFailed, Subparsers

_MAX = 1e12


def add(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("costs", help="what a deployment on AWS would cost a month, at list prices")
    parser.add_argument("--mailboxes", type=int, required=True, metavar="N", help="connected mailboxes")
    parser.add_argument("--calls", type=float, default=CALLS_A_DAY, metavar="M", help="tool calls of each in a day")
    parser.add_argument(
        "--attachments", type=float, default=ATTACHMENTS_A_DAY, metavar="A", help="attachments that each reads in a day"
    )
    parser.add_argument(
        "--bytes", type=int, default=SENT_BYTES, metavar="B", help="sent to the assistant by a tool call, on average"
    )
    parser.add_argument(
        "--years", type=int, default=0, metavar="Y", help="since the first deployment: keys rotate once a year"
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:  # noqa: ARG001 - needs none
    numbers = {name: getattr(arguments, name) for name in ("mailboxes", "calls", "attachments", "bytes", "years")}
    for name, number in numbers.items():
        if not 0 <= number <= _MAX:
            raise CommandFailed(f"--{name} is {number}; give a number from 0 to {_MAX:.0e}")
    usage = Usage(
        mailboxes=arguments.mailboxes,
        calls=arguments.calls,
        attachments=arguments.attachments,
        sent=arguments.bytes,
        years=arguments.years,
    )
    total = 0.0
    for line in for_a_month(usage):
        sys.stdout.write(f"{line.what:<32}{line.counted:<36}{line.dollars:>12,.2f}\n")
        total += line.dollars
    sys.stdout.write(f"{'together, US dollars a month':<68}{total:>12,.2f}\n")
    sys.stdout.write(
        "List prices of us-east-1, November 2026, without free tier and tax: check yours (docs/costs.md).\n"
    )
    return 0
