"""One command of an operator, as an untrusted object: what it names, read before anything is done."""

import re
from typing import Any

MAX_GRANTS = 100

_GRANT_ID = re.compile(r"[0-9A-Za-z]{22}")
_EVENT_ID = re.compile(r"[0-9]{10}-[0-9a-z]{1,64}")
_MAX_OWNER = 1024

Command = dict[str, Any]
Reply = dict[str, Any]


class BadCommand(Exception):
    """One sentence for the operator."""


def check_subject(command: Command) -> None:
    """A command is about one owner, or about grants named by their ids. Raises BadCommand."""
    if ("owner" in command) == ("grants" in command):
        raise BadCommand("Name an owner, or grants by their ids: one of the two.")


def grant_ids(command: Command) -> list[str]:
    """Sorted, each once. Raises BadCommand."""
    ids = command["grants"]
    if not isinstance(ids, list) or not 0 < len(ids) <= MAX_GRANTS:
        raise BadCommand(f"Grants must be a list of 1 to {MAX_GRANTS} ids.")
    if not all(isinstance(grant_id, str) and _GRANT_ID.fullmatch(grant_id) for grant_id in ids):
        raise BadCommand("A grant's id is 22 letters and digits: whole, not a pattern.")
    return sorted(set(ids))


def username(command: Command) -> str:
    """The owner's user name at the provider. Raises BadCommand."""
    name = command["owner"]
    if not isinstance(name, str) or not name.strip() or len(name) > _MAX_OWNER:
        raise BadCommand("The owner must be the account's user name at the provider.")
    return name


def before(command: Command) -> str | None:
    """The id of the event before which the history goes on. Raises BadCommand."""
    event_id = command.get("before")
    if event_id is None:
        return None
    if not (isinstance(event_id, str) and _EVENT_ID.fullmatch(event_id)):
        raise BadCommand("Before must be what was `earlier` in the answer that this one goes on from.")
    return event_id
