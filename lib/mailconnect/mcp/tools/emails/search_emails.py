"""search_emails: one page of what a query finds, in a few lines for each hit."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mailconnect.mcp.message import text_result, tool_error
from mailconnect.mcp.tool import Arguments, Call, Tool

METADATA, READ = "emails:metadata", "emails:read"

LONGEST_HIT = 360  # characters, some 90 tokens
_LONGEST_SNIPPET = 200
_LEAST_SNIPPET = 24
_LONGEST_PERSON = 60
_LONGEST_WHO = 90  # with `to` and how many more
_LONGEST_SUBJECT = 87
_LONGEST_PLACE = 30
_ME = re.compile(r":[^:]*\bme\b", re.IGNORECASE)
_MARKUP = re.compile(
    r"<(?:!|\?xml|/?(?:html|head|title|meta|style|body|div|p|br|hr|span|table|tbody|tr|t[dh]|center|font|a|img"
    r"|h[1-6]|[ou]l|li|b|i|u|em|strong|blockquote|pre)[\s/>])",
    re.IGNORECASE,
)
"""Not every `<`: a preview that is text may say `Ann <ann@example.org>` or `press <Enter>`."""


def _arguments() -> type[Arguments]:
    from mailconnect.mcp.arguments.search_emails import SearchEmails  # noqa: PLC0415 -- brings pydantic

    return SearchEmails


@dataclass(frozen=True, slots=True, repr=False)
class _Asked:
    """`sequence` is all that makes it this search, for its cursor. `notes` are sentences about how it was read."""

    search: Any
    sequence: Sequence[str]
    asked_at: int
    zone: Any
    notes: tuple[str, ...]


async def _run(call: Call, arguments: Any) -> Mapping[str, Any]:
    """The search language is imported by the first search: it takes some 40 ms."""
    from mailconnect.mail.cursor import CursorError  # noqa: PLC0415
    from mailconnect.mail.moment import UnknownZone  # noqa: PLC0415
    from mailconnect.mail.query.errors import QueryError  # noqa: PLC0415

    try:
        asked = await _asked(call, arguments)
        page = await call.context.mail.search(asked.search)
    except (QueryError, CursorError, UnknownZone) as error:
        return tool_error(error.text)
    return text_result("\n".join(_lines(call, arguments, asked, page)))


async def _asked(call: Call, arguments: Any) -> _Asked:
    """Raises QueryError, CursorError, UnknownZone, MailboxError."""
    from mailconnect.mail.cursor import Cursor, read_cursor  # noqa: PLC0415
    from mailconnect.mail.moment import zone_named  # noqa: PLC0415
    from mailconnect.mail.search import Order, Search  # noqa: PLC0415

    zone = zone_named(arguments.timeZone or "UTC")
    sequence = (
        arguments.query,
        arguments.mailbox or "",
        zone.key,
        arguments.order,
        str(arguments.collapse),
    )
    place = Cursor(call.context.clock(), 0)
    if arguments.cursor is not None:
        place = read_cursor(arguments.cursor, sequence, call.context.search_key())
    read = await understood(call, arguments.query, zone.key, datetime.fromtimestamp(place.asked_at, UTC))
    search = Search(
        query=read.query,
        limit=arguments.limit,
        mailbox=arguments.mailbox,
        order=Order(arguments.order),
        collapse=arguments.collapse,
        position=place.position,
        anchor=place.anchor,
        snippets=READ in call.context.granted,
    )
    return _Asked(search, sequence, place.asked_at, zone, read.notes)


@dataclass(frozen=True, slots=True, repr=False)
class Understood:
    """A query as far as the grant lets it search. `notes` are sentences about how it was read."""

    query: Any
    notes: tuple[str, ...]


async def understood(call: Call, query: str, zone: str | None, now: datetime) -> Understood:
    """Raises QueryError, UnknownZone, MailboxError."""
    from mailconnect.mail.moment import zone_named  # noqa: PLC0415
    from mailconnect.mail.query.headers_only import asks_for_words, headers_only  # noqa: PLC0415
    from mailconnect.mail.query.parser import parse  # noqa: PLC0415

    me = await _own_addresses(call) if _ME.search(query) else ()
    read = parse(query, me=me, zone=zone_named(zone or "UTC"), now=now)
    if READ in call.context.granted:
        return Understood(read, ())
    notes: tuple[str, ...] = ()
    if asks_for_words(read.root):
        notes = ("Only senders, recipients and subjects were searched: the owner does not allow more.",)
    return Understood(headers_only(read), notes)


async def _own_addresses(call: Call) -> Sequence[str]:
    """The login and the account's name, where they are addresses. It costs a request, so only `me` asks for it."""
    accounts = await call.context.mail.accounts()
    return [*dict.fromkeys(name for name in (accounts.username, accounts.own.name) if "@" in name)]


