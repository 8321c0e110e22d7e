"""Email/parse (RFC 8621 §4.9): a message that is attached to another, from its blob."""

from typing import Any

from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.email.headers import CONVENIENCE
from mailconnect.sandbox.jmap.email.properties import ARGUMENTS, BODY, asked_properties, content_writer
from mailconnect.sandbox.jmap.errors import InvalidArguments
from mailconnect.sandbox.jmap.getting import wanted_ids
from mailconnect.sandbox.mail.content import content_of


def email_parse(call: Call) -> dict[str, Any]:
    call.allow("blobIds", *ARGUMENTS)
    blob_ids = wanted_ids(call, "blobIds")
    if blob_ids is None:
        raise InvalidArguments("blobIds is required", arguments=["blobIds"])
    written = content_writer(call, asked_properties(call, (*CONVENIENCE, *BODY)))
    emails = call.visible().values()
    blobs = {name: call.store.blob(name, emails) for name in blob_ids}
    found = {name: content_of(raw) for name, raw in blobs.items() if raw is not None}
    parsed = {name: written(content) for name, content in found.items() if content.headers}
    return {
        "accountId": call.account_id,
        "parsed": parsed or None,
        "notParsable": [name for name in found if name not in parsed] or None,
        "notFound": [name for name in blob_ids if name not in found] or None,
    }
