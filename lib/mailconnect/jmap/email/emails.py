"""Email objects in mail's words (RFC 8621 §4.1). What is null, missing or of another type counts as absent."""

import html
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mailconnect.jmap import objects
from mailconnect.jmap.email.properties import AUTHENTICATION, DELIVERED_TO, UNSUBSCRIBE
from mailconnect.mail.address import Address
from mailconnect.mail.message import Attachment, Content, Envelope, Message

_MAX_ADDRESSES = 1000
_MAX_MAILBOXES = 1000
_MAX_KEYWORDS = 200
_MAX_PARTS = 200
_MAX_RESULTS = 50
_LONGEST_RESULT = 16_384
_LONGEST_VALUE = 4_000_000
_MESSAGE_ID = re.compile(r"[!-;=?-~]{1,900}")


def envelope(sent: Mapping[str, Any]) -> Envelope | None:
    """None without an id."""
    ident, thread = sent.get("id"), sent.get("threadId")
    if not objects.an_id(ident):
        return None
    return Envelope(
        id=str(ident),
        thread_id=str(thread) if objects.an_id(thread) else "",
        mailbox_ids=tuple(objects.ids(_set(sent.get("mailboxIds")), maximum=_MAX_MAILBOXES)),
        keywords=frozenset(objects.text(one).lower() for one in _set(sent.get("keywords"))[:_MAX_KEYWORDS]),
        received_at=date(sent.get("receivedAt")),
        sender=addresses(sent.get("from")),
        to=addresses(sent.get("to")),
        cc=addresses(sent.get("cc")),
        bcc=addresses(sent.get("bcc")),
        reply_to=addresses(sent.get("replyTo")),
        subject=objects.text(sent.get("subject")),
        size=objects.count(sent.get("size")),
        has_attachment=sent.get("hasAttachment") is True,
        authentication_results=_texts(sent.get(AUTHENTICATION)),
        can_be_unsubscribed=bool(_texts(sent.get(UNSUBSCRIBE))),
        message_ids=_message_ids(sent.get("messageId")),
        in_reply_to=_message_ids(sent.get("inReplyTo")),
        references=_message_ids(sent.get("references")),
        sent_at=date(sent.get("sentAt")),
        delivered_to=tuple(one for name in DELIVERED_TO for one in addresses(sent.get(name))),
    )


def message(sent: Mapping[str, Any]) -> Message | None:
    """With its content, as `fetchAllBodyValues` brings it. None without an id."""
    about = envelope(sent)
    return None if about is None else Message(about, content(sent))


def attachments(sent: Mapping[str, Any]) -> list[tuple[Attachment, str]]:
    """Each with the id of its blob."""
    parts = objects.objects(sent.get("attachments"), maximum=_MAX_PARTS)
    return [(_attachment(part), objects.text(part.get("blobId"))) for part in parts if _part_id(part)]


def content(sent: Mapping[str, Any]) -> Content:
    values = sent.get("bodyValues")
    values = values if isinstance(values, dict) else {}
    as_text = objects.objects(sent.get("textBody"), maximum=_MAX_PARTS)
    as_html = objects.objects(sent.get("htmlBody"), maximum=_MAX_PARTS)
    attached = objects.objects(sent.get("attachments"), maximum=_MAX_PARTS)
    shown = {_part_id(part) for part in (*as_text, *as_html)}
    used = [value for ident, value in values.items() if ident in shown and isinstance(value, dict)]
    return Content(
        plain=_plain(as_text, values),
        html=_html(as_html, values),
        calendar=_calendar([*as_text, *attached], values),
        attachments=tuple(_attachment(part) for part in attached if _part_id(part)),
        is_cut=any(value.get("isTruncated") is True for value in used),
        has_encoding_problem=any(value.get("isEncodingProblem") is True for value in used),
    )


def _plain(parts: Any, values: Mapping[str, Any]) -> str | None:
    """None where a part has no plain form: then the HTML has it all."""
    kinds = [_type(part) for part in parts]
    if "text/plain" not in kinds or "text/html" in kinds:
        return None
    return "\n".join(_value(part, values) for part, kind in zip(parts, kinds, strict=True) if kind == "text/plain")


def _html(parts: Any, values: Mapping[str, Any]) -> str | None:
    """With plain parts between the HTML, as a list or a virus scanner adds them."""
    kinds = [_type(part) for part in parts]
    if "text/html" not in kinds:
        return None
    written = []
    for part, kind in zip(parts, kinds, strict=True):
        if kind == "text/html":
            written.append(_value(part, values))
        elif kind == "text/plain":
            written.append(f"<pre>{html.escape(_value(part, values))}</pre>")
    return "\n".join(written)


def _calendar(parts: Any, values: Mapping[str, Any]) -> str | None:
    return next((_value(part, values) for part in parts if _type(part) == "text/calendar"), None) or None


def _value(part: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    value = values.get(_part_id(part))
    return objects.text(value.get("value"), longest=_LONGEST_VALUE) if isinstance(value, dict) else ""


def _attachment(part: Mapping[str, Any]) -> Attachment:
    return Attachment(
        id=_part_id(part),
        name=objects.text(part.get("name"), longest=255),
        type=_type(part),
        size=objects.count(part.get("size")),
        is_inline=objects.text(part.get("disposition")).lower() == "inline" or bool(part.get("cid")),
    )


def _part_id(part: Mapping[str, Any]) -> str:
    ident = part.get("partId")
    return str(ident) if objects.an_id(ident) else ""


def _type(part: Mapping[str, Any]) -> str:
    return objects.text(part.get("type"), longest=127).lower()


def _set(value: Any) -> list[Any]:
    """The members of a JMAP set, which is an object whose values are true."""
    return [name for name, held in value.items() if held is True] if isinstance(value, dict) else []


def addresses(value: Any) -> tuple[Address, ...]:
    if not value:
        return ()
    return tuple(
        Address(objects.text(one.get("name"), longest=255), objects.text(one.get("email"), longest=320))
        for one in objects.objects(value, maximum=_MAX_ADDRESSES)
    )


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(objects.text(one, longest=_LONGEST_RESULT) for one in value[:_MAX_RESULTS] if isinstance(one, str))


def _message_ids(value: Any) -> tuple[str, ...]:
    """Those that can stand in a header field again: no white space, no angle brackets, not too long."""
    return tuple(one for one in _texts(value) if _MESSAGE_ID.fullmatch(one))


def date(value: Any) -> datetime | None:
    """A Date or UTCDate (RFC 8620 §1.4); of one without an offset, nothing."""
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) and len(value) < 64 else None
    except ValueError:
        return None
    return instant if instant is not None and instant.tzinfo is not None else None
