"""Of an envelope: its marks, people and places in words."""

from collections.abc import Mapping, Sequence

from mailconnect.mail.address import Address
from mailconnect.mail.mailbox.mailbox import Mailbox, tree
from mailconnect.mail.message import Envelope
from mailconnect.mcp.tools.emails.quoted import inline

_LONGEST_ADDRESS = 64
_LARGE = 1_000_000  # octets
_MARKS = {"$flagged": "flagged", "$answered": "answered", "$draft": "draft"}
_WARNINGS = {"$phishing": "MARKED AS PHISHING", "$junk": "marked as junk"}


def paths_of(mailboxes: Sequence[Mailbox]) -> Mapping[str, str]:
    """By id."""
    return {one.mailbox.id: one.path for one in tree(mailboxes)}


def marks(about: Envelope) -> list[str]:
    said = [] if "$seen" in about.keywords or "$draft" in about.keywords else ["unread"]
    said += [word for keyword, word in _MARKS.items() if keyword in about.keywords]
    if about.has_attachment:
        said.append("attachment")
    if about.size >= _LARGE:
        said.append(size(about.size))
    return said + [word for keyword, word in _WARNINGS.items() if keyword in about.keywords]


def size(octets: int) -> str:
    if octets >= _LARGE:
        return f"{octets / 1_000_000:.1f} MB"
    return f"{octets / 1000:.0f} kB" if octets >= 1000 else f"{octets} bytes"


def person(address: Address, *, longest: int = 120) -> str:
    """`Ann Lee <ann@example.org>`: the name is cut before the address."""
    email = inline(address.email, longest=min(_LONGEST_ADDRESS, longest))
    name = inline(address.name, longest=max(longest - len(email) - 3, 0)) if address.name.strip() else ""
    if not name or name == email:
        return email
    return f"{name} <{email}>" if email else name


def people(addresses: Sequence[Address], *, maximum: int) -> str:
    """The first of them, and how many more."""
    shown = ", ".join(person(one) for one in addresses[:maximum])
    return f"{shown} and {len(addresses) - maximum} more" if len(addresses) > maximum else shown


def where(about: Envelope, paths: Mapping[str, str], *, longest: int) -> str:
    named = [inline(paths[ident], longest=longest) for ident in about.mailbox_ids if ident in paths]
    return ", ".join(named[:3]) + (f" and {len(named) - 3} more" if len(named) > 3 else "")
