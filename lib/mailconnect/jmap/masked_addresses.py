"""MaskedEmail/get and MaskedEmail/set, which are Fastmail's own (its developer documentation, Masked Email)."""

from collections.abc import Mapping
from typing import Any

from mailconnect.jmap import objects
from mailconnect.jmap.access import MailboxAccess, ask
from mailconnect.jmap.capabilities import CORE, MASKED_EMAIL
from mailconnect.jmap.email.emails import date
from mailconnect.jmap.errors import (
    DONE_PERHAPS,
    AccountNotSupportedByMethod,
    Forbidden,
    UnknownCapability,
    UnknownMethod,
)
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.set_errors import SetError, set_errors
from mailconnect.mail.errors import MailboxError
from mailconnect.masked.address import MaskedAddress, MaskedAddresses, MaskedState, NewMaskedAddress
from mailconnect.masked.errors import MaskedLimit, MaskedRefused, MaskedUnknown, NoMaskedAddresses, UnknownMasked

MAX_MASKED = 10_000
_USING = (CORE, MASKED_EMAIL)
_NEW = "new"
_PROPERTIES = ("id", "email", "state", "forDomain", "description", "createdAt", "lastMessageAt")
_NOT_OFFERED = (UnknownCapability, UnknownMethod, AccountNotSupportedByMethod, Forbidden)


async def all_masked(access: MailboxAccess) -> MaskedAddresses:
    """One request. Raises MailboxError."""
    asked = {"accountId": await access.account_id(), "ids": None, "properties": [*_PROPERTIES]}
    got = await _answered(access, Invocation("MaskedEmail/get", asked, "get"))
    addresses, unreadable = objects.read_list("MaskedEmail", got, _address, maximum=MAX_MASKED)
    may_be_incomplete = len(addresses) + unreadable == await access.most_objects()
    return MaskedAddresses(addresses, unreadable, may_be_incomplete)


async def make_masked(access: MailboxAccess, new: NewMaskedAddress) -> MaskedAddress:
    """Raises MailboxError."""
    properties: dict[str, Any] = {"state": MaskedState.ENABLED, "forDomain": new.site, "description": new.description}
    if new.prefix:
        properties["emailPrefix"] = new.prefix
    fields = await _changed(access, {"create": {_NEW: properties}})
    created = fields.get("created")
    sent = created.get(_NEW) if isinstance(created, dict) else None
    made = _address({**properties, **sent}) if isinstance(sent, dict) else None
    if made is None:
        raise _reason(set_errors(fields.get("notCreated")).get(_NEW))
    return made


async def set_masked(access: MailboxAccess, ident: str, state: MaskedState) -> None:
    """Raises MailboxError."""
    fields = await _changed(access, {"update": {ident: {"state": state}}})
    updated = fields.get("updated")
    if not (isinstance(updated, dict) and ident in updated):
        raise _reason(set_errors(fields.get("notUpdated")).get(ident))


async def _changed(access: MailboxAccess, change: Mapping[str, Any]) -> Mapping[str, Any]:
    call = Invocation("MaskedEmail/set", {"accountId": await access.account_id(), **change}, "set")
    try:
        return await _answered(access, call)
    except DONE_PERHAPS:
        raise MaskedUnknown("no response to MaskedEmail/set") from None


async def _answered(access: MailboxAccess, call: Invocation) -> Mapping[str, Any]:
    try:
        return await ask(access, _USING, call)
    except _NOT_OFFERED:
        raise NoMaskedAddresses("the provider has none") from None


def _address(sent: Mapping[str, Any]) -> MaskedAddress | None:
    """None without an id or an address."""
    ident, email, state = sent.get("id"), objects.text(sent.get("email"), longest=320), sent.get("state")
    if not objects.an_id(ident) or not email:
        return None
    return MaskedAddress(
        id=str(ident),
        email=email,
        state=next((one for one in MaskedState if one == state), None),
        site=objects.text(sent.get("forDomain"), longest=320),
        description=objects.text(sent.get("description")),
        created_at=date(sent.get("createdAt")),
        last_message_at=date(sent.get("lastMessageAt")),
    )


def _reason(error: SetError | None) -> MailboxError:
    if error is None:
        return MaskedUnknown("MaskedEmail/set does not say what became of it")
    match error.type:
        case "notFound":
            return UnknownMasked(error.type)
        case "rateLimit" | "overQuota":
            return MaskedLimit(error.type)
    return MaskedRefused(error.type)
