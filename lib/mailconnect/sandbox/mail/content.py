"""The contents of a raw message: its header fields, its tree of parts and its texts (RFC 8621 §4.1)."""

import re
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import compat32, default
from functools import lru_cache

from mailconnect.sandbox.mail.part import Part, sort_parts

_PLAIN_ENCODINGS = {"", "7bit", "8bit", "binary", "quoted-printable", "base64"}
_AS_IT_WAS = compat32.clone(max_line_length=0)
"""Folds no header field that was not folded."""


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    headers: list[tuple[str, str]]
    structure: Part
    text_body: list[Part] = field(default_factory=list)
    html_body: list[Part] = field(default_factory=list)
    attachments: list[Part] = field(default_factory=list)

    def parts(self) -> list[Part]:
        """Every part that is no multipart, depth first."""
        return list(_leaves(self.structure))

    @property
    def has_attachment(self) -> bool:
        return any(part.disposition != "inline" for part in self.attachments)


@lru_cache(maxsize=2000)
def content_of(raw: bytes) -> Content:
    message = message_from_bytes(raw)  # the older policy parses no field before it is asked for
    headers = _headers(message)
    structure = _part(message, "", in_digest=False)
    content = Content(headers, structure)
    sort_parts([structure], "mixed", text=content.text_body, html=content.html_body, attachments=content.attachments)
    return content


def _headers(message: Message) -> list[tuple[str, str]]:
    found = []
    for name, value in message.raw_items():
        text = str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", "")
        found.append((name, text if text.startswith(("\r", "\n")) else f" {text}"))
    return found


def _part(message: Message, number: str, *, in_digest: bool) -> Part:
    kind = _type(message, in_digest=in_digest)
    common = {
        "type": kind,
        "name": _file_name(message),
        "disposition": _plain(message, "content-disposition").partition(";")[0].strip().lower() or None,
        "cid": _plain(message, "content-id").strip().strip("<>") or None,
        "language": [tag.strip() for tag in _plain(message, "content-language").split(",") if tag.strip()] or None,
        "location": _plain(message, "content-location").strip() or None,
        "headers": _headers(message),
    }
    if kind.startswith("multipart/"):
        prefix = f"{number}." if number else ""
        listed = message.get_payload()
        inside = listed if isinstance(listed, list) else []
        digest = kind == "multipart/digest"
        parts = tuple(
            _part(part, f"{prefix}{index}", in_digest=digest)
            for index, part in enumerate(inside, 1)
            if isinstance(part, Message)
        )
        return Part(part_id=None, charset=None, sub_parts=parts, **common)  # type: ignore[arg-type]
    encoding = _plain(message, "content-transfer-encoding").strip().lower()
    return Part(
        part_id=number or "1",
        charset=_charset(message, kind),
        content=_content(message),
        encoding_known=encoding in _PLAIN_ENCODINGS,
        **common,  # type: ignore[arg-type]
    )


def _plain(message: Message, name: str) -> str:
    """The last field of that name without the parser's opinion, which may raise."""
    found = [value for field_name, value in message.raw_items() if field_name.lower() == name]
    return re.sub(r"\r?\n", "", str(found[-1])) if found else ""


def _type(message: Message, *, in_digest: bool) -> str:
    given = _plain(message, "content-type").partition(";")[0].strip().lower()
    if re.fullmatch(r"[^\s/]+/[^\s/]+", given):
        if given.startswith("multipart/") and not isinstance(message.get_payload(), list):
            return "text/plain"
        return given
    return "message/rfc822" if in_digest and not given else "text/plain"


def _charset(message: Message, kind: str) -> str | None:
    if not kind.startswith("text/"):
        return None
    try:
        given = message.get_param("charset")
    except Exception:  # noqa: BLE001 - the parser raises what it likes on hostile parameters
        given = None
    if isinstance(given, tuple):
        given = given[2]
    return str(given) if given else "us-ascii"


def _file_name(message: Message) -> str | None:
    try:
        name = message.get_filename()
    except Exception:  # noqa: BLE001 - see above
        return None
    if name is None:
        return None
    return str(default.header_factory("subject", name)).encode("utf-8", "replace").decode() or None


def _content(message: Message) -> bytes:
    if message.get_content_maintype() == "message" or isinstance(message.get_payload(), list):
        inside = message.get_payload()
        pieces = (
            [part.as_bytes(policy=_AS_IT_WAS) for part in inside if isinstance(part, Message)]
            if isinstance(inside, list)
            else []
        )
        joined = re.sub(rb"(?<!\r)\n", b"\r\n", b"".join(pieces))
        # a delivery status is parsed into blocks of fields, of which the last ends where the part does
        return joined.removesuffix(b"\r\n") if message.get_content_subtype() == "delivery-status" else joined
    try:
        decoded = message.get_payload(decode=True)
    except Exception:  # noqa: BLE001 - see above
        decoded = None
    return decoded if isinstance(decoded, bytes) else str(message.get_payload()).encode("utf-8", "surrogateescape")


def _leaves(part: Part) -> list[Part]:
    if not part.multipart:
        return [part]
    return [leaf for inner in part.sub_parts for leaf in _leaves(inner)]
