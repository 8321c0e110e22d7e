"""How another kind of mail server answers: the sandbox's own answers, changed as personas.toml says.

A persona changes what JMAP tells. Whose mail it is, and what is in it, stays the sandbox's.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from mailconnect.sandbox.oauth.scopes import CORE, MASKED_EMAIL

_FILE = Path(__file__).with_name("personas.toml")

NULL = "null"
"""TOML has no null; a value that is this text stands for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """Each table has the members that are put in; a member of `omit` is left out.

    `session`, `core` (its limits), `own` and `others` (accounts) are of the session, where the own account may stand
    `alone`. `mailboxes` are changes of those
    whose members all are as in `where`; one may add mailboxes that cannot be read. `most_objects` is what a /get gives:
    of all mailboxes it gives as many and says nothing of the rest (`cuts`), of more ids it gives none. `state` is what
    answers name in place of the session's. `masked`: it offers masked addresses.
    """

    server: str
    session: Mapping[str, Any] = field(default_factory=dict)
    core: Mapping[str, Any] = field(default_factory=dict)
    own: Mapping[str, Any] = field(default_factory=dict)
    others: Mapping[str, Any] = field(default_factory=dict)
    mailboxes: tuple[Mapping[str, Any], ...] = ()
    more_mailboxes: tuple[Any, ...] = ()
    alone: bool = False
    most_objects: int | None = None
    cuts: bool = False
    state: str | None = None
    masked: bool = False

    def of_session(self, document: dict[str, Any]) -> dict[str, Any]:
        listed = document["accounts"].items()
        own = {name for name, account in listed if account["isPersonal"] and account["accountCapabilities"]}
        accounts = {
            name: _put(account, self.own if name in own else self.others)
            for name, account in listed
            if name in own or not self.alone
        }
        core = {**document["capabilities"].get(CORE, {}), **self.core}
        capabilities = {**document["capabilities"], CORE: core}
        if not self.masked:
            capabilities.pop(MASKED_EMAIL, None)
            accounts = {name: _without_masked(account) for name, account in accounts.items()}
        return _put({**document, "accounts": accounts, "capabilities": capabilities}, self.session)

    def of_method(self, name: str, arguments: Mapping[str, Any], answered: dict[str, Any]) -> dict[str, Any]:
        """The answer to one method call."""
        if name != "Mailbox/get":
            return answered
        listed = [*map(self._mailbox, answered["list"])]
        if arguments.get("ids") is None:
            listed = [*listed, *map(_null, self.more_mailboxes)]
            listed = listed[: self.most_objects] if self.cuts else listed
        return {**answered, "list": listed}

    def _mailbox(self, box: dict[str, Any]) -> dict[str, Any]:
        for change in self.mailboxes:
            where = change.get("where", {})
            if all(_matches(box.get(name), value) for name, value in where.items()):
                box = _put(box, {name: value for name, value in change.items() if name != "where"})
        return box


def _without_masked(account: Mapping[str, Any]) -> dict[str, Any]:
    offered = account.get("accountCapabilities")
    if not isinstance(offered, dict):
        return {**account}
    return {**account, "accountCapabilities": {name: value for name, value in offered.items() if name != MASKED_EMAIL}}


def _matches(value: Any, wanted: Any) -> bool:
    return value is not None if wanted == "any" else value == _null(wanted)


def _put(into: Mapping[str, Any], members: Mapping[str, Any]) -> dict[str, Any]:
    changed = {**into, **{name: _null(value) for name, value in members.items() if name != "omit"}}
    return {name: value for name, value in changed.items() if name not in members.get("omit", ())}


def _null(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _null(inner) for name, inner in value.items()}
    return None if value == NULL else value


@cache
def personas() -> Mapping[str, Persona]:
    """By the name that SANDBOX_PERSONA takes."""
    tables = tomllib.loads(_FILE.read_text("utf-8"))
    return {name: _persona(table) for name, table in tables.items()}


def _persona(table: Mapping[str, Any]) -> Persona:
    given = {name: value for name, value in table.items() if name not in {"quirk", "sources"}}
    for several in ("mailboxes", "more_mailboxes"):
        given[several] = tuple(given.get(several, ()))
    return Persona(**given)
