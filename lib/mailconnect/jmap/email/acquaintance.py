"""Whether addresses are known, asked live: by what the owner sent, by what came from them, by the address book.

Servers compare addresses word by word: `ann@example.org` is found in `mary-ann@example.org`. Each hit is compared
letter by letter here, so a wrong hit makes a known address new, and never a new one known.

A message in the folder Sent says that the owner wrote only if it has no Received field and is no draft. A message that
came from outside has one. An assistant that files mail could otherwise move a forged one there.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mailconnect.jmap import objects
from mailconnect.jmap.access import MailboxAccess
from mailconnect.jmap.capabilities import CONTACTS, CORE, MAIL, SUBMISSION
from mailconnect.jmap.email.emails import addresses as addresses_of
from mailconnect.jmap.errors import AccountNotSupportedByMethod, UnknownCapability, UnknownMethod
from mailconnect.jmap.identities import identity_get, parse_identities
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.mailbox.mailboxes import mailbox_get, parse_mailboxes
from mailconnect.jmap.response import Responses
from mailconnect.mail.acquaintance import Acquaintance
from mailconnect.mail.address import Address
from mailconnect.mail.draft.draft import DRAFT
from mailconnect.mail.errors import MailboxError, NotAllowed
from mailconnect.mail.identity import Identity, is_own
from mailconnect.mail.likeness import is_similar

_USING = (CORE, MAIL, SUBMISSION)
_RECEIVED = "header:Received:asRaw"
_PROPERTIES = ["id", "from", "to", "cc", "bcc", "keywords", _RECEIVED]
_MAX_CALLS = 14
"""In one request, and two more: servers take 16 at least (RFC 8620 §2, maxCallsInRequest)."""
_HITS = 10
_CANDIDATES = 30
_MAX_OF_ONE = 50
_GONE = (UnknownCapability, UnknownMethod, AccountNotSupportedByMethod, NotAllowed)


async def acquaintance(access: MailboxAccess, account_id: str, wanted: Sequence[Address]) -> Mapping[str, Acquaintance]:
    """By the email in small letters. Raises MailboxError."""
    by_email = {one.email.lower(): one for one in wanted}
    own, sent_id, senders = await _senders(access, account_id, by_email)
    sent = await _sent_to(access, account_id, sent_id, by_email) if sent_id else {}
    books = await _contacts(access, by_email)
    known = {
        email: Acquaintance(
            you_wrote=email in sent.get(email, ()),
            they_wrote=email in senders.get(email, ()),
            in_contacts=email in books.get(email, ()),
            is_own=is_own(own, email),
        )
        for email in by_email
    }
    new = {email: one for email, one in by_email.items() if known[email].is_new}
    similar = await _similar(access, account_id, sent_id, new) if new and sent_id else {}
    return {
        email: Acquaintance(similar=similar[email]) if email in similar else found for email, found in known.items()
    }


async def _senders(
    access: MailboxAccess, account_id: str, emails: Iterable[str]
) -> tuple[Sequence[Identity], str | None, Mapping[str, set[str]]]:
    """The owner's identities, the id of the folder Sent, and who wrote, by the email asked for."""
    names, own = mailbox_get(account_id, call_id="mailboxes"), identity_get(account_id)
    identities: Sequence[Identity] = ()
    sent_id: str | None = None
    found: dict[str, set[str]] = {}
    for part, gets, responses in await _asked(
        access, account_id, {email: {"from": email} for email in emails}, before=(names, own)
    ):
        if sent_id is None and not identities:
            sent_id = next((one.id for one in parse_mailboxes(responses.to(names))[0] if one.role == "sent"), None)
            identities = _identities(responses, own)
        for email, get in zip(part, gets, strict=True):
            found[email] = {one.email.lower() for hit in _hits(responses, get) for one in addresses_of(hit.get("from"))}
    return identities, sent_id, found


async def _sent_to(
    access: MailboxAccess, account_id: str, sent_id: str, emails: Iterable[str]
) -> Mapping[str, set[str]]:
    filters = {email: _sent_filter(sent_id, [email]) for email in emails}
    found: dict[str, set[str]] = {}
    for part, gets, responses in await _asked(access, account_id, filters):
        for email, get in zip(part, gets, strict=True):
            found[email] = {one.email.lower() for hit in _hits(responses, get) for one in _recipients(hit)}
    return found


