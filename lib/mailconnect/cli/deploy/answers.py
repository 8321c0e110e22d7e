"""The operator's answers, for each deployment: `deployments.toml`, beside the checkout's files and not tracked.

A table is a deployment, named by CONFIG_ENV or --environment; `default` without one. Nothing in it is secret.
"""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailconnect.cli.subcommand import CommandFailed

FILE = Path("deployments.toml")
DEFAULT = "default"
_STACK = re.compile(r"[a-z][a-z0-9-]{0,31}")
_HEAD = """\
# What was answered to `make deploy`, for each deployment. Nothing is secret. Change a parameter, then deploy again.
"""


@dataclass(frozen=True, slots=True)
class Answers:
    stack: str
    region: str
    parameters: Mapping[str, str]
    account: str = ""
    """The AWS account's number; empty where an older version wrote the answers."""


def read(environment: str, file: Path = FILE) -> Answers | None:
    """None where nothing was answered yet. Raises CommandFailed."""
    table = _tables(file).get(environment)
    if table is None:
        return None
    stack, region, parameters = table.get("stack"), table.get("region"), table.get("parameters", {})
    account = table.get("account", "")
    if not isinstance(stack, str) or not isinstance(region, str) or not isinstance(parameters, dict):
        raise CommandFailed(f"[{environment}] in {file} needs stack, region, and a table of parameters")
    if not isinstance(account, str):
        raise CommandFailed(f"[{environment}] in {file} has an account that is no text: put it between quotes")
    check_stack(stack)
    return Answers(stack, region, {name: str(value) for name, value in parameters.items()}, account)


def write(environment: str, answers: Answers, file: Path = FILE) -> None:
    """Leaves the other deployments as they are. Raises CommandFailed where another one has the same stack."""
    tables = _tables(file)
    for other, table in tables.items():
        place = (table.get("stack"), table.get("region"), table.get("account", answers.account))
        if other != environment and place == (answers.stack, answers.region, answers.account):
            raise CommandFailed(
                f"[{other}] in {file} is the stack {answers.stack} in {answers.region}: choose another name for "
                f"[{environment}]"
            )
    tables[environment] = {
        "stack": answers.stack,
        "region": answers.region,
        **({"account": answers.account} if answers.account else {}),
        "parameters": dict(answers.parameters),
    }
    beside = file.with_name(f"{file.name}.new")
    beside.write_text(_HEAD + "".join(_rendered(name, table) for name, table in tables.items()), encoding="utf-8")
    os.replace(beside, file)  # noqa: PTH105 - whole or not at all


def check_stack(name: str) -> None:
    """Roles are named after stack and region, in at most 64 characters. Raises CommandFailed."""
    if not _STACK.fullmatch(name):
        raise CommandFailed(f"A stack is called by at most 32 lower-case letters, digits and hyphens, not {name!r}")


def region_of(stack: str, file: Path = FILE) -> str | None:
    """Where the deployment of that name is, if the answers know one and no other of the same name."""
    regions = {table.get("region") for table in _tables(file).values() if table.get("stack") == stack}
    [region] = regions if len(regions) == 1 else [None]
    return region if isinstance(region, str) else None


def _tables(file: Path) -> dict[str, dict[str, Any]]:
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{file} is not TOML: {error}") from None
    if not all(isinstance(table, dict) for table in tables.values()):
        raise CommandFailed(f"{file} has something outside of a table such as [{DEFAULT}]")
    return tables


def _rendered(name: str, table: Mapping[str, Any]) -> str:
    lines = [f"\n[{_key(name)}]"]
    lines += [f"{_key(key)} = {_text(value)}" for key, value in table.items() if key != "parameters"]
    lines.append(f"\n[{_key(name)}.parameters]")
    lines += [f"{_key(key)} = {_text(value)}" for key, value in table.get("parameters", {}).items()]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _text(value: object) -> str:
    """JSON's strings are TOML's basic strings, but for DEL (TOML 1.0 §String)."""
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
