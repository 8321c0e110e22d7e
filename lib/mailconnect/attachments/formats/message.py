"""An attached message (RFC 5322, RFC 2045 to 2047): its main headers, its text, and what is attached to it."""

import re
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from typing import NamedTuple

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.charset import decoded, make_ready
from mailconnect.attachments.errors import Bomb
from mailconnect.attachments.formats.html import without_tags
from mailconnect.attachments.window import Window

_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_LONGEST_HEADER = 8_000
"""Python's parser of addresses is quadratic in a header's length; what is longer is cut."""
_WANTED = ("text/plain", "text/html")
_MULTIPART = re.compile(rb"^content-type:\s*multipart", re.IGNORECASE | re.MULTILINE)
_LONG_HEADER = re.compile(rb"^[!-9;-~]{1,80}:[^\n]{8000}|^(?:[ \t][^\n]{0,8000}\n){200}", re.MULTILINE)
_CHARSET = re.compile(rb"charset\s*=\s*\"?([A-Za-z0-9._-]{1,40})|=\?([A-Za-z0-9._-]{1,40})\?", re.IGNORECASE)


class _Attached(NamedTuple):
    bodies: list[EmailMessage]
    files: list[str]
    messages: list[EmailMessage]


def read(data: bytes, charset: str | None, window: Window, bounds: Bounds) -> None:  # noqa: ARG001 - one signature
    """Raises Bomb for more parts than `bounds` allows, and for headers that Python would parse for minutes."""
    if len(_MULTIPART.findall(data)) > bounds.parts:
        raise Bomb("The attached message has too many parts to read.")
    end = re.search(rb"\r?\n\r?\n", data)
    if _LONG_HEADER.search(data[: end.start() if end else len(data)]):
        raise Bomb("The attached message has a header that is too long to read.")
    message = BytesParser(policy=policy.default).parsebytes(data)
    _write(message, window, bounds, 0)


def prepare(data: bytes, charset: str | None) -> None:  # noqa: ARG001 - one signature
    named = {(found[1] or found[2]).decode().lower() for found in list(_CHARSET.finditer(data[:2_000_000]))[:50]}
    make_ready(named)
    # Python imports these when it first meets an encoded header.
    import email.base64mime  # noqa: PLC0415
    import email.quoprimime  # noqa: F401, PLC0415
    import encodings.ascii  # noqa: PLC0415
    import encodings.latin_1  # noqa: F401, PLC0415


def _write(message: EmailMessage, window: Window, bounds: Bounds, level: int) -> None:
    for name in _SHOWN:
        value = _header(message, name)
        if value:
            window.write(f"{name}: {value}\n")
    attached = _Attached([], [], [])
    _collect(message, attached, bounds, 0)
    window.write("\n")
    for body in attached.bodies:
        window.write(_text(body, window).strip() + "\n")
    if attached.files:
        window.write(f"\n[{len(attached.files)} attached to this message]\n")
        for name in attached.files:
            window.write(f"- {name}\n")
    for inner in attached.messages:
        if level + 1 >= bounds.nesting:
            window.note("Messages within messages are shown to a depth of " + str(bounds.nesting) + ".")
            return
        window.write("\n[message within this message]\n")
        _write(inner, window, bounds, level + 1)


def _collect(part: EmailMessage, into: _Attached, bounds: Bounds, depth: int) -> None:
    """Sorts parts into text to show, files to name and messages. Of alternatives it takes plain text, then HTML."""
    if len(into.files) + len(into.bodies) + len(into.messages) > bounds.parts or depth > bounds.nesting * 10:
        raise Bomb("The attached message has too many parts to read.")
    kind = part.get_content_type()
    if kind == "message/rfc822":
        into.messages.extend(_parts(part))
    elif kind == "message/delivery-status" or (part.get_content_maintype() == "multipart" and not part.is_multipart()):
        into.bodies.append(part)  # a report's fields (RFC 3464 §2), or parts whose boundary is nowhere
    elif kind == "multipart/alternative" and (parts := _parts(part)):
        chosen = next((one for wanted in _WANTED for one in parts if one.get_content_type() == wanted), parts[0])
        _collect(chosen, into, bounds, depth + 1)
        for other in parts:  # an invitation, say; not the same text once more
            if other is not chosen and other.get_content_maintype() not in ("multipart", "text"):
                _collect(other, into, bounds, depth + 1)
            elif other.get_content_type() == "text/calendar":
                into.files.append(_named(other))
    elif part.is_multipart():
        for one in _parts(part):
            _collect(one, into, bounds, depth + 1)
    elif kind in ("text/plain", "text/html") and not part.is_attachment():
        into.bodies.append(part)
    else:
        into.files.append(_named(part))


def _named(part: EmailMessage) -> str:
    return f"{(part.get_filename() or 'without a name')[:200]} ({part.get_content_type()[:100]})"


def _parts(part: Message) -> list[EmailMessage]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, EmailMessage)] if isinstance(payload, list) else []


def _header(message: EmailMessage, name: str) -> str:
    """Decoded (RFC 2047), in one line. A header that Python cannot parse is shown as it stands."""
    raw = next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")
    if len(raw) > _LONGEST_HEADER:
        return " ".join(raw[:_LONGEST_HEADER].split()) + " […]"
    try:
        value = str(message[name] or "")
    except Exception:  # noqa: BLE001 - Python's parser of headers raises IndexError and others
        value = raw
    return " ".join(value.split())


def _text(part: EmailMessage, window: Window) -> str:
    if part.is_multipart():
        return "\n\n".join("\n".join(f"{name}: {value}" for name, value in one.raw_items()) for one in _parts(part))
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    text, note = decoded(payload, part.get_content_charset())
    if note:
        window.note(note)
    return without_tags(text) if part.get_content_type() == "text/html" else text
