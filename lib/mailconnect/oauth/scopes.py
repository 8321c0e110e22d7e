"""Scopes: what a token may do, and what the owner is told about it (RFC 6749 §3.3)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mailconnect.languages.words import marked

NOTICE_VERSION = "2026-11-30"
"""The version of the privacy notice in force; a grant records the one that its owner saw."""

_SCOPE = re.compile(r"[!#-\[\]-~ ]*\Z")
_MAX_LENGTH = 1000


@dataclass(frozen=True, slots=True)
class Scope:
    """`title` and `detail` are on the consent page; `notice_version` is the notice that introduced the scope.

    `writes`: it lets a tool change the mailbox or send. The operator's switch `read_only` refuses every such tool.
    """

    name: str
    title: str
    detail: str
    notice_version: str
    writes: bool = False


SCOPES = {
    scope.name: scope
    for scope in (
        Scope(
            "session:read",
            marked("See which mailbox this is"),
            "Your account's name and address, accounts shared with you, and what your mail provider lets programs do.",
            "2026-11-21",
        ),
        Scope(
            "mailboxes:read",
            marked("See the list of your folders"),
            "Their names, how they nest, and how many messages each holds; also those shared with you. No messages.",
            "2026-11-21",
        ),
        Scope(
            "emails:metadata",
            marked("See who writes to you, when and about what"),
            "Senders, recipients, subjects, dates, folders, sizes, and whether a file is attached. Subjects can be "
            "revealing. No text of a message, no preview, no names of attachments.",
            "2026-11-30",
        ),
        Scope(
            "emails:read",
            marked("Read your messages and attachments"),
            "All mail in all folders, also codes and password resets that come by mail. What the assistant reads goes "
            "to its maker. It cannot change anything or mark a message as read.",
            "2026-11-30",
        ),
        Scope(
            "contacts:read",
            marked("Look people up in your address book"),
            "Names, addresses, phone numbers and organizations, where your mail provider offers an address book. "
            "No changes.",
            "2026-11-30",
        ),
        Scope(
            "emails:organize",
            marked("File your messages"),
            "Archive, move, label, flag, mark as read, put in the trash or in junk. It deletes nothing for good, but "
            "your mail provider empties the trash after its own time. A message that is moved into a folder which you "
            "share is seen by others.",
            "2026-11-30",
            writes=True,
        ),
        Scope(
            "mailboxes:write",
            marked("Make and rename folders"),
            "Make, rename and move folders. Only an empty one can be removed.",
            "2026-11-30",
            writes=True,
        ),
        Scope(
            "drafts:write",
            marked("Write drafts"),
            "They wait in your drafts folder, and nothing leaves. Also your sender addresses and signatures are seen.",
            "2026-11-30",
            writes=True,
        ),
        Scope(
            "emails:send",
            marked("Send mail as you"),
            "In your name and from your addresses, as you choose: each message by your own press of Send, or to people "
            "you know without asking, or to anybody. Some mail is written to trick assistants into sending.",
            "2026-11-30",
            writes=True,
        ),
        Scope(
            "masked:read",
            marked("See your masked addresses"),
            "Each with the site it was made for, where your mail provider offers masked addresses.",
            "2026-11-30",
        ),
        Scope(
            "masked:write",
            marked("Make and switch masked addresses"),
            "Make one for a site, switch one off or on. Mail to one that is off goes to the trash.",
            "2026-11-30",
            writes=True,
        ),
    )
}


NEVER = (
    marked("Delete a message for good"),
    marked("Change your settings or your forwarding"),
    marked("Get hold of the key to your mailbox"),
)
"""The deeds that no scope allows an assistant. mailconnect.jmap.allowance keeps the first two: no scope has the
methods.
"""


class _ToldBy(dict[str, frozenset[str]]):
    """Looks a version up. One of another day, between those that brought scopes, is worked out and not kept."""

    def __missing__(self, notice_version: str) -> frozenset[str]:
        return frozenset(name for name, scope in SCOPES.items() if scope.notice_version <= notice_version)


_VERSIONS = {NOTICE_VERSION, *(scope.notice_version for scope in SCOPES.values())}

TOLD_BY: Mapping[str, frozenset[str]] = _ToldBy({version: _ToldBy()[version] for version in _VERSIONS})
"""The scopes that the notice of a version told of: no owner has consented to a newer one."""


class MalformedScope(ValueError):
    """Not scope tokens separated by spaces, or none at all."""


def parse_scope(text: str) -> frozenset[str]:
    """The scope tokens. Raises MalformedScope unless the text has the characters of RFC 6749 appendix A.4.

    Several spaces together, and spaces at the start or the end, are accepted: clients join configured lists.
    """
    tokens = frozenset(text.split(" ")) - {""}
    if len(text) > _MAX_LENGTH or not _SCOPE.match(text) or not tokens:
        raise MalformedScope
    return tokens


def format_scope(names: frozenset[str]) -> str:
    return " ".join(sorted(names))
