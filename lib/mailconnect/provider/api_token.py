"""What a pasted API token can do, as far as the session tells (RFC 8620 §2)."""

from mailconnect.jmap.session import Session
from mailconnect.languages.words import marked
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


def surplus(provider: Provider, session: Session) -> tuple[str, ...]:
    """What it may do beyond reading mail, in words for the person: `send mail`; empty for one that may only read."""
    named = {**_MORE_THAN_NEEDED, **provider.capability_words}
    capabilities = session.capabilities.union(*(account.capabilities for account in session.accounts))
    more = [words for capability, words in named.items() if capability in capabilities]
    return (*(() if session.account.is_read_only else (marked("change, move and delete mail"),)), *more)
