"""`mailconnect grants`: lists, exports and ends an owner's connections (docs/requests.md)."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from mailconnect.cli import reply_texts
from mailconnect.cli.opening import opened
from mailconnect.cli.operator_client import OperatorClient, Reply
from mailconnect.cli.subcommand import Run, Subparsers

_AT_ONCE = 100  # mailconnect.operator.command.MAX_GRANTS
_ROUNDS = 30
"""Looks at what the sweep has done before the rest is left to it."""

_REGION = "where the stack is; else what deployments.toml says of it"
_UNREAD = "cannot be read, as another version of this program wrote it"

_Action = Callable[[OperatorClient, argparse.Namespace], Awaitable[int]]


def add(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("grants", help="list, show, export or end the connections of one person")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, action, what in (
        ("list", _told, "which connections there are"),
        ("show", _told, "the same, with all that may be said of each"),
        ("export", _export, "all that is held, and what happened: the answer to an access request"),
        ("disconnect", _disconnect, "end and erase; without --yes, say what would be ended"),
    ):
        one = actions.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
        whose = one.add_mutually_exclusive_group(required=True)
        whose.add_argument("--owner", metavar="NAME", help="the user name at the provider, whole: alice@example.com")
        whose.add_argument("--grant", metavar="ID", action="append", help="one connection, by its whole id; repeatable")
        one.add_argument("--stack", metavar="NAME", help="a deployed stack, in place of this machine's store")
        one.add_argument("--region", metavar="REGION", help=_REGION)
        one.add_argument("--json", action="store_true", help="the answer as JSON")
        if name == "disconnect":
            one.add_argument("--yes", action="store_true", help="do it")
        one.set_defaults(run=_running(action), action=name)
    what = "end and erase all connections of everybody, before the service is taken down; without --yes, count them"
    everybody = actions.add_parser("disconnect-everybody", help=what, description=f"{what[0].upper()}{what[1:]}.")
    everybody.add_argument("--stack", metavar="NAME", help="a deployed stack, in place of this machine's store")
    everybody.add_argument("--region", metavar="REGION", help=_REGION)
    everybody.add_argument("--json", action="store_true", help="the answer as JSON")
    everybody.add_argument("--yes", action="store_true", help="do it")
    everybody.set_defaults(run=_running(_disconnect_everybody))


def _running(action: _Action) -> Run:
    async def with_a_client(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
        async with opened(arguments.stack, environment, arguments.region) as client:
            return await action(client, arguments)

    return lambda arguments, environment: asyncio.run(with_a_client(arguments, environment))


async def _told(client: OperatorClient, arguments: argparse.Namespace) -> int:
    response = await _ask(client, arguments, {"command": arguments.action})
    if arguments.json:
        return _print_json(response)
    _print_grants(response["grants"])
    _print_receipts(response["receipts"])
    for grant_id in response["not_readable"]:
        _say(f"{grant_id}  {_UNREAD}")
    return 0


async def _export(client: OperatorClient, arguments: argparse.Namespace) -> int:
    response = await _ask(client, arguments, {"command": "export"})
    unread = (len(response["not_readable"]), response["history_not_readable"])
    letter = reply_texts.held(response["grants"], response["history"], unread, int(time.time()))
    if arguments.json:
        return _print_json(response | {"letter": letter})
    _say(letter + "\n")
    return _print_json(response)


async def _disconnect(client: OperatorClient, arguments: argparse.Namespace) -> int:
    if not arguments.yes:
        shown = await _ask(client, arguments, {"command": "disconnect"})
        if arguments.json:
            return _print_json(shown)
        _say(f"{len(shown['would_end'])} would be ended and erased" + (":" if shown["would_end"] else "."))
        _print_grants(shown["would_end"])
        if shown["ending"]:
            _say(f"{len(shown['ending'])} ended already and waiting to be erased:")
            _print_grants(shown["ending"])
        _print_receipts(shown["receipts"])
        if shown["not_readable"]:
            _say(f"{len(shown['not_readable'])} more {_UNREAD}:")
            _say("\n".join(shown["not_readable"]))
        if arguments.owner:
            _say("The history of this person's connections would be erased too.")
        _say("Nothing was done. Add --yes to do it.")
        return 0
    receipts, pending, unread = await _ended(client, arguments)
    now = int(time.time())
    letter = reply_texts.deleted(receipts, len(pending), len(unread), now, history_too=bool(arguments.owner))
    if arguments.json:
        told = {"receipts": receipts, "pending": pending, "not_readable": unread, "at": now, "letter": letter}
        _print_json(told)
    else:
        _print_receipts(receipts)
        if pending:
            _say(f"{len(pending)} ended, and waiting for the provider: the sweep goes on with them for seven days.")
        if unread:
            then = "the sweep ends and erases them" if arguments.owner else "repeat this"
            _say(f"{len(unread)} more {_UNREAD}: {then} once that version runs again.")
        _say(f"\nTo send to the person:\n\n{letter}")
    return 1 if pending or unread else 0


async def _disconnect_everybody(client: OperatorClient, arguments: argparse.Namespace) -> int:
    ids = await _everybodys(client)
    if not arguments.yes:
        if arguments.json:
            return _print_json({"would_end": len(ids)})
        _say(f"{len(ids)} would be ended and erased, those that have ended and wait for the provider among them.")
        _say("Nothing was done. Turn no_new_grants on first, then add --yes to do it.")
        return 0
    ended, unread = 0, 0
    for start in range(0, len(ids), _AT_ONCE):
        event = {"command": "disconnect", "grants": ids[start : start + _AT_ONCE]}
        shown = await client.ask(event)
        done = await client.ask(event | {"confirm": shown["confirm"]})
        ended, unread = ended + len(done["ended"]), unread + len(done["not_readable"])
        _progress("ended", start + len(event["grants"]), len(ids))
    pending = await _left(client, len(ids) - unread, unread, patient=bool(arguments.stack))
    if arguments.json:
        _print_json({"ended": ended, "pending": pending, "not_readable": unread})
    else:
        rest = f", {pending} of all wait for the provider." if pending else "." if unread else "; none is left."
        _say(f"{ended} ended{rest}")
        if pending:
            _say("The sweep goes on with them for seven days; without --yes this command says how many are left.")
        if unread:
            _say(f"{unread} more {_UNREAD}: repeat this once that version runs again.")
    return 1 if pending or unread else 0


async def _left(client: OperatorClient, before: int, unread: int, *, patient: bool) -> int:
    """How many are not erased yet, beside `unread`, once a round brings no more, or after as many as are waited for."""
    rounds = 0
    while True:
        await client.sweep()
        left = max(len(await _everybodys(client)) - unread, 0)
        _progress("erased", before - left, before)
        rounds += 1
        if not left or (rounds >= _ROUNDS if patient else left >= before):
            return left
        before = before if patient else left


async def _everybodys(client: OperatorClient) -> list[str]:
    ids: list[str] = (await client.ask({"command": "all"}))["grants"]
    return ids


async def _ended(client: OperatorClient, arguments: argparse.Namespace) -> tuple[list[Reply], list[str], list[str]]:
    """The receipts of what is erased, what is not yet, and what cannot be read."""
    ids: list[str] = []
    unread: list[str] = []
    receipts: dict[str, Reply] = {}
    for event in _events(arguments, {"command": "disconnect"}):
        shown = await client.ask(event)
        done = await client.ask(event | {"confirm": shown["confirm"]})
        unread += done["not_readable"]
        ids += {*done["ended"], *(grant["id"] for grant in (*shown["would_end"], *shown["ending"]))}
        receipts |= {receipt["id"]: receipt for receipt in shown["receipts"]}
        _progress("ended", len(ids) + len(receipts), len(arguments.grant or ids))
    pending, rounds = ids, 0
    while True:
        await client.sweep()  # also where nothing is left to end: the history is
        for start in range(0, len(pending), _AT_ONCE):
            response = await client.ask({"command": "list", "grants": pending[start : start + _AT_ONCE]})
            receipts |= {receipt["id"]: receipt for receipt in response["receipts"]}
        left = [grant_id for grant_id in pending if grant_id not in receipts]
        _progress("erased", len(ids) - len(left), len(ids))
        rounds += 1
        if not left or rounds >= (_ROUNDS if arguments.stack or len(left) < len(pending) else 1):
            return [*receipts.values()], left, unread
        pending = left


async def _ask(client: OperatorClient, arguments: argparse.Namespace, command: Reply) -> Reply:
    """One answer to as many questions as it takes."""
    whole: Reply = {}
    for event in _events(arguments, command):
        earlier = None
        while True:
            response = await client.ask(event if earlier is None else event | {"before": earlier})
            earlier = response.pop("earlier", None)
            for name, value in response.items():
                goes_on = name in whole and isinstance(value, list | int)
                whole[name] = whole[name] + value if goes_on else value
            if earlier is None:
                break
    return whole


def _events(arguments: argparse.Namespace, command: Reply) -> list[Reply]:
    if arguments.owner is not None:
        return [command | {"owner": arguments.owner}]
    ids = sorted({*arguments.grant})
    return [command | {"grants": ids[start : start + _AT_ONCE]} for start in range(0, len(ids), _AT_ONCE)]


def _print_grants(grants: list[Reply]) -> None:
    if not grants:
        _say("No connection.")
    for grant in grants:
        used = reply_texts.moment(grant["last_used_at"]) if "last_used_at" in grant else "never"
        _say(f"{grant['id']}  {grant['state']}  {json.dumps(grant['client_name'])}  {grant['scope']}  last used {used}")
        for name, value in grant.items():
            if name not in ("id", "state", "client_name", "scope", "last_used_at"):
                _say(f"    {name}: {reply_texts.moment(value) if name.endswith('_at') else json.dumps(value)}")


def _print_receipts(receipts: list[Reply]) -> None:
    for receipt in receipts:
        if receipt["provider"] == "unknown":
            _say(f"{receipt['id']}  unknown: never there, or erased more than 400 days ago")
        else:
            erased = reply_texts.moment(receipt["erased_at"])
            _say(f"{receipt['id']}  erased {erased}  {receipt['provider']}  receipt {receipt['grant']}")


def _print_json(response: Any) -> int:
    _say(json.dumps(response, indent=2))
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _progress(what: str, done: int, of: int) -> None:
    """Where somebody looks, and there is something to wait for."""
    if of > 1 and sys.stderr.isatty():
        bar = "#" * (30 * done // of)
        sys.stderr.write(f"\r[{bar:30}] {done} of {of} {what}" + ("\n" if done >= of else ""))
        sys.stderr.flush()
