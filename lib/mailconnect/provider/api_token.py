"""The abilities of a pasted API token, as far as the session tells (RFC 8620 §2)."""

from mailconnect.jmap.capabilities import MASKED_EMAIL
from mailconnect.jmap.session import Session
from mailconnect.languages.words import marked
from mailconnect.oauth.scopes import SCOPES
from mailconnect.provider.provider import Provider

_MORE_THAN_NEEDED = {
    "urn:ietf:params:jmap:submission": marked("send mail"),
    "urn:ietf:params:jmap:vacationresponse": marked("answer mail on its own"),
    "urn:ietf:params:jmap:sieve": marked("change the rules that sort mail"),
    "urn:ietf:params:jmap:contacts": marked("reach your contacts"),
    "urn:ietf:params:jmap:calendars": marked("reach your calendars"),
    "urn:ietf:params:jmap:tasks": marked("reach your tasks"),
    "urn:ietf:params:jmap:filenode": marked("reach your files"),
}


_NEEDED = {
    "drafts:write": "urn:ietf:params:jmap:submission",
    "emails:send": "urn:ietf:params:jmap:submission",
    "contacts:read": "urn:ietf:params:jmap:contacts",
    "masked:read": MASKED_EMAIL,
    "masked:write": MASKED_EMAIL,
}
"""The capability without which one of our scopes opens nothing. Sender addresses belong to submission (RFC 8621 §6)."""


def surplus(provider: Provider, session: Session, allowed: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Its abilities beyond reading mail, and beyond what these scopes of ours need, in words for the owner:
    `send mail`; empty for one that may only read."""
    needed = {_NEEDED[scope] for scope in allowed if scope in _NEEDED}
    named = {**_MORE_THAN_NEEDED, **provider.capability_words}
    capabilities = session.capabilities.union(*(account.capabilities for account in session.accounts)) - needed
    more = [words for capability, words in named.items() if capability in capabilities]
    writes = any(SCOPES[scope].writes for scope in allowed if scope in SCOPES)
    return (*(() if writes or session.account.is_read_only else (marked("change, move and delete mail"),)), *more)
