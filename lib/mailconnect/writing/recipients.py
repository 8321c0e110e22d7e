"""Recipients as they were written down: parsed, checked, each once (RFC 5322 §3.4, RFC 5321 §4.5.3.1)."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from mailconnect.mail.address import Address
from mailconnect.mail.likeness import shown
from mailconnect.render.addresses import oddities
from mailconnect.render.characters import one_line
from mailconnect.writing.errors import Unwritable

MAX_RECIPIENTS = 20

_LONGEST_LOCAL, _LONGEST_DOMAIN, _LONGEST_NAME = 64, 253, 120
_NAMED = re.compile(r"([^<>]*)<([^<>]*)>")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_IN_NAME = re.compile(r"[^\s@<>()\"]{1,64}@[\w.-]{1,253}")
_NOBODY = re.compile(
    r"(?:no|do-?not|dont|never)[._-]?reply.*|.*[._-]no-?reply|mailer-daemon|postmaster|bounces?(?:[+._-].*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Recipients:
    """`careful` are sentences of ours about them."""

    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    careful: tuple[str, ...] = field(default=(), repr=False)

    @property
    def all(self) -> tuple[Address, ...]:
        return (*self.to, *self.cc, *self.bcc)


def recipients(to: Iterable[Address], cc: Iterable[Address], bcc: Iterable[Address]) -> Recipients:
    """Each address once, where it stands first. Raises Unwritable past MAX_RECIPIENTS."""
    seen: set[str] = set()
    repeated: list[str] = []

    def once(given: Iterable[Address]) -> tuple[Address, ...]:
        kept = []
        for one in given:
            (repeated.append(one.email) if one.email.lower() in seen else kept.append(one))
            seen.add(one.email.lower())
        return tuple(kept)

    found = Recipients(once(to), once(cc), once(bcc))
    if len(seen) > MAX_RECIPIENTS:
        raise Unwritable(
            f"{len(seen)} recipients are too many: the maximum is {MAX_RECIPIENTS}. "
            "Ask the person to write to so many themselves."
        )
    warnings = [f"{email} was named twice; it is there once." for email in dict.fromkeys(repeated)]
    said = [*warnings, *(odd for one in found.all for odd in oddities_of(one))]
    return replace(found, careful=tuple(said))


def parsed(written: Sequence[str], *, argument: str) -> list[Address]:
    """Of `Ann Lee <ann@example.org>` or `ann@example.org`, one in each text. Raises Unwritable."""
    return [address(text, argument=argument) for text in written]


def address(written: str, *, argument: str) -> Address:
    """Raises Unwritable."""
    if breaks_a_line(written):
        raise Unwritable(f"`{argument}` has a line break or a control character in it. Write one address per item.")
    text = written.strip()
    named = _NAMED.fullmatch(text)
    name, email = (named[1].strip().strip('"').strip(), named[2].strip()) if named else ("", text)
    return Address(one_line(name, longest=_LONGEST_NAME), checked_email(email, argument=argument))


def breaks_a_line(text: str) -> bool:
    """Whether a header field would end in it, or be steered by it (RFC 5322 §2.2)."""
    return any(ord(each) < 32 or each in "\x7f\x85\u2028\u2029" for each in text)


def checked_email(email: str, *, argument: str) -> str:
    """With the domain as it goes over the wire. Raises Unwritable."""
    local, _, domain = email.rpartition("@")
    if len(local) > _LONGEST_LOCAL or _LOCAL.fullmatch(local) is None:
        raise Unwritable(
            f"`{argument}` has an item that is no email address. Write `name@example.org` or "
            "`Name <name@example.org>`, one address per item."
        )
    wire = _wire_domain(domain.rstrip("."))
    labels = wire.split(".")
    if len(wire) > _LONGEST_DOMAIN or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Unwritable(f"`{argument}` has an address whose domain cannot exist. Check how it is spelt.")
    return f"{local}@{wire}"


def is_plain(email: str) -> bool:
    """Whether it is an address as `checked_email` gives it."""
    try:
        return checked_email(email, argument="from") == email
    except Unwritable:
        return False


def _wire_domain(domain: str) -> str:
    """An internationalized domain by IDNA 2003, and only where no character is changed by it: `ß` would become `ss`."""
    if domain.isascii():
        return domain
    with suppress(UnicodeError):
        wire = domain.encode("idna")
        if wire.decode("idna") == domain.lower():
            return wire.decode()
    raise Unwritable("A domain has letters that cannot be written safely here. Give it in its `xn--` form.")


def oddities_of(one: Address) -> list[str]:
    """Warnings about a recipient, to be read before a message goes there."""
    said = []
    local, _, domain = one.email.rpartition("@")
    if _NOBODY.fullmatch(local):
        said.append(f"careful: {one.email} looks like an address that nobody reads.")
    if odd := oddities(domain.lower()):
        said.append(f"careful: {one.email} is written {shown(one.email)} by people: {'; '.join(odd)}.")
    inside = _IN_NAME.search(one.name)
    if inside and inside[0].lower().rstrip(".") != one.email.lower():
        said.append(f"careful: the name of {one.email} contains another address.")
    return said
