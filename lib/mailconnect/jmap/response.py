"""Reads what a provider sent: JSON of the expected shape, method responses (RFC 8620 §3.4), or UnexpectedAnswer."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeVar

from msgspec import DecodeError, Meta, Raw, Struct, ValidationError
from msgspec.json import Decoder

from mailconnect.encoding import fast_json
from mailconnect.encoding.discreet import Discreet
from mailconnect.jmap.errors import METHOD_ERRORS, MethodError, ServerFail
from mailconnect.jmap.invocation import Invocation
from mailconnect.mail.bounds import LONGEST_ID, LONGEST_TEXT, Text
from mailconnect.mail.errors import UnexpectedAnswer

_T = TypeVar("_T")

BOM = b"\xef\xbb\xbf"
"""RFC 8259 §8.1 lets a reader skip it."""


def decode(body: bytes) -> Any:
    try:
        return fast_json.decode(body.removeprefix(BOM))
    except ValueError:
        raise UnexpectedAnswer("the body is not JSON") from None


def decode_as(decoder: Decoder[_T], body: bytes | Raw) -> _T:
    """An error names the place and the type of a wrong value, never the value."""
    try:
        try:
            return decoder.decode(body)
        except ValidationError:
            raise
        except DecodeError:
            return decoder.decode(fast_json.as_msgspec_reads_it(bytes(body)))
    except ValidationError as error:
        raise UnexpectedAnswer(str(error)) from None
    except (ValueError, RecursionError):
        raise UnexpectedAnswer("the body is not JSON") from None


def visible(ids: Iterable[str]) -> bool:
    """Whether these are written in visible characters alone: leniently, for servers exist whose ids have more of them
    than RFC 8620 §1.2 allows. All at once, because an account has up to thousands of mailboxes."""
    together = "".join(ids)
    return together.isascii() and together.isprintable() and " " not in together


def mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise UnexpectedAnswer(f"{what} is not an object")
    return value


def text(value: Any, what: str, *, longest: int = LONGEST_TEXT) -> str:
    if not isinstance(value, str):
        raise UnexpectedAnswer(f"{what} is not a string")
    if len(value) > longest:
        raise UnexpectedAnswer(f"{what} is longer than {longest} characters")
    return value


def identifier(value: Any, what: str) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_ID or not visible((value,)):
        raise UnexpectedAnswer(f"{what} is not an id")
    return value


def flag(value: Any, what: str) -> bool:
    if not isinstance(value, bool):
        raise UnexpectedAnswer(f"{what} is not a boolean")
    return value


_MAX_RESPONSES = 256
_LONGEST_DESCRIPTION = 500


class Responses(Discreet, frozen=True, rename="camel"):
    """Each is [name, arguments, call id], its arguments still as they came: what they must be depends on the call.

    A `session_state` other than the session's `state` means that the session should be fetched again.
    """

    method_responses: Annotated[tuple[tuple[Text, Raw, Text], ...], Meta(max_length=_MAX_RESPONSES)]
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
    """An error with any `type`: no more is read of what is no text."""

    type: Raw = Raw(b"null")
    description: Raw = Raw(b"null")


class _OneByOne(Discreet, frozen=True, rename="camel"):
    """`Responses`, where one of its parts is odd."""

    method_responses: Annotated[list[Raw], Meta(max_length=_MAX_RESPONSES)]
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
    """Empty where it is no text."""
    return decode_as(_TEXT, value) if bytes(value).startswith(b'"') else ""


def parse_responses(body: bytes) -> Responses:
    """Raises UnexpectedAnswer where it has no list of responses. One odd response harms only itself."""
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
