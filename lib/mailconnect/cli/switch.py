"""`mailconnect switch`: turns features off and on without a deployment or a restart (docs/operations.md)."""

import argparse
import asyncio
import sys
from collections.abc import Mapping

from mailconnect.cli.opening import opened
from mailconnect.cli.subcommand import Subparsers
from mailconnect.store.switches import Switch


def add(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("switch", help="say which switches are on; turn one on or off")
    parser.add_argument("name", nargs="?", choices=[*map(str, Switch)], help="the switch; none: say how all are")
    parser.add_argument("turn", nargs="?", choices=["on", "off"], help="none: say how all are")
    parser.add_argument("--stack", metavar="NAME", help="a deployed stack, in place of this machine's store")
    parser.add_argument("--region", metavar="REGION", help="where the stack is; else what deployments.toml says of it")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    event: dict[str, object] = {"command": "switches"}
    if arguments.turn is not None:
        event = {"command": "switch", "name": arguments.name, "on": arguments.turn == "on"}
    return asyncio.run(_turned(event, arguments, environment))


async def _turned(event: dict[str, object], arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    async with opened(arguments.stack, environment, arguments.region) as at:
        response = await at.ask(event)
    for name, state in response["switches"].items():
        sys.stdout.write(f"{name:<22} {'on' if state['on'] else 'off'}\n")
    return 0