async def _similar(
    access: MailboxAccess, account_id: str, sent_id: str, new: Mapping[str, Address]
) -> Mapping[str, str]:
    """For each new address the known one that it resembles, if there is one."""
    filters = {
        email: _sent_filter(sent_id, [word for word in (one.name, email.partition("@")[0], _host(email)) if word])
        for email, one in new.items()
    }
    found: dict[str, str] = {}
    for part, gets, responses in await _asked(access, account_id, filters, limit=_CANDIDATES):
        for email, get in zip(part, gets, strict=True):
            known = [one for hit in _hits(responses, get) for one in _recipients(hit)]
            alike = next((one for one in known if is_similar(new[email], one)), None)
            if alike is not None:
                found[email] = alike.email
    return found


async def _contacts(access: MailboxAccess, emails: Iterable[str]) -> Mapping[str, set[str]]:
    """Nothing where there is no address book, or the grant does not reach it."""
    try:
        account_id = await access.contacts_account_id()
        if account_id is None:
            return {}
        found: dict[str, set[str]] = {}
        for part in _portions([*emails]):
            calls, gets = [], []
            for number, email in enumerate(part):
                asked = {"accountId": account_id, "filter": {"email": email}, "limit": _HITS}
                query = Invocation("ContactCard/query", asked, f"q{number}")
                wanted = {"accountId": account_id, "#ids": query.result("/ids"), "properties": ["id", "emails"]}
                get = Invocation("ContactCard/get", wanted, f"g{number}")
                calls += [query, get]
                gets.append(get)
            responses = await access.call((CORE, CONTACTS), calls)
            for email, get in zip(part, gets, strict=True):
                found[email] = {address for card in _hits(responses, get) for address in _emails_of(card)}
    except _GONE:
        return {}
    return found


def _emails_of(card: Mapping[str, Any]) -> Iterable[str]:
    held = card.get("emails")
    listed = objects.objects([*held.values()], maximum=_MAX_OF_ONE) if isinstance(held, dict) else ()
    return (objects.text(one.get("address"), longest=320).lower() for one in listed)


async def _asked(
    access: MailboxAccess,
    account_id: str,
    filters: Mapping[str, Mapping[str, Any]],
    *,
    before: tuple[Invocation, ...] = (),
    limit: int = _HITS,
) -> list[tuple[Sequence[str], Sequence[Invocation], Responses]]:
    """For each portion of the emails: Email/get of the newest hits of each one's filter, and the responses."""
    answered: list[tuple[Sequence[str], Sequence[Invocation], Responses]] = []
    for part in _portions([*filters]):
        calls, gets = [*before], []
        for number, email in enumerate(part):
            asked = {
                "accountId": account_id,
                "filter": filters[email],
                "sort": [{"property": "receivedAt", "isAscending": False}],
                "limit": limit,
            }
            query = Invocation("Email/query", asked, f"q{number}")
            wanted = {"accountId": account_id, "#ids": query.result("/ids"), "properties": _PROPERTIES}
            get = Invocation("Email/get", wanted, f"g{number}")
            calls += [query, get]
            gets.append(get)
        answered.append((part, gets, await access.call(_USING, calls)))
    return answered


def _portions(emails: Sequence[str]) -> Iterable[Sequence[str]]:
    size = _MAX_CALLS // 2
    return (emails[start : start + size] for start in range(0, len(emails), size))


def _sent_filter(sent_id: str, words: Sequence[str]) -> Mapping[str, Any]:
    to_any = [{name: word} for word in words for name in ("to", "cc", "bcc")]
    conditions = [{"inMailbox": sent_id}, {"operator": "OR", "conditions": to_any}]
    return {"operator": "AND", "conditions": conditions}


def _hits(responses: Responses, get: Invocation) -> Sequence[Mapping[str, Any]]:
    return objects.objects(objects.fields_of(responses.to(get)).get("list"), maximum=_CANDIDATES)


def _recipients(hit: Mapping[str, Any]) -> Iterable[Address]:
    """Of a message that the owner sent; of any other, none."""
    keywords = hit.get("keywords")
    if hit.get(_RECEIVED) is not None or not isinstance(keywords, dict) or DRAFT in keywords:
        return ()
    return (one for name in ("to", "cc", "bcc") for one in addresses_of(hit.get(name)))


def _identities(responses: Responses, get: Invocation) -> Sequence[Identity]:
    try:
        return parse_identities(responses, get)
    except MailboxError:
        return ()


def _host(email: str) -> str:
    return email.rpartition("@")[2]
