"""A JMAP request and its answer: method calls in, method responses out (RFC 8620 §3.2 to §3.4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lib import fast_json
from lib.jmap.document import mapping, sequence, text
from lib.jmap.errors import METHOD_ERRORS, MethodNotAllowed, ServerFail, UnexpectedAnswer
from lib.jmap.session import CORE, MAIL

# The provider's token can do everything, sending mail included. Whatever asks, nothing but this leaves the program.
ALLOWED_METHODS = frozenset({"Mailbox/get", "Mailbox/query"})
READING_METHODS = ALLOWED_METHODS
"""Those that may be sent twice."""
ALLOWED_CAPABILITIES = frozenset({CORE, MAIL})

_MOST_RESPONSES = 256


@dataclass(frozen=True, slots=True)
class Invocation:
    """A method call, or the response to one: both are [name, arguments, call id] on the wire."""

    name: str
    arguments: Mapping[str, Any] = field(repr=False)
    call_id: str


@dataclass(frozen=True, slots=True)
class Responses:
    """A `session_state` other than the session's `state` means that the session should be fetched again."""

    session_state: str
    invocations: tuple[Invocation, ...]

    def to(self, call: Invocation) -> Mapping[str, Any]:
        """The arguments of the response to a call. Raises its MethodError, or UnexpectedAnswer if there is none."""
        for response in self.invocations:
            if response.call_id != call.call_id:
                continue
            if response.name == "error":
                kind = response.arguments.get("type")
                error = METHOD_ERRORS.get(kind, ServerFail) if isinstance(kind, str) else ServerFail
                raise error(error.type)
            if response.name == call.name:
                return response.arguments
        raise UnexpectedAnswer("a method call was not answered")


def request_body(using: Sequence[str], calls: Sequence[Invocation]) -> bytes:
    """Raises MethodNotAllowed for a method, capability or result reference (§3.7) that no tool needs."""
    if not ALLOWED_CAPABILITIES.issuperset(using):
        raise MethodNotAllowed("a capability that is not allowed")
    for call in calls:
        if call.name not in ALLOWED_METHODS:
            raise MethodNotAllowed("a method that is not allowed")
        if any(name.startswith("#") for name in call.arguments):
            raise MethodNotAllowed("a result reference")
    method_calls = [[call.name, call.arguments, call.call_id] for call in calls]
    return fast_json.encode({"using": [*using], "methodCalls": method_calls})


def parse_responses(document: Any) -> Responses:
    fields = mapping(document, "the response")
    listed = sequence(fields.get("methodResponses"), "methodResponses", most=_MOST_RESPONSES)
    return Responses(
        session_state=text(fields.get("sessionState", ""), "sessionState"),
        invocations=tuple(_invocation(value) for value in listed),
    )


def _invocation(value: Any) -> Invocation:
    parts = sequence(value, "a method response", most=3)
    if len(parts) != 3:
        raise UnexpectedAnswer("a method response has not three parts")
    name, arguments, call_id = parts
    return Invocation(
        text(name, "a response's name"), mapping(arguments, "a response's arguments"), text(call_id, "a call id")
    )
