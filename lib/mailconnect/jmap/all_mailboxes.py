"""All mailboxes of an account, however many there are (RFC 8620 §5.1, §5.5; RFC 8621 §2.1, §2.3)."""

from collections.abc import Iterator, Sequence

from mailconnect.jmap.access import MailboxAccess
from mailconnect.jmap.capabilities import CORE, MAIL
from mailconnect.jmap.errors import LimitExceeded, RequestTooLarge
from mailconnect.jmap.mailboxes import MOST_MAILBOXES, mailbox_get, mailbox_query, parse_found, parse_mailboxes
from mailconnect.jmap.session import Session
from mailconnect.mail.errors import UnexpectedAnswer
from mailconnect.mail.mailbox import Mailbox, Mailboxes

_USING = (CORE, MAIL)
_DEFAULT_OBJECTS = 500  # in a Mailbox/get, where the session names no limit
_MOST_OBJECTS = 4096  # in one request, so that its answer stays within what is read


async def all_mailboxes(access: MailboxAccess, account_id: str) -> Mailboxes:
    """One request; more of them only where the server gives less at once. Raises MailboxError."""
    get = mailbox_get(account_id)
    try:
        mailboxes, unreadable = parse_mailboxes((await access.call(_USING, (get,))).to(get))
        return Mailboxes(account_id, mailboxes, unreadable)
    except (RequestTooLarge, LimitExceeded):
        return await paged_mailboxes(access, account_id, await access.session())


async def paged_mailboxes(access: MailboxAccess, account_id: str, session: Session) -> Mailboxes:
    """First the ids, then the mailboxes in portions of the session's `maxObjectsInGet`. What is deleted meanwhile is
    not in it, what is made meanwhile may not be.
    """
    ids = await _ids(access, account_id)
    size = min(max(session.limits.get("maxObjectsInGet", _DEFAULT_OBJECTS), 1), _MOST_OBJECTS)
    calls = max(min(session.limits.get("maxCallsInRequest", 1), _MOST_OBJECTS // size), 1)
    found: dict[str, Mailbox] = {}
    unreadable = 0
    for portion in _portions(ids, size * calls):
        gets = [
            mailbox_get(account_id, ids=part, call_id=str(number))
            for number, part in enumerate(_portions(portion, size))
        ]
        responses = await access.call(_USING, gets)
        for get in gets:
            mailboxes, harmed = parse_mailboxes(responses.to(get))
            found |= {mailbox.id: mailbox for mailbox in mailboxes}
            unreadable += harmed
    return Mailboxes(account_id, [*found.values()], unreadable)


async def _ids(access: MailboxAccess, account_id: str) -> list[str]:
    """Mailbox/query until nothing is left: a server that stops short names its limit (RFC 8620 §5.5)."""
    ids: dict[str, None] = {}
    position = 0
    while True:
        query = mailbox_query(account_id, position)
        page = parse_found((await access.call(_USING, (query,))).to(query))
        ids |= dict.fromkeys(page.ids)
        position += len(page.ids)
        if position > MOST_MAILBOXES:
            raise UnexpectedAnswer(f"over {MOST_MAILBOXES} mailboxes")
        if not page.ids or page.is_whole:
            return [*ids]


def _portions(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
