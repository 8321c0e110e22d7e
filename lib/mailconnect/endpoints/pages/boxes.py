"""The boxes beside the ladder, each with its own tick: what an assistant may look at besides mail, and may change.

Every scope that is neither on the ladder nor sending has its box. Its words are the scope's own, or shorter ones here.
"""

from dataclasses import dataclass
from enum import StrEnum

from mailconnect.endpoints.pages.ladder import CONTACTS, DRAFTS, beside
from mailconnect.grants.sending import SEND
from mailconnect.languages.words import marked
from mailconnect.oauth.scopes import SCOPES, Scope


class Group(StrEnum):
    LOOK = "look"
    CHANGE = "change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """`sees` completes "Poke may ...". `risks`: the detail is a warning."""

    scope: str
    group: Group
    title: str
    detail: str
    sees: str
    risks: bool = False

    @property
    def id(self) -> str:
        """Of its input on the page."""
        return self.scope.replace(":", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    title: str
    detail: str
    sees: str
    risks: bool = False


_SHORTER = {
    CONTACTS: _Words(
        title=marked("Your contacts"),
        detail=marked("Names, addresses and phone numbers of other people. They go to its makers."),
        sees=marked("see your contacts"),
        risks=True,
    ),
    "masked:read": _Words(
        title=marked("Your masked addresses"),
        detail=marked("Each with the site that it was made for."),
        sees=marked("see your masked addresses"),
    ),
    "emails:organize": _Words(
        title=marked("File messages"),
        detail=marked(
            "Archive, move, flag, mark as read, put in the Trash. It deletes nothing for good; your mail provider "
            "empties the Trash. What it moves into a folder that you share, others see."
        ),
        sees=marked("file messages"),
    ),
    "mailboxes:write": _Words(
        title=marked("Make and rename folders"),
        detail=marked("It can remove a folder only when that is empty."),
        sees=marked("make folders"),
    ),
    DRAFTS: _Words(
        title=marked("Write drafts"),
        detail=marked("They wait in your Drafts. Nothing leaves. It sees your sender addresses and signatures."),
        sees=marked("write drafts"),
    ),
    "masked:write": _Words(
        title=marked("Make masked addresses"),
        detail=marked("And switch one off or on. Mail to one that is off does not reach your inbox."),
        sees=marked("make masked addresses"),
    ),
}


def boxes(asked: frozenset[str], *groups: Group) -> tuple[Box, ...]:
    """In the order of the scopes; without `groups`, those of all."""
    offered = (_box(scope) for name, scope in SCOPES.items() if name in asked & beside() and name != SEND)
    return tuple(box for box in offered if not groups or box.group in groups)


def _box(scope: Scope) -> Box:
    plain = _Words(title=scope.title, detail=scope.detail, sees=scope.title[0].lower() + scope.title[1:])
    words = _SHORTER.get(scope.name, plain)
    group = Group.CHANGE if scope.writes else Group.LOOK
    return Box(
        scope=scope.name, group=group, title=words.title, detail=words.detail, sees=words.sees, risks=words.risks
    )
