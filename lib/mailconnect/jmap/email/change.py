"""Emails filed and marked: how they are now, then one Email/set of patches (RFC 8621 §4.3, §4.6).

A patch names the mailboxes and keywords that it adds and takes away, so that two programs that change different things
of one email do not undo each other's work (RFC 8620 §5.3). It can be sent twice without harm. Nothing is created or
destroyed.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from mailconnect.encoding.discreet import Discreet
from mailconnect.jmap import objects
from mailconnect.jmap.access import MailboxAccess, ask
from mailconnect.jmap.capabilities import CORE, MAIL
from mailconnect.jmap.email.search import places_of
from mailconnect.jmap.errors import (
    DONE_PERHAPS,
    LimitExceeded,
    MethodError,
    RequestTooLarge,
    StateMismatch,
)
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.mailbox.mailboxes import all_mailboxes, mailbox_get, parse_mailboxes
from mailconnect.jmap.set_errors import SetError, set_errors
from mailconnect.mail.change import MAX_CHANGED, Changed, Changes, Failed, Filed, Patch, Why
from mailconnect.mail.errors import MailboxError
from mailconnect.mail.filing import Aim, aim, filing
from mailconnect.mail.mailbox.errors import TooManyEmails
from mailconnect.mail.mailbox.mailbox import Mailboxes

_USING = (CORE, MAIL)
_PROPERTIES = ("id", "mailboxIds", "keywords")
_MAX_IN_THREADS = 4096
_DEFAULT_OBJECTS = 50
"""In one /get or /set, where the server takes less than was sent and names no limit."""
"""After these it is not known what was changed."""
_REASONS: Mapping[str, Why] = {
    "notFound": Why.GONE,
    "forbidden": Why.FORBIDDEN,
    "overQuota": Why.FULL,
    "rateLimit": Why.SLOW_DOWN,
    "tooManyMailboxes": Why.TOO_MANY_MAILBOXES,
    "tooManyKeywords": Why.TOO_MANY_KEYWORDS,
    "stateMismatch": Why.SLOW_DOWN,
    "serverFail": Why.SLOW_DOWN,
    "serverUnavailable": Why.SLOW_DOWN,
}

_T = TypeVar("_T")


class _Present(Discreet, frozen=True):
    mailboxes: Mailboxes
    found: Mapping[str, Filed]
    unreadable: bool


async def change_emails(
    access: MailboxAccess, account_id: str, ids: Sequence[str], patch: Patch, *, threads: bool = False
) -> Changes:
    """Two requests; more only where the server takes less at once, or where it did not say what became of an email.

    Raises MailboxError and QueryError before anything was changed. After that, each email has its own outcome.
    """
    ids = [*dict.fromkeys(ids)]
    present = await (_with_threads if threads else _present)(access, account_id, ids)
    ids = [*dict.fromkeys([*ids, *present.found])]
    if len(ids) > MAX_CHANGED:
        raise TooManyEmails(str(len(ids)))
    asked = filing(patch, present.mailboxes.mailboxes, places_of(present.mailboxes))
    aims: list[Aim] = []
    unchanged: list[str] = []
    failed: list[Failed] = []
    for ident in ids:
        filed = present.found.get(ident)
        made = aim(asked, filed) if filed is not None else Why.UNREADABLE if present.unreadable else Why.GONE
        if isinstance(made, Aim):
            aims.append(made)
        elif made is None:
            unchanged.append(ident)
        else:
            failed.append(Failed(ident, made))
    outcomes = await _sent(access, account_id, aims) if aims else {}
    done = [Changed(one.before, one.after) for one in aims if outcomes.get(one.before.id) is None]
    failed += [Failed(one.before.id, why) for one in aims if (why := outcomes.get(one.before.id)) is not None]
    return Changes(done, unchanged, failed, present.mailboxes.mailboxes)


async def _present(access: MailboxAccess, account_id: str, ids: Sequence[str]) -> _Present:
    """The mailboxes, and where the emails lie."""
    names = mailbox_get(account_id, call_id="mailboxes")
    get = _email_get(account_id, ids)
    try:
        responses = await access.call(_USING, (names, get))
        mailboxes, harmed = parse_mailboxes(responses.to(names))
        found, unreadable = _read(objects.fields_of(responses.to(get)), maximum=len(ids))
        return _Present(Mailboxes(account_id, mailboxes, harmed), found, bool(unreadable))
    except (RequestTooLarge, LimitExceeded):
        every = await all_mailboxes(access, account_id)
        found, unreadable = await _found(access, account_id, ids)
        return _Present(every, found, bool(unreadable))


async def _with_threads(access: MailboxAccess, account_id: str, ids: Sequence[str]) -> _Present:
    """Also the emails of their threads, in the same request: those that share a mailbox with one that was named."""
    names = mailbox_get(account_id, call_id="mailboxes")
    named = _email_get(account_id, ids, "threadId")
    threads = Invocation("Thread/get", {"accountId": account_id, "#ids": named.result("/list/*/threadId")}, "threads")
    asked = {
        "accountId": account_id,
        "#ids": threads.result("/list/*/emailIds"),
        "properties": [*_PROPERTIES, "threadId"],
    }
    others = Invocation("Email/get", asked, "others")
    responses = await access.call(_USING, (names, named, threads, others))
    mailboxes, harmed = parse_mailboxes(responses.to(names))
    fields, all_fields = objects.fields_of(responses.to(named)), objects.fields_of(responses.to(others))
    found, unreadable = _read(fields, maximum=len(ids))
    lie_in: dict[str, set[str]] = {}
    for thread, one in _threads(fields, maximum=len(ids)):
        lie_in.setdefault(thread, set()).update(one.mailbox_ids)
    beside = _threads(all_fields, maximum=_MAX_IN_THREADS)
    found |= {
        one.id: one for thread, one in beside if one.id not in found and lie_in.get(thread, set()) & one.mailbox_ids
    }
    return _Present(Mailboxes(account_id, mailboxes, harmed), found, bool(unreadable))


def _threads(fields: Mapping[str, Any], *, maximum: int) -> list[tuple[str, Filed]]:
    """Each readable email with the id of its thread."""
    listed = objects.objects(fields.get("list"), maximum=maximum)
    read = [(objects.text(one.get("threadId"), longest=255), _filed(one)) for one in listed]
    return [(thread, one) for thread, one in read if thread and one is not None]


async def _found(access: MailboxAccess, account_id: str, ids: Sequence[str]) -> tuple[dict[str, Filed], int]:
    """In portions of the session's maxObjectsInGet."""
    size = await _limit(access, "maxObjectsInGet")
    found: dict[str, Filed] = {}
    unreadable = 0
    for portion in _portions(ids, size):
        get = _email_get(account_id, portion)
        some, harmed = _read(await ask(access, _USING, get), maximum=len(portion))
        found |= some
        unreadable += harmed
    return found, unreadable


