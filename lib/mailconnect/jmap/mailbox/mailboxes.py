"""All mailboxes of an account, however many: Mailbox/get and Mailbox/query (RFC 8620 §5.1, §5.5; RFC 8621 §2)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw
from msgspec.json import Decoder
from msgspec.structs import fields, replace

from mailconnect.encoding import fast_json
from mailconnect.encoding.discreet import Discreet
from mailconnect.jmap.access import MailboxAccess
from mailconnect.jmap.capabilities import CORE, MAIL
from mailconnect.jmap.errors import LimitExceeded, RequestTooLarge
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.objects import an_id, unreadable_objects
from mailconnect.jmap.response import decode_as, visible
from mailconnect.jmap.session import Session
from mailconnect.mail.bounds import LARGEST_INT, LONGEST_TEXT
from mailconnect.mail.errors import MailboxError, UnexpectedAnswer
from mailconnect.mail.mailbox.mailbox import RIGHTS, Mailbox, Mailboxes

MAX_MAILBOXES = 20_000

_USING = (CORE, MAIL)
_MAX_OBJECTS = 4096  # in one request, so that its response stays within what is read

PROPERTIES = tuple(field.encode_name for field in fields(Mailbox))
_COUNTS = ("totalEmails", "unreadEmails", "totalThreads", "unreadThreads", "sortOrder")
_LONGEST_ROLE = 64

_NULL = Raw(b"null")


def mailbox_get(account_id: str, *, ids: Sequence[str] | None = None, call_id: str = "0") -> Invocation:
    """Mailbox/get, of all unless `ids` says which (RFC 8621 §2.1). Names what it wants, for servers add properties of
    their own."""
    wanted = None if ids is None else [*ids]
    return Invocation("Mailbox/get", {"accountId": account_id, "ids": wanted, "properties": [*PROPERTIES]}, call_id)


def mailbox_query(account_id: str, position: int, *, call_id: str = "0") -> Invocation:
    """Mailbox/query for the ids of all mailboxes from a position on (RFC 8621 §2.3)."""
    return Invocation("Mailbox/query", {"accountId": account_id, "position": position}, call_id)


class _Listed(Discreet, frozen=True):
    list: Annotated[list[Mailbox], Meta(max_length=MAX_MAILBOXES)]


class _OneByOne(Discreet, frozen=True):
    list: Annotated[list[Raw], Meta(max_length=MAX_MAILBOXES)]


class _Found(Discreet, frozen=True):
    ids: Annotated[list[Raw], Meta(max_length=MAX_MAILBOXES)]
    limit: Raw = _NULL


class IdsPage(Discreet, frozen=True):
    """One page of ids, of which `sent` came. `is_whole`: the server does not say that it stops short of what is asked
    by a limit of its own (RFC 8620 §5.5).
    """

    ids: list[str]
    sent: int
    is_whole: bool


class Listing(Discreet, frozen=True):
    """`sent` is how many mailboxes came, of which `unreadable` could not be read."""

    mailboxes: list[Mailbox]
    unreadable: int
    sent: int


_LISTED = Decoder(_Listed)
_ONE_BY_ONE = Decoder(_OneByOne)
_FOUND = Decoder(_Found)


def parse_mailboxes(arguments: bytes | Raw) -> tuple[list[Mailbox], int]:
    """`parse_listing` without the number that came."""
    listing = parse_listing(arguments)
    return listing.mailboxes, listing.unreadable


def parse_listing(arguments: bytes | Raw) -> Listing:
    """Of Mailbox/get's response, in the server's order, and how many could not be read.

    Raises UnexpectedAnswer where it is no list. One odd mailbox harms only itself: it is mended, or left out.
    """
    try:
        listed, unreadable = decode_as(_LISTED, arguments).list, 0
    except UnexpectedAnswer:
        listed, unreadable = _one_by_one(decode_as(_ONE_BY_ONE, arguments).list)
    sent = len(listed) + unreadable
    if not visible([*[mailbox.id for mailbox in listed], *[one.parent_id for one in listed if one.parent_id]]):
        listed, invisible = _with_visible_ids(listed)
        unreadable += invisible
    if len({mailbox.id for mailbox in listed}) != len(listed):
        first: dict[str, Mailbox] = {}
        for mailbox in listed:
            first.setdefault(mailbox.id, mailbox)
        listed = [*first.values()]
    mailboxes = [_with_role_in_small_letters(mailbox) if mailbox.role else mailbox for mailbox in listed]
    return Listing(mailboxes, unreadable, sent)


def parse_found(arguments: bytes | Raw) -> IdsPage:
    """Of Mailbox/query's response; a value that is no id is left out. Raises UnexpectedAnswer where it is no list."""
    found = decode_as(_FOUND, arguments)
    sent = [_decoded(one) for one in found.ids]
    return IdsPage([one for one in sent if an_id(one)], len(sent), bytes(found.limit) == bytes(_NULL))


