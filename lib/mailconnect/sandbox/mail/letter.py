"""A letter as the files in letters/ hold it: who wrote what to whom, how long ago, and where it lies now."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from mailconnect.sandbox.mail.when import moment

FOLDER = Path(__file__).parent
PATH_SEPARATOR = " > "
"""Between the names of a path, since a name may itself contain a slash."""


@dataclass(frozen=True, slots=True)
class Correspondent:
    name: str
    address: str
    zone: str = "+0000"
    """Of the Date header, as RFC 5322 §3.3 writes it."""


@dataclass(frozen=True, slots=True)
class Letter:
    key: str
    at: str
    """When it was received; see `when.moment`."""
    subject: str
    from_: str = ""
    to: tuple[str, ...] = ("alice",)
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    text: str = ""
    html: str = ""
    answers: str = ""
    """The key of the letter that this one replies to."""
    quote: str = ""
    """How a reply repeats it: "below" (attribution and > after the answer), "above" (before it), "outlook", or ""."""
    attach: tuple[Mapping[str, Any], ...] = ()
    """See `writing._attached`."""
    calendar: Mapping[str, str] = field(default_factory=dict)
    """An invitation as a part of its own; see `files.ics`."""
    headers: Mapping[str, str | list[str]] = field(default_factory=dict)
    auth: str = "pass"
    """The provider's verdict in Authentication-Results: "pass", "fail" or "none"; "" writes no such field."""
    unread: bool = False
    keywords: tuple[str, ...] = ()
    folders: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    """Mailbox paths by the login of the person who has it."""
    raw: bytes = b""
    """The message itself, where the letter is an oddity that no writer would write; see `oddities`."""

    @property
    def message_id(self) -> str:
        return f"{self.key}@{correspondent(self.from_).address.rpartition('@')[2]}"

    def received_at(self, anchor: datetime) -> datetime:
        return moment(self.at, anchor)


@cache
def people() -> Mapping[str, Correspondent]:
    told = tomllib.loads((FOLDER / "people.toml").read_text("utf-8"))
    return {key: Correspondent(**entry) for key, entry in told.items()}


def correspondent(named: str) -> Correspondent:
    """By key; what is no key is itself an address: `Ann Lee <ann@x.example>`."""
    known = people().get(named)
    if known is not None:
        return known
    name, _, rest = named.rpartition("<")
    return Correspondent(name.strip(), rest.removesuffix(">"))


def path_of(written: str) -> tuple[str, ...]:
    return tuple(written.split(PATH_SEPARATOR))


def letter_of(entry: Mapping[str, Any]) -> Letter:
    """From one `[[letter]]` of TOML: `in` is alice's mailbox or a list of them, `bob` is bob's."""
    given = dict(entry)
    folders = {}
    for login, name in (("alice", "in"), ("bob", "bob")):
        written = given.pop(name, [])
        paths = [written] if isinstance(written, str) else written
        if paths:
            folders[login] = tuple(path_of(path) for path in paths)
    for name in ("to", "cc", "bcc", "keywords", "attach"):
        if name in given:
            given[name] = (given[name],) if isinstance(given[name], str) else tuple(given[name])
    return Letter(from_=given.pop("from", ""), folders=folders, **given)


@cache
def written_letters() -> tuple[Letter, ...]:
    """Those of letters/*.toml, in the order of the files' names."""
    found: list[Letter] = []
    for path in sorted((FOLDER / "letters").glob("*.toml")):
        found.extend(letter_of(entry) for entry in tomllib.loads(path.read_text("utf-8"))["letter"])
    return tuple(found)
