"""What stands beside the ladder, each with its own tick: what an assistant may look at besides mail, and may change."""

from dataclasses import dataclass
from enum import StrEnum

from mailconnect.grants.sending import SEND
from mailconnect.languages.words import marked

CONTACTS = "contacts:read"
DRAFTS = "drafts:write"


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


BOXES = (
    Box(
        scope=CONTACTS,
        group=Group.LOOK,
        title=marked("Your contacts"),
        detail=marked("Names, addresses and phone numbers of other people. They go to its makers."),
        sees=marked("see your contacts"),
        risks=True,
    ),
    Box(
        scope="masked:read",
        group=Group.LOOK,
        title=marked("Your masked addresses"),
        detail=marked("Each with the site that it was made for."),
        sees=marked("see your masked addresses"),
    ),
    Box(
        scope="emails:organize",
        group=Group.CHANGE,
        title=marked("File messages"),
        detail=marked(
            "Archive, move, flag, mark as read, put in the Trash. It deletes nothing for good; your mail provider "
            "empties the Trash. What it moves into a folder that you share, others see."
        ),
        sees=marked("file messages"),
    ),
    Box(
        scope="mailboxes:write",
        group=Group.CHANGE,
        title=marked("Make and rename folders"),
        detail=marked("It can remove a folder only when that is empty."),
        sees=marked("make folders"),
    ),
    Box(
        scope=DRAFTS,
        group=Group.CHANGE,
        title=marked("Write drafts"),
        detail=marked("They wait in your Drafts. Nothing leaves. It sees your sender addresses and signatures."),
        sees=marked("write drafts"),
    ),
    Box(
        scope="masked:write",
        group=Group.CHANGE,
        title=marked("Make masked addresses"),
        detail=marked("And switch one off or on. Mail to one that is off does not reach your inbox."),
        sees=marked("make masked addresses"),
    ),
)

BESIDE = frozenset({SEND, *(box.scope for box in BOXES)})
"""All that is chosen beside the ladder."""


def boxes(asked: frozenset[str], group: Group) -> tuple[Box, ...]:
    return tuple(box for box in BOXES if box.group is group and box.scope in asked)
