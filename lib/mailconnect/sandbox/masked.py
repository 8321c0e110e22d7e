"""A person's masked addresses, as Fastmail keeps them (https://www.fastmail.com/developer/maskedemail/)."""

from dataclasses import dataclass
from datetime import UTC, datetime

STATES = frozenset({"pending", "enabled", "disabled", "deleted"})
_WORDS = ("quiet.harbour", "plain.lantern", "early.gravel", "slow.copper", "green.ferry", "long.meadow")


@dataclass(slots=True)
class MaskedEmail:
    ident: str
    email: str
    state: str
    for_domain: str = ""
    description: str = ""
    created_at: str = "2025-03-01T09:00:00Z"
    last_message_at: str | None = None
    url: str | None = None
    created_by: str = "Sandbox"


class MaskedEmails:
    def __init__(self, login: str) -> None:
        self.changes = 0
        self.by_id: dict[str, MaskedEmail] = {}
        if login == "alice":
            for number, (site, description, state, last) in enumerate(_ALICE, 1):
                one = MaskedEmail(f"masked-{number}", _address(number), state, site, description, last_message_at=last)
                self.by_id[one.ident] = one

    @property
    def state(self) -> str:
        return f"M{self.changes}"

    def create(self, now: int, *, state: str, for_domain: str, description: str, url: str | None, prefix: str) -> str:
        """The id."""
        number = len(self.by_id) + 1
        email = f"{prefix}.{_address(number)}" if prefix else _address(number)
        made = MaskedEmail(f"masked-{number}", email, state, for_domain, description, url=url)
        made.created_at = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.by_id[made.ident] = made
        self.changes += 1
        return made.ident


def _address(number: int) -> str:
    return f"{_WORDS[number % len(_WORDS)]}{1000 + number}@masked.sandbox.test"


_ALICE = (
    ("https://shop.example", "Garden shop", "enabled", "2026-10-02T07:15:00Z"),
    ("https://news.example", "Morning paper", "enabled", None),
    ("https://forum.example", "Old forum", "disabled", "2025-11-20T21:40:00Z"),
    ("", "For the raffle", "deleted", None),
)
