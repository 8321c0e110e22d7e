"""All mailboxes of an account, however many there are (RFC 8620 §5.1, §5.5; RFC 8621 §2.1, §2.3)."""

from collections.abc import Sequence

from msgspec.structs import replace

from mailconnect.jmap.access import MailboxAccess
from mailconnect.jmap.capabilities import CORE, MAIL
from mailconnect.jmap.errors import LimitExceeded, RequestTooLarge
from mailconnect.jmap.mailbox.mailboxes import (
    MOST_MAILBOXES,
    Listing,
    mailbox_get,
    mailbox_query,
    parse_found,
    parse_listing,
)
from mailconnect.jmap.session import Session
from mailconnect.mail.errors import MailboxError, UnexpectedAnswer
from mailconnect.mail.mailbox import Mailbox, Mailboxes

_USING = (CORE, MAIL)
_MOST_OBJECTS = 4096  # in one request, so that its answer stays within what is read


async def all_mailboxes(access: MailboxAccess, account_id: str) -> Mailboxes:
    """One request; more of them only where the server gives less at once. Raises MailboxError."""
    get = mailbox_get(account_id)
    try:
        listing = parse_listing((await access.call(_USING, (get,))).to(get))
    except (RequestTooLarge, LimitExceeded):
        return await paged_mailboxes(access, account_id, await access.session())
    if await may_be_cut(access, listing):
        return await _with_the_rest(access, account_id, listing)
    return Mailboxes(account_id, listing.mailboxes, listing.unreadable)


async def may_be_cut(access: MailboxAccess, listing: Listing) -> bool:
    """Whether as many came as the server gives at once: Stalwart says nothing of those that it leaves out."""
    return listing.sent > 0 and listing.sent == await access.most_objects()


async def paged_mailboxes(access: MailboxAccess, account_id: str, session: Session) -> Mailboxes:
    """First the ids, then the mailboxes in portions of the session's `maxObjectsInGet`. What is deleted meanwhile is
    not in it, what is made meanwhile may not be.
    """
    size = min(session.most_objects, _MOST_OBJECTS)
    calls = max(min(session.limits.get("maxCallsInRequest", 1), _MOST_OBJECTS // size), 1)
    mailboxes, unreadable = await _of_ids(access, account_id, await _ids(access, account_id), size, calls)
    return Mailboxes(account_id, mailboxes, unreadable)


async def _with_the_rest(access: MailboxAccess, account_id: str, listing: Listing) -> Mailboxes:
    """What a query finds beside those that came. Where it cannot be had, the list may be incomplete."""
    cut = Mailboxes(account_id, listing.mailboxes, listing.unreadable)
    known = {mailbox.id for mailbox in listing.mailboxes}
    try:
        rest = [ident for ident in await _ids(access, account_id) if ident not in known]
        if not rest:
            return cut
        more, unreadable = await _of_ids(access, account_id, rest, listing.sent, 1)
    except MailboxError:
        return replace(cut, may_be_incomplete=True)
    # A mailbox that could not be read is not known by its id, so it was asked for again.
    return Mailboxes(account_id, [*listing.mailboxes, *more], max(listing.unreadable, unreadable))


async def _of_ids(
    access: MailboxAccess, account_id: str, ids: Sequence[str], size: int, calls: int
) -> tuple[list[Mailbox], int]:
    """`size` in a call and so many `calls` in a request, fewer where the server takes fewer than its session says.

    Raises MailboxError.
    """
    found: dict[str, Mailbox] = {}
    unreadable = done = 0
    while done < len(ids):
        try:
            listings = await _portion(access, account_id, ids[done : done + size * calls], size)
        except (RequestTooLarge, LimitExceeded):
            if size == calls == 1:
                raise
            size, calls = (size if calls > 1 else max(min(size, len(ids) - done) // 2, 1)), 1
            continue
        done += size * calls
        for listing in listings:
            found |= {mailbox.id: mailbox for mailbox in listing.mailboxes}
            unreadable += listing.unreadable
    return [*found.values()], unreadable


async def _portion(access: MailboxAccess, account_id: str, ids: Sequence[str], size: int) -> list[Listing]:
    """One request with a call for each `size` of the ids."""
    parts = [ids[start : start + size] for start in range(0, len(ids), size)]
    gets = [mailbox_get(account_id, ids=part, call_id=str(number)) for number, part in enumerate(parts)]
    responses = await access.call(_USING, gets)
    return [parse_listing(responses.to(get)) for get in gets]


async def _ids(access: MailboxAccess, account_id: str) -> list[str]:
    """Mailbox/query until nothing is left: a server that stops short names its limit (RFC 8620 §5.5)."""
    ids: dict[str, None] = {}
    position = 0
    while True:
        query = mailbox_query(account_id, position)
        page = parse_found((await access.call(_USING, (query,))).to(query))
        ids |= dict.fromkeys(page.ids)
        position += page.sent
        if position > MOST_MAILBOXES:
            raise UnexpectedAnswer(f"over {MOST_MAILBOXES} mailboxes")
        if not page.sent or page.is_whole:
            return [*ids]
