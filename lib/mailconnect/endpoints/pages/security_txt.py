"""`/.well-known/security.txt`: where to report a weakness (RFC 9116).

It expires a year after the release: a deployment that is not updated for so long has most likely no reader of reports.
"""

import re
from datetime import date, timedelta

from mailconnect.settings import Settings

PATH = "/.well-known/security.txt"

GOOD_FOR = timedelta(days=364)
"""Less than a year: RFC 9116 §2.5.5."""

RENEWED_BEFORE = timedelta(days=30)
"""`make check` and `make deploy` fail when less is left: release a new version."""

_MAIL = re.compile(r"[^@:\s]+@[^@\s]+")


def security_txt(settings: Settings, released: date) -> str:
    lines = {
        "Contact": _contact(settings),
        "Expires": f"{expires(released).isoformat()}T00:00:00Z",
        "Preferred-Languages": "en",
        "Canonical": f"{settings.issuer}{PATH}",
        "Policy": f"{settings.issuer}/security",
    }
    return "".join(f"{name}: {value}\n" for name, value in lines.items())


def expires(released: date) -> date:
    return released + GOOD_FOR


def due_for_renewal(released: date, today: date) -> bool:
    return today > expires(released) - RENEWED_BEFORE


def _contact(settings: Settings) -> str:
    """A URI (§2.5.3): the operator's contact, or the page that says how to reach the operator."""
    contact = settings.contact.strip()
    if _MAIL.fullmatch(contact):
        return f"mailto:{contact}"
    return contact if re.fullmatch(r"(?:https://|mailto:)[!-~]+", contact) else f"{settings.issuer}/security"
