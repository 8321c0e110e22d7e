"""MaskedEmail/get, Fastmail's own (https://www.fastmail.com/developer/maskedemail/)."""

from typing import Any

from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.getting import got, properties_of
from mailconnect.sandbox.masked import MaskedEmail


def masked_email_get(call: Call) -> dict[str, Any]:
    call.allow("ids", "properties")
    masked = call.provider.post.masked(call.account)
    known = written(MaskedEmail("", "", ""))
    return {**got(call, masked.by_id, written, properties=properties_of(call, known)), "state": masked.state}


def written(one: MaskedEmail) -> dict[str, Any]:
    return {
        "id": one.ident,
        "email": one.email,
        "state": one.state,
        "forDomain": one.for_domain,
        "description": one.description,
        "createdAt": one.created_at,
        "createdBy": one.created_by,
        "lastMessageAt": one.last_message_at,
        "url": one.url,
    }
