"""What stands beside the ladder, each with its own tick: what an assistant may look at besides mail, and may change."""

from dataclasses import dataclass
from enum import StrEnum

CONTACTS = "contacts:read"
SEND = "emails:send"
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
        title="Your contacts",
        detail="Names, addresses and phone numbers of other people. They go to its makers.",
        sees="see your contacts",
        risks=True,
    ),
    Box(
        scope="masked:read",
        group=Group.LOOK,
        title="Your masked addresses",
        detail="Each with the site that it was made for.",
        sees="see your masked addresses",
    ),
    Box(
        scope="emails:organize",
        group=Group.CHANGE,
        title="File messages",
        detail=(
            "Archive, move, flag, mark as read, put in the Trash. It deletes nothing for good; your mail provider "
            "empties the Trash. What it moves into a folder that you share, others see."
        ),
        sees="file messages",
    ),
    Box(
        scope="mailboxes:write",
        group=Group.CHANGE,
        title="Make and rename folders",
        detail="It can remove a folder only when that is empty.",
        sees="make folders",
    ),
    Box(
        scope=DRAFTS,
        group=Group.CHANGE,
        title="Write drafts",
        detail="They wait in your Drafts. Nothing leaves. It sees your sender addresses and signatures.",
        sees="write drafts",
    ),
    Box(
        scope="masked:write",
        group=Group.CHANGE,
        title="Make masked addresses",
        detail="And switch one off or on. Mail to one that is off does not reach your inbox.",
        sees="make masked addresses",
    ),
)


def boxes(asked: frozenset[str], group: Group) -> tuple[Box, ...]:
    return tuple(box for box in BOXES if box.group is group and box.scope in asked)
