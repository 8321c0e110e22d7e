"""What may leave for the provider: the JMAP methods and capabilities that a grant's scopes need, and nothing else.

The provider's token can do everything, sending mail included. Whatever a tool asks, a connection sends only what stands
in SCOPES for the scopes it was opened with.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mailconnect.encoding.discreet import Discreet
from mailconnect.jmap.capabilities import CONTACTS, CORE, MAIL
from mailconnect.jmap.email_properties import ENVELOPE
from mailconnect.jmap.errors import MethodNotAllowed
from mailconnect.jmap.invocation import Invocation, ResultReference

_CONTENT_FILTERS = frozenset({"text", "body", "attachmentName"})
"""Conditions that tell what a message says: a search for a word is a question about the body."""


class Needs(Discreet, frozen=True):
    """`content`: bodies, previews, attachments and their names. `downloads`: bytes of a blob (RFC 8620 §6.2)."""

    methods: frozenset[str] = frozenset()
    capabilities: frozenset[str] = frozenset()
    content: bool = False
    downloads: bool = False


_MAILBOXES = frozenset({"Mailbox/get", "Mailbox/query"})
_ENVELOPES = _MAILBOXES | {"Email/query", "Email/get", "Thread/get"}

SCOPES: Mapping[str, Needs] = {
    "session:read": Needs(),
    "mailboxes:read": Needs(_MAILBOXES, frozenset({CORE, MAIL})),
    "emails:metadata": Needs(_ENVELOPES, frozenset({CORE, MAIL})),
    "emails:read": Needs(_ENVELOPES | {"SearchSnippet/get"}, frozenset({CORE, MAIL}), content=True, downloads=True),
    "contacts:read": Needs(frozenset({"ContactCard/query", "ContactCard/get"}), frozenset({CORE, CONTACTS})),
}


class Allowance(Discreet, frozen=True):
    """What one connection may send."""

    needs: Needs

    def check(self, using: Sequence[str], calls: Sequence[Invocation]) -> None:
        """Raises MethodNotAllowed."""
        needs = self.needs
        if not needs.capabilities.issuperset(using):
            raise MethodNotAllowed("a capability that is not allowed")
        for call in calls:
            if call.name not in needs.methods:
                raise MethodNotAllowed("a method that is not allowed")
            for name, value in call.arguments.items():
                if name.startswith("#") != isinstance(value, ResultReference):
                    raise MethodNotAllowed("a result reference that this program did not make")
            if not needs.content and call.name.startswith("Email/") and _asks_for_content(call):
                raise MethodNotAllowed("content of a message")

    def check_download(self) -> None:
        """Raises MethodNotAllowed."""
        if not self.needs.downloads:
            raise MethodNotAllowed("a download that is not allowed")


def _asks_for_content(call: Invocation) -> bool:
    arguments = call.arguments
    if call.name == "Email/get":
        asked = arguments.get("properties")
        others = {name for name in arguments if name not in {"accountId", "ids", "#ids", "properties"}}
        return bool(others) or not isinstance(asked, list) or not ENVELOPE.issuperset(asked)
    return any(name in _CONTENT_FILTERS for name in _conditions(arguments.get("filter")))


def _conditions(condition: Any) -> Iterable[str]:
    """The names of the properties in a filter (RFC 8620 §5.5)."""
    waiting = [condition]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, Mapping):
            continue
        if "operator" in one:
            waiting.extend(one["conditions"])
        else:
            yield from one


def allowance(scopes: frozenset[str]) -> Allowance:
    """By SCOPES; a scope that is not in it adds nothing."""
    needed = [SCOPES[scope] for scope in scopes if scope in SCOPES]
    return Allowance(
        Needs(
            methods=frozenset().union(*(one.methods for one in needed)),
            capabilities=frozenset().union(*(one.capabilities for one in needed)),
            content=any(one.content for one in needed),
            downloads=any(one.downloads for one in needed),
        )
    )
