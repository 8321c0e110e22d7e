"""Email/get (RFC 8621 §4.2)."""

from typing import Any

from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.email.headers import CONVENIENCE
from mailconnect.sandbox.jmap.email.properties import ARGUMENTS, BODY, asked_properties, content_writer
from mailconnect.sandbox.jmap.getting import got
from mailconnect.sandbox.mail.store import Email

_METADATA = ("id", "blobId", "threadId", "mailboxIds", "keywords", "size", "receivedAt")


def email_get(call: Call) -> dict[str, Any]:
    call.allow("ids", *ARGUMENTS)
    properties = asked_properties(call, (*_METADATA, *CONVENIENCE, *BODY))
    of_content = content_writer(call, properties)
    metadata = [name for name in properties if name in _METADATA]
    needs_content = len(metadata) < len(properties)
    boxes = call.mailbox_ids()

    def written(email: Email) -> dict[str, Any]:
        found = {name: _metadata(email, name, boxes) for name in ("id", *metadata)}
        return {**found, **of_content(email.content)} if needs_content else found

    return got(call, call.visible(), written)


def _metadata(email: Email, name: str, boxes: frozenset[str]) -> Any:
    match name:
        case "id":
            return email.email_id
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
        case _:
            return email.received_at.strftime("%Y-%m-%dT%H:%M:%SZ")
