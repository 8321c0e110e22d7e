"""A search as one JMAP request: Email/query, Email/get and SearchSnippet/get by back-reference (RFC 8621 §4.4, §5).

The folder names come in the same request. Only where the filter names mailboxes by id are they asked for before.
"""

import html
import re
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from mailconnect.encoding.discreet import Discreet
from mailconnect.jmap import objects
from mailconnect.jmap.access import MailboxAccess
from mailconnect.jmap.capabilities import CORE, MAIL
from mailconnect.jmap.email.emails import envelope
from mailconnect.jmap.email.filter import EmailFilter, email_filter
from mailconnect.jmap.email.properties import HIT_PROPERTIES
from mailconnect.jmap.errors import AnchorNotFound, InvalidArguments, LimitExceeded, RequestTooLarge, UnsupportedFilter
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.mailbox.mailboxes import all_mailboxes, mailbox_get, may_be_cut, parse_listing
from mailconnect.jmap.mailbox.remembered_places import Remembered, RememberedPlaces
from mailconnect.jmap.response import Responses
from mailconnect.mail.errors import MailboxError, SearchRefused, UnexpectedAnswer
from mailconnect.mail.mailbox.mailbox import Mailboxes, tree
from mailconnect.mail.query.errors import QueryError
from mailconnect.mail.query.places import Place, Places
from mailconnect.mail.search import Hit, Order, Search, SearchPage

MAX_HITS = 50
_USING = (CORE, MAIL)
_LONGEST_SNIPPET = 2048
_MARK = re.compile(r"</?mark>")


async def search_emails(
    access: MailboxAccess, account_id: str, search: Search, remembered: RememberedPlaces
) -> SearchPage:
    """One request where the mailboxes that the filter names are remembered, and otherwise two.

    Raises MailboxError, QueryError.
    """
    mailboxes, found = None, None
    if (guessed := _guessed(search, remembered.of(account_id))) is not None:
        mailboxes, found = await _together(access, account_id, search, guessed)
    try:
        mailboxes = mailboxes or await all_mailboxes(access, account_id)
    except UnexpectedAnswer:
        if found is None or guessed is None:
            raise
        # The hits are shown all the same, without the folders' names.
        mailboxes, made = Mailboxes(account_id, []), guessed
    else:
        remembered.keep(account_id, mailboxes.mailboxes)
        made = _filter(search, places_of(mailboxes))
        if guessed is None or guessed.condition != made.condition:
            found = None
    return await _page(access, account_id, search, made, mailboxes, found=found)


