"""A JMAP request and its answer: method calls in, method responses out (RFC 8620 §3.2 to §3.4)."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Raw, Struct
from msgspec.json import Decoder

from mailconnect.encoding import fast_json
from mailconnect.encoding.discreet import Discreet
from mailconnect.jmap.document import BOM, decode_as
from mailconnect.jmap.errors import METHOD_ERRORS, MethodError, ServerFail
from mailconnect.jmap.invocation import Invocation
from mailconnect.mail.bounds import LONGEST_TEXT, Text
from mailconnect.mail.errors import UnexpectedAnswer

_READING = frozenset({"get", "query", "changes", "queryChanges", "parse"})
"""The verbs that change nothing (RFC 8620 §5): such a method may be sent twice."""

_MOST_RESPONSES = 256
_LONGEST_DESCRIPTION = 500


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
    description: Raw = Raw(b"null")


class _OneByOne(Discreet, frozen=True, rename="camel"):
    """What `Responses` is where one of its parts is odd."""

    method_responses: Annotated[list[Raw], Meta(max_length=_MOST_RESPONSES)]
    session_state: Raw = Raw(b"null")


_RESPONSES = Decoder(Responses)
_ONE_BY_ONE = Decoder(_OneByOne)
_RESPONSE = Decoder(tuple[Text, Raw, Text])
_ERROR = Decoder(_Error)
_TEXT = Decoder(str)


def _error_of(arguments: Raw) -> MethodError:
    fields = decode_as(_ERROR, arguments)
    error = METHOD_ERRORS.get(_text(fields.type), ServerFail)
    return error(error.type, description=_text(fields.description)[:_LONGEST_DESCRIPTION])


def _text(value: Raw) -> str:
    """Empty for what is no text."""
    return decode_as(_TEXT, value) if bytes(value).startswith(b'"') else ""


def is_repeatable(calls: Sequence[Invocation]) -> bool:
    """Whether the request may be sent twice: all its methods only read."""
    return all(call.name.rpartition("/")[2] in _READING for call in calls)


def request_body(using: Sequence[str], calls: Sequence[Invocation]) -> bytes:
    method_calls = [[call.name, call.arguments, call.call_id] for call in calls]
    return fast_json.encode({"using": [*using], "methodCalls": method_calls})


def parse_responses(body: bytes) -> Responses:
    """Raises UnexpectedAnswer for what has no list of responses. One odd response harms only itself."""
    body = body.removeprefix(BOM)
    try:
        return decode_as(_RESPONSES, body)
    except UnexpectedAnswer:
        parts = decode_as(_ONE_BY_ONE, body)
    read = [_read(one) for one in parts.method_responses]
    state = _text(parts.session_state)
    return Responses(tuple(one for one in read if one is not None), state if len(state) <= LONGEST_TEXT else "")


def _read(response: Raw) -> tuple[str, Raw, str] | None:
    try:
        return decode_as(_RESPONSE, response)
    except UnexpectedAnswer:
        return None
