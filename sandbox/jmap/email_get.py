"""Email/get (RFC 8621 §4.2)."""

from typing import Any

from sandbox.jmap.call import Call
from sandbox.jmap.email_body import BODY_PROPERTIES, body_values, written_part
from sandbox.jmap.email_headers import CONVENIENCE, HeaderProperty, header_property
from sandbox.jmap.getting import got
from sandbox.jmap_errors import InvalidArguments
from sandbox.mail.search import plain_text
from sandbox.mail.store import Email

_BODY = ("hasAttachment", "preview", "bodyValues", "textBody", "htmlBody", "attachments")
_METADATA = ("id", "blobId", "threadId", "mailboxIds", "keywords", "size", "receivedAt")
_DEFAULT = (*_METADATA, *CONVENIENCE, *_BODY)
_KNOWN = frozenset({*_DEFAULT, "bodyStructure", "headers"})
_FETCHING = ("fetchTextBodyValues", "fetchHTMLBodyValues", "fetchAllBodyValues")


def email_get(call: Call) -> dict[str, Any]:
    call.allow("ids", "properties", "bodyProperties", *_FETCHING, "maxBodyValueBytes")
    properties = _properties(call.strings("properties"), _KNOWN, "properties") or list(_DEFAULT)
    of_parts = _properties(
        call.strings("bodyProperties"), frozenset({*BODY_PROPERTIES, "headers", "subParts"}), "bodyProperties"
    )
    headers = {name: header_property(name, "properties") for name in properties if name.startswith("header:")}
    boxes = call.mailbox_ids()
    # a wrong argument is refused even where no email is found
    limits = {name: call.flag(name) for name in _FETCHING}
    most = call.number("maxBodyValueBytes", 0) or 0

    def written(email: Email) -> dict[str, Any]:
        content = email.content
        found: dict[str, Any] = {"id": email.email_id}
        for name in properties:
            if name in headers:
                found[name] = headers[name].of(content.headers)
            elif name in CONVENIENCE:
                found[name] = header_property(CONVENIENCE[name], name).of(content.headers)
            elif name == "bodyValues":
                found[name] = body_values(content, limits, most, call.provider.switches.grown_bodies)
            elif name in {"textBody", "htmlBody", "attachments"}:
                parts = {
                    "textBody": content.text_body,
                    "htmlBody": content.html_body,
                    "attachments": content.attachments,
                }
                found[name] = [written_part(part, of_parts, nested=False) for part in parts[name]]
            elif name == "bodyStructure":
                found[name] = written_part(content.structure, of_parts, nested=True)
            elif name != "id":
                found[name] = _simple(email, name, boxes)
        return found

    return got(call, call.visible(), written)


def _simple(email: Email, name: str, boxes: frozenset[str]) -> Any:
    match name:
        case "blobId":
            return email.blob_id
        case "threadId":
            return email.thread_id
        case "mailboxIds":
            return dict.fromkeys(sorted(email.mailbox_ids & boxes), True)
        case "keywords":
            return dict.fromkeys(sorted(email.keywords), True)
        case "size":
            return len(email.raw)
        case "receivedAt":
            return email.received_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        case "hasAttachment":
            return email.content.has_attachment
        case "headers":
            return [{"name": field, "value": value} for field, value in email.content.headers]
        case _:
            return preview(email)


def preview(email: Email) -> str:
    """The first 256 characters of the body without what it quotes."""
    lines = [line for line in plain_text(email.content).split("\n") if not line.startswith(">")]
    return " ".join(" ".join(lines).split())[:256]


def _properties(asked: list[str] | None, known: frozenset[str], argument: str) -> list[str] | None:
    if asked is None:
        return None
    for name in asked:
        if name.startswith("header:"):
            header_property(name, argument)
        elif name not in known:
            raise InvalidArguments("a property is unknown", arguments=[argument])
    return list(dict.fromkeys(asked))


__all__ = ["HeaderProperty", "email_get", "preview"]
