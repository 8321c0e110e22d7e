"""Identity/get (RFC 8621 §6.1)."""

from typing import Any

from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.getting import got, properties_of

_PROPERTIES = ("id", "name", "email", "replyTo", "bcc", "textSignature", "htmlSignature", "mayDelete")


def identity_get(call: Call) -> dict[str, Any]:
    call.allow("ids", "properties")
    written = {
        f"I{number}": {
            "id": f"I{number}",
            "name": identity.name,
            "email": identity.email,
            "replyTo": None,
            "bcc": None,
            "textSignature": identity.text_signature,
            "htmlSignature": identity.html_signature,
            "mayDelete": number > 1,
        }
        for number, identity in enumerate(call.held.owner.identities, 1)
        if identity.email not in call.provider.switches.gone_identities
    }
    return got(call, written, lambda identity: identity, properties=properties_of(call, _PROPERTIES))
