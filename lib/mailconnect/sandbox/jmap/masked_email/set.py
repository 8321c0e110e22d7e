"""MaskedEmail/set, Fastmail's own (https://www.fastmail.com/developer/maskedemail/)."""

import re
from typing import Any

from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.masked_email.get import written
from mailconnect.sandbox.jmap.set_errors import SetError, invalid, not_found
from mailconnect.sandbox.jmap.setting import set_answer
from mailconnect.sandbox.masked import STATES

_SETTABLE = frozenset({"state", "forDomain", "description", "url"})
_PREFIX = re.compile(r"[a-z0-9_]{1,64}", re.ASCII)


def masked_email_set(call: Call) -> dict[str, Any]:
    call.allow("ifInState", "create", "update", "destroy")
    masked = call.provider.post.masked(call.account)

    def create(properties: dict[str, Any]) -> dict[str, Any]:
        if call.provider.switches.masked_limited:
            raise SetError("rateLimit", "too many masked addresses were made lately")
        prefix = properties.get("emailPrefix") or ""
        _check({name: value for name, value in properties.items() if name != "emailPrefix"})
        if prefix and not (isinstance(prefix, str) and _PREFIX.fullmatch(prefix)):
            raise invalid("a prefix has small letters, digits and _", "emailPrefix")
        ident = masked.create(
            call.provider.clock(),
            state=properties.get("state") or "pending",
            for_domain=properties.get("forDomain") or "",
            description=properties.get("description") or "",
            url=properties.get("url"),
            prefix=prefix,
        )
        given = written(masked.by_id[ident])
        return {name: value for name, value in given.items() if name not in properties}

    def update(ident: str, patch: dict[str, Any]) -> None:
        one = masked.by_id.get(ident)
        if one is None:
            raise not_found()
        _check(patch)
        one.state = patch.get("state", one.state)
        one.for_domain = patch.get("forDomain", one.for_domain)
        one.description = patch.get("description", one.description)
        one.url = patch.get("url", one.url)
        masked.changes += 1

    def destroy(_: str) -> None:
        raise SetError("forbidden", "a masked address is not destroyed, its state becomes deleted")

    return set_answer(call, lambda: masked.state, create=create, update=update, destroy=destroy)


def _check(properties: dict[str, Any]) -> None:
    unknown = properties.keys() - _SETTABLE
    if unknown:
        raise invalid("these properties do not exist or cannot be set", *sorted(unknown))
    if "state" in properties and properties["state"] not in STATES:
        raise invalid("there is no such state", "state")
    odd = [name for name, value in properties.items() if not isinstance(value, str) and (name != "url" or value)]
    if odd:
        raise invalid("these are strings", *odd)