async def _page(
    access: MailboxAccess,
    account_id: str,
    search: Search,
    made: EmailFilter,
    mailboxes: Mailboxes,
    *,
    found: "_Found | None",
) -> SearchPage:
    """Asks again by position where the anchor is gone, and for half where the server takes fewer emails at once."""
    by_position = False
    while True:
        try:
            found = found or await _asked(access, account_id, search, made, by_position=by_position)
            return found.page(search, made, mailboxes)
        except AnchorNotFound:
            if by_position:
                raise
            found, by_position = None, True
        except (RequestTooLarge, LimitExceeded):
            if search.limit == 1:
                raise
            found, search = None, replace(search, limit=search.limit // 2)


def _filter(search: Search, places: Places) -> EmailFilter:
    within = places.find(search.mailbox).id if search.mailbox else None
    return email_filter(search.query, places, within=within)


def _guessed(search: Search, kept: tuple[Remembered, ...] | None) -> EmailFilter | None:
    """By the mailboxes that have a role; None where the search names another one."""
    if kept is None:
        return None
    try:
        return _filter(search, Places(Place(one.id, "", "", one.role, one.parent_id) for one in kept))
    except QueryError:
        return None


async def _together(
    access: MailboxAccess, account_id: str, search: Search, guessed: EmailFilter
) -> tuple[Mailboxes | None, "_Found | None"]:
    """The mailboxes and what is found, of one request; no mailboxes where the server gives fewer at once."""
    names = mailbox_get(account_id, call_id="mailboxes")
    try:
        found = await _asked(access, account_id, search, guessed, before=(names,))
    except LimitExceeded:
        return None, None
    try:
        listing = parse_listing(found.responses.to(names))
    except RequestTooLarge:
        return None, found
    except UnexpectedAnswer:
        return None, found
    if await may_be_cut(access, listing):
        return None, found
    return Mailboxes(account_id, listing.mailboxes, listing.unreadable), found


def places_of(mailboxes: Mailboxes) -> Places:
    return Places(
        Place(one.mailbox.id, one.mailbox.name, one.path, one.mailbox.role, one.mailbox.parent_id)
        for one in tree(mailboxes.mailboxes)
    )


class _Found(Discreet, frozen=True):
    """The responses to one request, not yet looked at."""

    responses: Responses
    query: Invocation
    get: Invocation
    snippets: Invocation | None

    def page(self, search: Search, made: EmailFilter, mailboxes: Mailboxes) -> SearchPage:
        """Raises MailboxError."""
        try:
            found = objects.fields_of(self.responses.to(self.query))
        except (UnsupportedFilter, InvalidArguments) as refused:
            if made.condition is None:
                raise
            raise SearchRefused(refused.type, advice=made.unsupported(refused.description)) from None
        except UnexpectedAnswer:
            found = {}  # the emails are there all the same, in the server's order
        got = objects.fields_of(self.responses.to(self.get))
        return _read(search, made, mailboxes, found=found, got=got, snippets=_snippets(self.responses, self.snippets))


async def _asked(
    access: MailboxAccess,
    account_id: str,
    search: Search,
    made: EmailFilter,
    *,
    before: tuple[Invocation, ...] = (),
    by_position: bool = False,
) -> _Found:
    query = _query(account_id, search, made, by_position=by_position)
    asked = {
        "accountId": account_id,
        "#ids": query.result("/ids"),
        "properties": [*HIT_PROPERTIES, *(["preview"] if search.snippets else [])],
    }
    get = Invocation("Email/get", asked, "get")
    snippets = None
    if search.snippets and made.condition is not None:
        arguments = {"accountId": account_id, "filter": made.condition, "#emailIds": query.result("/ids")}
        snippets = Invocation("SearchSnippet/get", arguments, "snippets")
    calls = (*before, query, get, *([snippets] if snippets else []))
    return _Found(await access.call(_USING, calls), query, get, snippets)


def _query(account_id: str, search: Search, made: EmailFilter, *, by_position: bool) -> Invocation:
    place: dict[str, Any] = {"position": search.position}
    if search.anchor is not None and not by_position:
        place = {"anchor": search.anchor, "anchorOffset": 1}
    return Invocation(
        "Email/query",
        {
            "accountId": account_id,
            "filter": made.condition,
            "sort": [{"property": "receivedAt", "isAscending": search.order is Order.OLDEST}],
            "collapseThreads": search.collapse,
            "limit": min(search.limit, MAX_HITS),
            "calculateTotal": True,
            **place,
        },
        "query",
    )


def _read(
    search: Search,
    made: EmailFilter,
    mailboxes: Mailboxes,
    *,
    found: Mapping[str, Any],
    got: Mapping[str, Any],
    snippets: Mapping[str, str],
) -> SearchPage:

    def hit(one: Mapping[str, Any]) -> Hit | None:
        about = envelope(one)
        if about is None:
            return None
        preview = objects.text(one.get("preview")) if search.snippets else ""
        return Hit(about, snippets.get(about.id) or preview or None)

    hits, unreadable = objects.read_list("Email", got, hit, maximum=MAX_HITS)
    by_id = {one.envelope.id: one for one in hits}
    sent = found.get("ids")
    sent = sent[: search.limit] if isinstance(sent, list) else [*by_id]
    # An email that came is shown, also where its place in the order cannot be read.
    ids = [*dict.fromkeys([*objects.ids(sent, maximum=search.limit), *by_id])]
    total = found.get("total")
    position = objects.count(found.get("position")) if "position" in found else search.position
    is_counted = isinstance(total, int) and not isinstance(total, bool) and total >= 0
    return SearchPage(
        hits=[by_id[ident] for ident in ids if ident in by_id],
        total=total if is_counted else None,
        has_more=position + len(sent) < total if is_counted and total is not None else len(sent) == search.limit,
        position=position,
        consumed=len(sent),
        last_id=ids[-1] if ids else None,
        left_out=made.left_out,
        notes=made.notes,
        unreadable=unreadable,
        mailboxes=mailboxes.mailboxes,
    )


def _snippets(responses: Responses, call: Invocation | None) -> Mapping[str, str]:
    """By email id. A server that gives none, or not for every email, costs no hit (RFC 8621 §5: null if unsure)."""
    if call is None:
        return {}
    try:
        given = objects.fields_of(responses.to(call))
    except MailboxError:
        return {}
    return {
        objects.text(one.get("emailId")): _without_marks(one.get("preview"))
        for one in objects.objects(given.get("list"), maximum=MAX_HITS)
    }


def _without_marks(value: Any) -> str:
    """A snippet is HTML-escaped, with the words found between <mark> and </mark>."""
    return html.unescape(_MARK.sub("", objects.text(value, longest=_LONGEST_SNIPPET)))
