"""Contacts found in one JMAP request (RFC 9610 §3.2, §3.3); a card is JSContact (RFC 9553)."""

from collections.abc import Mapping
from typing import Any

from mailconnect.contacts.contact import Contact, FoundContacts
from mailconnect.jmap import objects
from mailconnect.jmap.access import MailboxAccess
from mailconnect.jmap.capabilities import CONTACTS, CORE
from mailconnect.jmap.errors import (
    AccountNotSupportedByMethod,
    LimitExceeded,
    RequestTooLarge,
    UnknownCapability,
    UnknownMethod,
)
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.response import Responses
from mailconnect.mail.errors import NoContacts, UnexpectedAnswer

MAX_CONTACTS = 50
_PROPERTIES = ("id", "name", "nicknames", "emails", "phones", "organizations")
_MAX_OF_ONE = 10


async def find_contacts(access: MailboxAccess, text: str, *, maximum: int) -> FoundContacts:
    """Raises MailboxError."""
    account_id = await access.contacts_account_id()
    if account_id is None:
        raise NoContacts("the session names no account with contacts")
    limit = min(maximum, MAX_CONTACTS)
    while True:
        try:
            return await _found(access, account_id, text, limit)
        except (RequestTooLarge, LimitExceeded):
            if limit <= 1:
                raise
            limit //= 2


async def _found(access: MailboxAccess, account_id: str, text: str, limit: int) -> FoundContacts:
    query = Invocation(
        "ContactCard/query",
        {"accountId": account_id, "filter": {"text": text}, "limit": limit, "calculateTotal": True},
        "query",
    )
    get = Invocation(
        "ContactCard/get", {"accountId": account_id, "#ids": query.result("/ids"), "properties": [*_PROPERTIES]}, "get"
    )
    try:
        responses = await access.call((CORE, CONTACTS), (query, get))
        total = _total(responses, query)
        got = objects.fields_of(responses.to(get))
    except (UnknownCapability, UnknownMethod, AccountNotSupportedByMethod):
        raise NoContacts("the provider has no contacts") from None
    contacts, unreadable = objects.read_list("ContactCard", got, _contact, maximum=MAX_CONTACTS)
    return FoundContacts(contacts, total, unreadable)


def _total(responses: Responses, query: Invocation) -> int | None:
    """None where it is not told. Raises MethodError."""
    try:
        total = objects.fields_of(responses.to(query)).get("total")
    except UnexpectedAnswer:
        return None
    return total if type(total) is int and total >= 0 else None


def _contact(card: Mapping[str, Any]) -> Contact | None:
    if not objects.an_id(card.get("id")):
        return None
    return Contact(
        id=str(card["id"]),
        name=_name(card.get("name")) or _first(card.get("nicknames"), "name"),
        emails=_all(card.get("emails"), "address"),
        phones=_all(card.get("phones"), "number"),
        organization=_first(card.get("organizations"), "name"),
    )


def _name(name: Any) -> str:
    """The whole name, or its components in their order (RFC 9553 §2.2.1)."""
    if not isinstance(name, dict):
        return ""
    whole = objects.text(name.get("full"))
    parts = (objects.text(one.get("value")) for one in objects.objects(name.get("components"), maximum=_MAX_OF_ONE))
    return whole or " ".join(part for part in parts if part)


def _all(value: Any, member: str) -> tuple[str, ...]:
    """Of an object whose values are objects."""
    held = objects.objects([*value.values()], maximum=_MAX_OF_ONE) if isinstance(value, dict) else ()
    return tuple(found for one in held if (found := objects.text(one.get(member), longest=320)))


def _first(value: Any, member: str) -> str:
    return next(iter(_all(value, member)), "")