def _lines(call: Call, arguments: Any, asked: _Asked, page: Any) -> list[str]:
    from mailconnect.mcp.tools.emails.envelope_words import paths_of  # noqa: PLC0415
    from mailconnect.mcp.tools.emails.quoted import BARS  # noqa: PLC0415

    paths = paths_of(page.mailboxes)
    heading = [_count(page), f"{arguments.order} first"]
    if page.left_out:
        heading.append(f"{' and '.join(page.left_out)} left out")
    lines = [" · ".join(heading), *asked.notes, *page.notes]
    if page.unreadable:
        lines.append(f"{page.unreadable} more could not be read.")
    if not page.hits:
        lines.append(_nothing(page, filtered=bool(arguments.query.strip() or arguments.mailbox)))
        return lines
    lines.append(BARS)
    roles = {mailbox.id: mailbox.role for mailbox in page.mailboxes}
    for hit in page.hits:
        lines += _hit(hit, asked, paths, roles)
    if page.has_more:
        lines.append(f"More: call search_emails again with the same arguments and cursor {_next(call, asked, page)}")
    return lines


def _count(page: Any) -> str:
    first, last = page.position + 1, page.position + len(page.hits)
    shown = f"{first} to {last}" if page.position and page.hits else str(len(page.hits))
    return f"{shown} of {page.total}" if page.total is not None else f"{shown} shown"


def _nothing(page: Any, *, filtered: bool) -> str:
    if page.position:
        return "There are no more."
    if not filtered and not page.unreadable and not page.total:
        where = f" outside {' and '.join(page.left_out)}" if page.left_out else ""
        return f"The account has no emails{where}: nothing was filtered."
    wider = " `in:anywhere` in the query searches junk and trash too." if page.left_out else ""
    return f"Nothing was found.{wider} Fewer or other words may find it."


def _next(call: Call, asked: _Asked, page: Any) -> str:
    from mailconnect.mail.cursor import Cursor, write_cursor  # noqa: PLC0415

    cursor = Cursor(asked.asked_at, page.position + page.consumed, page.last_id)
    return write_cursor(cursor, asked.sequence, call.context.search_key())


def _hit(hit: Any, asked: _Asked, paths: Mapping[str, str], roles: Mapping[str, str | None]) -> list[str]:
    """Ours first, then theirs behind bars, at most LONGEST_HIT characters where ids are of ordinary length."""
    from mailconnect.mail.moment import printed  # noqa: PLC0415
    from mailconnect.mcp.tools.emails.envelope_words import marks, person, where  # noqa: PLC0415
    from mailconnect.mcp.tools.emails.quoted import inline, quoted  # noqa: PLC0415

    about = hit.envelope
    ids = f"emailId {about.id} threadId {about.thread_id}" if about.thread_id else f"emailId {about.id}"
    facts = [
        ids,
        printed(about.received_at, asked.zone) if about.received_at else "",
        where(about, paths, longest=_LONGEST_PLACE),
        ", ".join(marks(about)),
    ]
    sent = any(roles.get(ident) in {"sent", "drafts"} for ident in about.mailbox_ids)
    others = about.to if sent else about.sender
    who = person(others[0], longest=_LONGEST_PERSON) if others else "nobody"
    if sent:
        who = f"to {who}" + (f" and {len(others) - 1} more" if len(others) > 1 else "")
    subject = about.subject if about.subject.strip() else "(no subject)"
    lines = [
        " · ".join(fact for fact in facts if fact),
        f"{quoted(who, longest=_LONGEST_WHO)} · {inline(subject, longest=_LONGEST_SUBJECT)}",
    ]
    left = min(LONGEST_HIT - sum(map(len, lines)) - 4, _LONGEST_SNIPPET)
    snippet = _plain(hit.snippet or "")
    if snippet and left >= _LEAST_SNIPPET:
        lines.append(quoted(snippet, longest=left))
    return lines


def _plain(snippet: str) -> str:
    """Some servers send the beginning of the HTML as a preview (Cyrus without its annotator)."""
    if not _MARKUP.search(snippet):
        return snippet
    from mailconnect.render.html.to_text import to_text  # noqa: PLC0415 -- 30 ms, and seldom needed

    return to_text(snippet).text


SEARCH_EMAILS = Tool(
    name="search_emails",
    title="Search emails",
    description=(
        "Finds emails by a Gmail-like query and lists them in brief, with emailId and threadId for read_emails. Junk "
        "and trash are left out unless the query says in:junk, in:trash or in:anywhere. Give the person's timeZone. "
        "Use it for 'anything new?' (is:unread newer_than:1d), for finding a message, or for what somebody wrote "
        "(from:ann). It changes nothing."
    ),
    arguments=_arguments,
    output_schema=None,
    scopes=(METADATA, READ),
    run=_run,
    meta={"anthropic/maxResultSizeChars": 100_000},
)
