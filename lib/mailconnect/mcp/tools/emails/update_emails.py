"""update_emails: files and marks emails, by their ids or by a query whose number was seen before."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from mailconnect.encoding.discreet import Discreet
from mailconnect.mcp.message import text_result, tool_error
from mailconnect.mcp.tool import CHANGES, Arguments, Call, Tool
from mailconnect.mcp.tools.emails.search_emails import METADATA, READ
from mailconnect.mcp.tools.mailboxes.list_mailboxes import emails

SCOPE = "emails:organize"

_MAX = 200
_PAGE = 50
_SHOWN = 5
_LONGEST_PLACE = 60


def _arguments() -> type[Arguments]:
    from mailconnect.mcp.arguments.update_emails import UpdateEmails  # noqa: PLC0415 -- brings pydantic

    return UpdateEmails


class _Found(Discreet, frozen=True):
    """The emails of a query. `total` is None where the provider does not count and there are more than _MAX."""

    hits: Sequence[Any]
    total: int | None
    left_out: Sequence[str] = ()
    notes: Sequence[str] = ()
    unreadable: int = 0


async def _run(call: Call, arguments: Any) -> Mapping[str, Any]:
    from mailconnect.mail.moment import UnknownZone  # noqa: PLC0415
    from mailconnect.mail.query.errors import QueryError  # noqa: PLC0415
    from mailconnect.mcp.tools.mailboxes.names import unknown  # noqa: PLC0415

    try:
        if arguments.emailIds:
            return text_result(await _changed(call, arguments, arguments.emailIds))
        if not call.context.granted & {METADATA, READ}:
            return tool_error(
                f"With `query` this tool searches, for which the owner must also allow {METADATA}. Nothing was changed."
            )
        found = await _found(call, arguments)
    except QueryError as error:
        return tool_error(unknown(call, error.text))
    except UnknownZone as error:
        return tool_error(error.text)
    if found.total != arguments.expectedTotal or not found.total or found.total > _MAX:
        return _not_yet(found, arguments)
    try:
        return text_result(await _changed(call, arguments, [one.envelope.id for one in found.hits]))
    except QueryError as error:
        return tool_error(error.text)


async def _found(call: Call, arguments: Any) -> _Found:
    """All hits, up to _MAX. Raises QueryError, UnknownZone, MailboxError."""
    from mailconnect.mail.search import Search  # noqa: PLC0415
    from mailconnect.mcp.tools.emails.search_emails import understood  # noqa: PLC0415

    read = await understood(
        call, arguments.query or "", arguments.timeZone, datetime.fromtimestamp(call.context.clock(), UTC)
    )
    hits: list[Any] = []
    position, anchor, unreadable = 0, None, 0
    while True:
        search = Search(
            query=read.query,
            limit=_PAGE,
            mailbox=arguments.mailbox,
            collapse=False,
            position=position,
            anchor=anchor,
        )
        page = await call.context.mail.search(search)
        hits += page.hits
        unreadable += page.unreadable
        position, anchor = page.position + page.consumed, page.last_id
        total = page.total if page.total is not None else None if page.has_more else position
        if not page.has_more or not page.consumed or position >= _MAX or (total or 0) > _MAX:
            return _Found(hits, total, page.left_out, (*read.notes, *page.notes), unreadable)


def _not_yet(found: _Found, arguments: Any) -> Mapping[str, Any]:
    """The dry run, or why the query is not followed. Nothing was changed."""
    from mailconnect.mcp.tools.emails.envelope_words import person  # noqa: PLC0415
    from mailconnect.mcp.tools.emails.quoted import BARS, quoted  # noqa: PLC0415

    left_out = f" ({' and '.join(found.left_out)} left out)" if found.left_out else ""
    if found.total == 0:
        return text_result(f"No email matches{left_out}. Nothing was changed.")
    if found.total is None or found.total > _MAX:
        number = f"{found.total} emails match" if found.total is not None else f"More than {_MAX} emails match"
        return tool_error(
            f"{number}{left_out}; at most {_MAX} are changed at once. Nothing was changed. "
            "Narrow the query, such as by after: and before:."
        )
    lines = [f"{emails(found.total)} match{'es' if found.total == 1 else ''}{left_out}. Nothing was changed yet."]
    if arguments.expectedTotal:
        lines[0] = f"Not {arguments.expectedTotal} but {found.total} match{left_out}. Nothing was changed."
    lines += found.notes
    if found.unreadable:
        lines.append(f"{found.unreadable} of them could not be read and would stay as they are.")
    lines.append(
        f"If the person wants this, call update_emails again with the same arguments and expectedTotal {found.total}."
    )
    lines.append(BARS)
    for hit in found.hits[:_SHOWN]:
        about = hit.envelope
        sender = person(about.sender[0], longest=60) if about.sender else "nobody"
        lines.append(quoted(f"{sender} · {about.subject.strip() or '(no subject)'}", longest=160))
    return text_result("\n".join(lines))


async def _changed(call: Call, arguments: Any, ids: Sequence[str]) -> str:
    """Raises QueryError, MailboxError."""
    from mailconnect.mcp.tools.emails.envelope_words import paths_of  # noqa: PLC0415
    from mailconnect.mcp.tools.mailboxes.names import may_name  # noqa: PLC0415

    changes = await call.context.mail.change(ids, _patch(arguments), threads=arguments.threads)
    paths = paths_of(changes.mailboxes) if may_name(call) else {}
    return "\n".join(_lines(changes, arguments, paths))


def _patch(arguments: Any) -> Any:
    from mailconnect.mail.change import Patch  # noqa: PLC0415

    actions = {*(arguments.actions or ())}
    return Patch(
        read=_either(actions, "read", "unread"),
        flagged=_either(actions, "flag", "unflag"),
        junk=_either(actions, "junk", "notJunk"),
        archive="archive" in actions,
        move_to="trash" if "trash" in actions else arguments.moveTo,
        add_to=tuple(arguments.addTo or ()),
        remove_from=tuple(arguments.removeFrom or ()),
    )


def _either(actions: set[str], yes: str, no: str) -> bool | None:
    return True if yes in actions else False if no in actions else None


def _lines(changes: Any, arguments: Any, paths: Mapping[str, str]) -> list[str]:
    """`paths`: of the mailboxes that may be named; the others go by their ids."""
    lines = [f"{len(changes.done)} done, {len(changes.unchanged)} unchanged, {len(changes.failed)} failed."]
    closed = {one.id for one in changes.mailboxes if one.role in {"junk", "trash"}}
    groups: dict[str, tuple[str, list[str]]] = {}
    for one in changes.done:
        undo = _undo(one, closed)
        groups.setdefault(undo, (_moved(one, paths), []))[1].append(one.before.id)
    for undo, (moved, ids) in groups.items():
        lines += [f"Done{moved}: emailIds {' '.join(ids)}", f"To undo: update_emails with these emailIds and {undo}."]
    if changes.unchanged:
        outside = (
            " (archive leaves emails outside the inbox where they are)"
            if "archive" in (arguments.actions or ())
            else ""
        )
        lines.append(f"Unchanged, since they were so already{outside}: emailIds {' '.join(changes.unchanged)}")
    for why in dict.fromkeys(one.why for one in changes.failed):
        ids = [one.id for one in changes.failed if one.why is why]
        lines.append(f"Failed: emailIds {' '.join(ids)}: each {why.value}.")
    return lines


def _moved(one: Any, paths: Mapping[str, str]) -> str:
    from mailconnect.mcp.tools.emails.quoted import inline  # noqa: PLC0415

    if one.before.mailbox_ids == one.after.mailbox_ids:
        return ""

    def named(ids: frozenset[str]) -> str:
        return " and ".join(sorted(inline(paths.get(ident, ident), longest=_LONGEST_PLACE) for ident in ids))

    return f", from {named(one.before.mailbox_ids)} to {named(one.after.mailbox_ids)}"


def _undo(one: Any, closed: set[str]) -> str:
    """The arguments that bring it back to where it was, and the marks that it had. Into `closed` it is only moved."""
    from mailconnect.mail.filing import FLAGGED, JUNK, SEEN  # noqa: PLC0415

    before, after = one.before, one.after
    said: list[str] = []
    actions = [
        actions[keyword in before.keywords]
        for keyword, actions in ((SEEN, ("unread", "read")), (FLAGGED, ("unflag", "flag")), (JUNK, ("notJunk", "")))
        if (keyword in before.keywords) != (keyword in after.keywords)
    ]
    if before.mailbox_ids != after.mailbox_ids:
        first, *others = sorted(before.mailbox_ids, key=lambda ident: (ident not in closed, ident))
        said.append(f"moveTo {first}")
        if others:
            said.append(f"addTo {' and '.join(others)}")
    if any(actions):
        said.append(f"actions {' and '.join(action for action in actions if action)}")
    return ", ".join(said) or "the opposite action"


UPDATE_EMAILS = Tool(
    name="update_emails",
    title="File emails",
    description=(
        "Marks emails as read or flagged, archives, moves, labels them, or puts them into trash or junk: up to 200 by "
        "emailIds, or all that a query finds. With a query, the first call changes nothing and gives the number; "
        "repeat it with expectedTotal. Do only what the person asked for. The result says how to undo."
    ),
    arguments=_arguments,
    output_schema=None,
    scopes=(SCOPE,),
    run=_run,
    annotations=CHANGES,
)
