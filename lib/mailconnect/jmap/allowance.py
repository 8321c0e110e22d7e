"""The requests that may leave for the provider: the JMAP methods and capabilities that a grant's scopes need, and
nothing else.

The provider's token can do everything, sending mail included. Whatever a tool asks, a connection sends only what stands
in NEEDED_BY for the scopes it was opened with.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mailconnect.encoding.discreet import Discreet
from mailconnect.jmap.capabilities import CONTACTS, CORE, MAIL, MASKED_EMAIL, SUBMISSION
from mailconnect.jmap.email.properties import ENVELOPE
from mailconnect.jmap.errors import MethodNotAllowed
from mailconnect.jmap.invocation import Invocation, ResultReference

_CONTENT_FILTERS = frozenset({"text", "body", "attachmentName"})
"""Conditions that tell what a message says: a search for a word is a question about the body."""


_WRITES = frozenset({"create", "update", "destroy"})

_CREATES = frozenset({"create", "#create"})

_NEVER = frozenset({"onDestroyRemoveEmails", "onSuccessDestroyEmail"})
"""Arguments that would destroy messages as a consequence of something else (RFC 8621 §2.5, §7.5)."""


class Needs(Discreet, frozen=True):
    """`content`: bodies, previews, attachments and their names, and searching in them. `bodies`: the first without the
    second, for a draft that is read back. `downloads`: bytes of a blob (RFC 8620 §6.2). `writes`: what Email/set may
    do; `destroy` is for the draft that a new one replaces.
    """

    methods: frozenset[str] = frozenset()
    capabilities: frozenset[str] = frozenset()
    content: bool = False
    bodies: bool = False
    downloads: bool = False
    writes: frozenset[str] = frozenset()


_MAILBOXES = frozenset({"Mailbox/get", "Mailbox/query"})
_SUBMISSIONS = frozenset({"EmailSubmission/get", "EmailSubmission/query", "EmailSubmission/set"})
_ENVELOPES = _MAILBOXES | {"Email/query", "Email/get", "Thread/get"}

NEEDED_BY: Mapping[str, Needs] = {
    "session:read": Needs(),
    "mailboxes:read": Needs(_MAILBOXES, frozenset({CORE, MAIL})),
    "emails:metadata": Needs(_ENVELOPES, frozenset({CORE, MAIL})),
    "emails:read": Needs(_ENVELOPES | {"SearchSnippet/get"}, frozenset({CORE, MAIL}), content=True, downloads=True),
    "emails:organize": Needs(_ENVELOPES | {"Email/set"}, frozenset({CORE, MAIL}), writes=frozenset({"update"})),
    "mailboxes:write": Needs(_MAILBOXES | {"Mailbox/set"}, frozenset({CORE, MAIL})),
    "drafts:write": Needs(
        _ENVELOPES | {"Identity/get", "Email/set"},
        frozenset({CORE, MAIL, SUBMISSION}),
        bodies=True,
        writes=frozenset({"create", "destroy"}),
    ),
    "emails:send": Needs(
        _ENVELOPES | {"Identity/get", "Email/set", *_SUBMISSIONS},
        frozenset({CORE, MAIL, SUBMISSION}),
        bodies=True,
        writes=frozenset({"update"}),
    ),
    "masked:read": Needs(frozenset({"MaskedEmail/get"}), frozenset({CORE, MASKED_EMAIL})),
    "masked:write": Needs(frozenset({"MaskedEmail/get", "MaskedEmail/set"}), frozenset({CORE, MASKED_EMAIL})),
    "contacts:read": Needs(frozenset({"ContactCard/query", "ContactCard/get"}), frozenset({CORE, CONTACTS})),
}


class Allowance(Discreet, frozen=True):
    """The requests that one connection may send.

    Without `submits`, no mail leaves by it: what is held can be taken back.
    """

    needs: Needs
    submits: bool = True

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
            if call.name == "Email/get" and not (needs.content or needs.bodies) and _gets_content(call):
                raise MethodNotAllowed("content of a message")
            if call.name == "Email/query" and not needs.content and _searches_content(call):
                raise MethodNotAllowed("a search in the content of messages")
            if call.name == "Email/set" and not needs.writes.issuperset(_WRITES.intersection(call.arguments)):
                raise MethodNotAllowed("a change that is not allowed")
            if call.name == "EmailSubmission/set" and not self.submits and not _CREATES.isdisjoint(call.arguments):
                raise MethodNotAllowed("a submission without the owner's word")
            if not _NEVER.isdisjoint(call.arguments):
                raise MethodNotAllowed("what destroys mail by the way")

    def check_download(self) -> None:
        """Raises MethodNotAllowed."""
        if not self.needs.downloads:
            raise MethodNotAllowed("a download that is not allowed")


def _gets_content(call: Invocation) -> bool:
    asked = call.arguments.get("properties")
    others = {name for name in call.arguments if name not in {"accountId", "ids", "#ids", "properties"}}
    return bool(others) or not isinstance(asked, list) or not ENVELOPE.issuperset(asked)


def _searches_content(call: Invocation) -> bool:
    return any(name in _CONTENT_FILTERS for name in _conditions(call.arguments.get("filter")))


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


def allowance(scopes: frozenset[str], *, submits: bool = True) -> Allowance:
    """By NEEDED_BY; a scope that is not in it adds nothing. `submits`: whether mail may leave where scopes allow it."""
    needed = [NEEDED_BY[scope] for scope in scopes if scope in NEEDED_BY]
    return Allowance(
        Needs(
            methods=frozenset().union(*(one.methods for one in needed)),
            capabilities=frozenset().union(*(one.capabilities for one in needed)),
            content=any(one.content for one in needed),
            bodies=any(one.bodies for one in needed),
            downloads=any(one.downloads for one in needed),
            writes=frozenset().union(*(one.writes for one in needed)),
        ),
        submits,
    )
