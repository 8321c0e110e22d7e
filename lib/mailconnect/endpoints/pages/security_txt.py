"""`/.well-known/security.txt`: whom to tell of a weakness (RFC 9116).

It expires a year after the release, because a deployment that nobody renews for so long has nobody who listens either.
"""

import re
from datetime import date, timedelta

from mailconnect.settings import Settings

PATH = "/.well-known/security.txt"

GOOD_FOR = timedelta(days=364)
"""Less than a year: RFC 9116 §2.5.5."""

RENEWED_BEFORE = timedelta(days=30)
"""What is built with less left is refused (`make check`, `make deploy`): release a new version."""

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
    """A URI (§2.5.3): the operator's, or the page that says how to reach them."""
    contact = settings.contact.strip()
    if _MAIL.fullmatch(contact):
        return f"mailto:{contact}"
    return contact if re.fullmatch(r"(?:https://|mailto:)[!-~]+", contact) else f"{settings.issuer}/security"
