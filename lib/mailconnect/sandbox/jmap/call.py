"""One method call: whose account, with which rights, and the arguments as they came."""

from dataclasses import dataclass, field, replace
from typing import Any

from mailconnect.sandbox.accounts import Account
from mailconnect.sandbox.jmap.errors import InvalidArguments
from mailconnect.sandbox.jmap.session import read_only
from mailconnect.sandbox.mail.boxes import Box
from mailconnect.sandbox.mail.store import Email, Store
from mailconnect.sandbox.mail.submissions import Submissions
from mailconnect.sandbox.oauth.bearer import Access
from mailconnect.sandbox.provider import Provider

_MAX = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Call:
    provider: Provider
    held: Access
    account: Account
    account_id: str
    """As the client knows it today; see `session.account_id`."""
    arguments: dict[str, Any]
    created: dict[str, str] = field(default_factory=dict)
    """Ids by creation id, shared by the calls of one request (RFC 8620 §3.3)."""
    implied: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Method and answer of each call that this one implies, such as Email/set after EmailSubmission/set."""

    @property
    def store(self) -> Store:
        return self.provider.post.store(self.account)

    @property
    def submissions(self) -> Submissions:
        return self.provider.post.submissions(self.account)

    def with_arguments(self, arguments: dict[str, Any]) -> "Call":
        return replace(self, arguments=arguments)

    @property
    def read_only(self) -> bool:
        return read_only(self.account, self.held)

    def visible(self) -> dict[str, Email]:
        """The emails in the mailboxes that this account shows, by id."""
        boxes = self.mailbox_ids()
        return {name: email for name, email in self.store.emails.items() if email.mailbox_ids & boxes}

    def mailbox_ids(self) -> frozenset[str]:
        return frozenset(box.mailbox_id for box in self.boxes)

    @property
    def boxes(self) -> list[Box]:
        """The mailboxes that this account shows."""
        return self.provider.post.boxes(self.account).of(self.account)

    @property
    def mailbox_state(self) -> str:
        """The state of mailboxes: their counts are a part of it."""
        changes = self.provider.post.boxes(self.account).changes
        return f"{self.store.state}-{changes}" if changes else self.store.state

    def allow(self, *names: str) -> None:
        """Raises InvalidArguments where an argument is none of these, nor accountId."""
        unknown = sorted(self.arguments.keys() - {"accountId", *names})
        if unknown:
            raise InvalidArguments(f"no argument is called {', '.join(unknown)[:200]}", arguments=unknown)

    def strings(self, name: str) -> list[str] | None:
        value = self.arguments.get(name)
        if value is None or (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            return value
        raise InvalidArguments(f"{name} is a list of strings or null", arguments=[name])

    def string(self, name: str) -> str | None:
        value = self.arguments.get(name)
        if value is None or isinstance(value, str):
            return value
        raise InvalidArguments(f"{name} is a string or null", arguments=[name])

    def flag(self, name: str) -> bool:
        value = self.arguments.get(name, False)
        if isinstance(value, bool):
            return value
        raise InvalidArguments(f"{name} is a boolean", arguments=[name])

    def number(self, name: str, default: int | None, *, least: int = 0) -> int | None:
        """An Int, or an UnsignedInt (RFC 8620 §1.3); null and absence are the default."""
        value = self.arguments.get(name)
        if value is None:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and max(least, -_MAX) <= value <= _MAX:
            return value
        raise InvalidArguments(f"{name} is a whole number from {least}", arguments=[name])