def _decoded(one: Raw) -> Any:
    try:
        return fast_json.decode(bytes(one))
    except ValueError:
        return None


def _one_by_one(listed: Iterable[Raw]) -> tuple[list[Mailbox], int]:
    read = [_mended(one) for one in listed]
    kept = [mailbox for mailbox in read if mailbox is not None]
    unreadable_objects("Mailbox", read)
    return kept, len(read) - len(kept)


def _mended(one: Raw) -> Mailbox | None:
    """None without an id or a name. Real servers send each of the rest (Stalwart, James, Cyrus)."""
    try:
        sent = fast_json.decode(bytes(one))
    except ValueError:
        return None
    if not isinstance(sent, dict) or not isinstance(sent.get("name"), str) or not an_id(sent.get("id")):
        return None
    name = fast_json.whole(sent["name"])
    parent, role, subscribed = sent.get("parentId"), sent.get("role"), sent.get("isSubscribed")
    mended = {
        "id": sent.get("id"),
        "name": name if len(name) <= LONGEST_TEXT else f"{name[: LONGEST_TEXT - 1]}…",
        **{count: _count(sent.get(count)) for count in _COUNTS},
        "myRights": _rights(sent.get("myRights")),
        "parentId": parent if isinstance(parent, str) and parent else None,
        "role": role if isinstance(role, str) and 0 < len(role) <= _LONGEST_ROLE else None,
        "isSubscribed": subscribed is True,
    }
    try:
        return msgspec.convert(mended, Mailbox)
    except msgspec.ValidationError:
        return None


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        return 0
    return min(max(value, 0), LARGEST_INT)


def _rights(value: Any) -> Mapping[str, bool]:
    """A server that names no rights denies none: the provider still decides at each change."""
    if not isinstance(value, dict):
        return dict.fromkeys(RIGHTS, True)
    return {name: value.get(name) is True for name in RIGHTS}


def _with_visible_ids(listed: Iterable[Mailbox]) -> tuple[list[Mailbox], int]:
    read: list[Mailbox | None] = []
    for mailbox in listed:
        if not visible((mailbox.id,)):
            read.append(None)
        elif mailbox.parent_id and not visible((mailbox.parent_id,)):
            read.append(replace(mailbox, parent_id=None))
        else:
            read.append(mailbox)
    unreadable_objects("Mailbox", read)
    kept = [mailbox for mailbox in read if mailbox is not None]
    return kept, len(read) - len(kept)


def _with_role_in_small_letters(mailbox: Mailbox) -> Mailbox:
    role = (mailbox.role or "").lower()
    return mailbox if role == mailbox.role else replace(mailbox, role=role)


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
    size = min(session.most_objects, _MAX_OBJECTS)
    calls = max(min(session.limits.get("maxCallsInRequest", 1), _MAX_OBJECTS // size), 1)
    mailboxes, unreadable = await _of_ids(access, account_id, await _ids(access, account_id), size, calls)
    return Mailboxes(account_id, mailboxes, unreadable)


async def _with_the_rest(access: MailboxAccess, account_id: str, listing: Listing) -> Mailboxes:
    """The mailboxes that a query finds beside those that came. Where it cannot be had, the list may be incomplete."""
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
        if position > MAX_MAILBOXES:
            raise UnexpectedAnswer(f"over {MAX_MAILBOXES} mailboxes")
        if not page.sent or page.is_whole:
            return [*ids]
