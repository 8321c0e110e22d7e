"""The addresses that the owner may send from (RFC 8621 §6.1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs

from mailconnect.jmap import objects
from mailconnect.jmap.access import MailboxAccess
from mailconnect.jmap.capabilities import CORE, MAIL, SUBMISSION
from mailconnect.jmap.email.emails import addresses
from mailconnect.jmap.errors import AccountNotSupportedByMethod, Forbidden, UnknownCapability, UnknownMethod
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.response import Responses
from mailconnect.mail.draft.errors import NoIdentities
from mailconnect.mail.identity import Identity

_PROPERTIES = ("id", "name", "email", "replyTo", "bcc", "textSignature", "htmlSignature")
_MAX = 1000
_LONGEST_SIGNATURE = 10_000


async def read_identities(access: MailboxAccess, account_id: str) -> Sequence[Identity]:
    """Raises NoIdentities, also where the provider's grant does not reach that far.

    Cyrus IMAP names an identity without an address where logins are none: there the session's username is taken.
    """
    get = identity_get(account_id)
    try:
        responses = await access.call((CORE, MAIL, SUBMISSION), (get,))
        found = parse_identities(responses, get)
    except (UnknownCapability, UnknownMethod, AccountNotSupportedByMethod, Forbidden) as refused:
        raise NoIdentities(refused.type) from None
    if found and not any(one.email for one in found):
        username = (await access.session()).username
        found = [structs.replace(found[0], email=username)] if "@" in username else []
    named = [one for one in found if one.email]
    if not named:
        raise NoIdentities("none has an address")
    return named


def identity_get(account_id: str) -> Invocation:
    arguments = {"accountId": account_id, "ids": None, "properties": [*_PROPERTIES]}
    return Invocation("Identity/get", arguments, "identities")


def parse_identities(responses: Responses, get: Invocation) -> Sequence[Identity]:
    """In the provider's order; without an address where the provider gives none. Raises MailboxError."""
    return objects.read_list("Identity", objects.fields_of(responses.to(get)), _identity, maximum=_MAX)[0]


def _identity(sent: Mapping[str, Any]) -> Identity | None:
    """None without an id."""
    ident, email = sent.get("id"), objects.text(sent.get("email"), longest=320)
    if not objects.an_id(ident):
        return None
    return Identity(
        id=str(ident),
        name=objects.text(sent.get("name"), longest=255),
        email=email if "@" in email else "",
        reply_to=addresses(sent.get("replyTo")),
        bcc=addresses(sent.get("bcc")),
        text_signature=objects.text(sent.get("textSignature"), longest=_LONGEST_SIGNATURE),
        html_signature=objects.text(sent.get("htmlSignature"), longest=_LONGEST_SIGNATURE),
    )
