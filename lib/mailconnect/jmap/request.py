"""A JMAP request and its answer: method calls in, method responses out (RFC 8620 §3.2 to §3.4)."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta, Raw, Struct
from msgspec.json import Decoder

from mailconnect.encoding import fast_json
from mailconnect.encoding.discreet import Discreet
from mailconnect.jmap.document import Text, decode_as
from mailconnect.jmap.errors import METHOD_ERRORS, MethodError, MethodNotAllowed, ServerFail
from mailconnect.jmap.session import CORE, MAIL
from mailconnect.mail.errors import UnexpectedAnswer

# The provider's token can do everything, sending mail included. Whatever asks, nothing but this leaves the program.
ALLOWED_METHODS = frozenset({"Mailbox/get", "Mailbox/query"})
READING_METHODS = ALLOWED_METHODS
"""Those that may be sent twice."""
ALLOWED_CAPABILITIES = frozenset({CORE, MAIL})

_MOST_RESPONSES = 256


class Invocation(Discreet, frozen=True):
    """A method call."""

    name: str
    arguments: Mapping[str, Any]
    call_id: str


class Responses(Discreet, frozen=True, rename="camel"):
    """Each is [name, arguments, call id], its arguments still as they came: what they must be depends on the call.

    A `session_state` other than the session's `state` means that the session should be fetched again.
    """

    method_responses: Annotated[tuple[tuple[Text, Raw, Text], ...], Meta(max_length=_MOST_RESPONSES)]
    session_state: Text = ""

    def to(self, call: Invocation) -> Raw:
        """The arguments of the response to a call. Raises its MethodError, or UnexpectedAnswer if there is none."""
        for name, arguments, call_id in self.method_responses:
            if call_id != call.call_id:
                continue
            if name == "error":
                raise _error_of(arguments)
            if name == call.name:
                return arguments
        raise UnexpectedAnswer("a method call was not answered")


class _Error(Struct):
    """Whatever its `type` is: no more is read of what is no text."""

    type: Raw = Raw(b"null")


_RESPONSES = Decoder(Responses)
_ERROR = Decoder(_Error)
_TEXT = Decoder(str)


def _error_of(arguments: Raw) -> MethodError:
    kind = decode_as(_ERROR, arguments).type
    is_text = bytes(kind).startswith(b'"')
    error = METHOD_ERRORS.get(decode_as(_TEXT, kind), ServerFail) if is_text else ServerFail
    return error(error.type)


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


def parse_responses(body: bytes) -> Responses:
    """Raises UnexpectedAnswer."""
    return decode_as(_RESPONSES, body)