def _email_get(account_id: str, ids: Sequence[str], *more: str) -> Invocation:
    return Invocation("Email/get", {"accountId": account_id, "ids": [*ids], "properties": [*_PROPERTIES, *more]}, "get")


def _read(fields: Mapping[str, Any], *, maximum: int) -> tuple[dict[str, Filed], int]:
    found, unreadable = objects.read_list("Email", fields, _filed, maximum=maximum)
    return {one.id: one for one in found}, unreadable


def _filed(sent: Mapping[str, Any]) -> Filed | None:
    """None without an id, or where it is not said in which mailboxes it is: then nobody can tell what to change."""
    ident, boxes, keywords = sent.get("id"), sent.get("mailboxIds"), sent.get("keywords", {})
    if not objects.an_id(ident) or not isinstance(boxes, dict) or not isinstance(keywords, dict):
        return None
    held = [name for name, is_in in boxes.items() if is_in is True]
    if not held or not all(map(objects.an_id, held)):
        return None
    return Filed(
        str(ident),
        frozenset(held),
        frozenset(name.lower() for name, is_set in keywords.items() if is_set is True),
    )


async def _sent(access: MailboxAccess, account_id: str, aims: Sequence[Aim]) -> dict[str, Why | None]:
    """By email id: why it was not changed, or None where it was."""
    try:
        return await _set(access, account_id, aims)
    except (RequestTooLarge, LimitExceeded):
        outcomes: dict[str, Why | None] = {}
        size = min(await _limit(access, "maxObjectsInSet"), max(len(aims) // 2, 1))
        for portion in _portions(aims, size):
            try:
                outcomes |= await _set(access, account_id, portion)
            except MailboxError as error:
                if not outcomes:
                    raise
                why = Why.REFUSED if isinstance(error, MethodError) else Why.SLOW_DOWN
                outcomes |= {one.before.id: why for one in portion}
        return outcomes


async def _set(access: MailboxAccess, account_id: str, aims: Sequence[Aim]) -> dict[str, Why | None]:
    """Raises MailboxError where nothing was changed, and says what became of each email otherwise."""
    call = Invocation(
        "Email/set", {"accountId": account_id, "update": {one.before.id: _patch(one) for one in aims}}, "set"
    )
    try:
        fields = await ask(access, _USING, call)
    except StateMismatch:  # of a server that checks without being asked to
        return await _settled(access, account_id, aims, Why.SLOW_DOWN)
    except DONE_PERHAPS:
        return await _settled(access, account_id, aims, Why.UNKNOWN)
    updated = fields.get("updated")
    updated = updated if isinstance(updated, dict) else {}
    refused = set_errors(fields.get("notUpdated"))
    outcomes: dict[str, Why | None] = {}
    silent: list[Aim] = []
    for one in aims:
        if one.before.id in updated:
            outcomes[one.before.id] = None
        elif (error := refused.get(one.before.id)) is not None:
            outcomes[one.before.id] = _reason(error)
        else:
            silent.append(one)
    return outcomes | (await _settled(access, account_id, silent, Why.UNKNOWN) if silent else {})


async def _settled(
    access: MailboxAccess, account_id: str, aims: Sequence[Aim], otherwise: Why
) -> dict[str, Why | None]:
    """Looks at the emails: those that are as wanted were changed. The others get `otherwise`."""
    try:
        found, _ = await _found(access, account_id, [one.before.id for one in aims])
    except MailboxError:
        return dict.fromkeys((one.before.id for one in aims), Why.UNKNOWN)
    return {
        one.before.id: None if (now := found.get(one.before.id)) is not None and one.is_reached(now) else otherwise
        for one in aims
    }


def _patch(one: Aim) -> dict[str, Any]:
    """A PatchObject (RFC 8620 §5.3): each path is a JSON Pointer without its first slash (RFC 6901 §3)."""
    changes: dict[str, Any] = {}
    for name, members, value in (
        ("mailboxIds", one.into, True),
        ("mailboxIds", one.out_of, None),
        ("keywords", one.marked, True),
        ("keywords", one.unmarked, None),
    ):
        changes |= {f"{name}/{_escaped(member)}": value for member in sorted(members)}
    return changes


def _escaped(member: str) -> str:
    return member.replace("~", "~0").replace("/", "~1")


def _reason(error: SetError) -> Why:
    if error.type == "invalidProperties" and any(name.startswith("mailboxIds") for name in error.properties):
        return Why.MAILBOX_GONE
    return _REASONS.get(error.type, Why.REFUSED)


async def _limit(access: MailboxAccess, name: str) -> int:
    return max((await access.session()).limits.get(name, _DEFAULT_OBJECTS), 1)


def _portions(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
