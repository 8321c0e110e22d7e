"""Messages read in one JMAP request, with the folder names (RFC 8621 §3.1, §4.2); a second one asks about senders."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs

from mailconnect.jmap import objects
from mailconnect.jmap.access import MailboxAccess
from mailconnect.jmap.capabilities import CORE, MAIL
from mailconnect.jmap.email.earlier_mail import without_earlier_mail
from mailconnect.jmap.email.emails import envelope, message
from mailconnect.jmap.email.properties import (
    CONTENT_PROPERTIES,
    DELIVERED_TO,
    ENVELOPE_PROPERTIES,
    PART_PROPERTIES,
    THREADING_PROPERTIES,
)
from mailconnect.jmap.errors import LimitExceeded, RequestTooLarge
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.mailbox.mailboxes import mailbox_get, parse_mailboxes
from mailconnect.jmap.response import Responses
from mailconnect.mail.errors import MailboxError, ResponseTooLong, UnexpectedAnswer, UnknownThread
from mailconnect.mail.mailbox.mailbox import Mailbox
from mailconnect.mail.message import Message
from mailconnect.mail.reading import Messages, Reading

_USING = (CORE, MAIL)
_MAX_OF_A_THREAD = 4096
_TOGETHER = 4_000_000
"""Octets of all bodies, below what is read of a response."""
_OF_A_THREAD = 32_768
"""Octets of one body of a thread, of which it is not known how many messages it has."""
_SMALL = 16_384


async def read_messages(access: MailboxAccess, account_id: str, reading: Reading) -> Messages:
    """Raises MailboxError."""
    if reading.thread_id is not None:
        return await _thread(access, account_id, reading, reading.thread_id)
    read = await _by_ids(access, account_id, reading, reading.ids)
    envelopes = [one.envelope for one in read.found]
    return structs.replace(
        read, first_of_sender=await without_earlier_mail(access, account_id, envelopes, read.mailboxes)
    )


async def _by_ids(access: MailboxAccess, account_id: str, reading: Reading, ids: Sequence[str]) -> Messages:
    longest = min(reading.longest, _TOGETHER // (2 * max(len(ids), 1)))
    try:
        return await _read(access, account_id, reading, ids, longest=longest)
    except (ResponseTooLong, RequestTooLarge, LimitExceeded) as too_much:
        if isinstance(too_much, ResponseTooLong) or len(ids) < 2:
            return await _with_less(access, account_id, reading, ids, too_much)
    half = len(ids) // 2
    first = await _by_ids(access, account_id, reading, ids[:half])
    second = await _by_ids(access, account_id, reading, ids[half:])
    return Messages(
        found=[*first.found, *second.found],
        missing=[*first.missing, *second.missing],
        unreadable=first.unreadable + second.unreadable,
        mailboxes=first.mailboxes,
    )


async def _with_less(
    access: MailboxAccess, account_id: str, reading: Reading, ids: Sequence[str], too_much: MailboxError
) -> Messages:
    """With shorter bodies; headers alone are not shortened."""
    if not reading.content:
        raise too_much
    return await _read(access, account_id, reading, ids, longest=_SMALL, all_values=False)


async def _read(
    access: MailboxAccess,
    account_id: str,
    reading: Reading,
    ids: Sequence[str],
    *,
    longest: int,
    all_values: bool = True,
) -> Messages:
    names = mailbox_get(account_id, call_id="mailboxes")
    get = _email_get(account_id, reading, {"ids": [*ids]}, longest=longest, all_values=all_values)
    responses = await access.call(_USING, (names, get))
    fields = objects.fields_of(responses.to(get))
    found, unreadable = objects.read_list("Email", fields, _reader(reading), maximum=len(ids) + 1)
    by_id = {one.envelope.id: one for one in found}
    absent = [ident for ident in ids if ident not in by_id]
    named = objects.ids(fields.get("notFound"), maximum=len(ids))
    return Messages(
        found=[by_id[ident] for ident in ids if ident in by_id],
        missing=[ident for ident in absent if ident in named] if unreadable else absent,
        unreadable=unreadable,
        mailboxes=_mailboxes(responses, names),
    )


async def _thread(access: MailboxAccess, account_id: str, reading: Reading, thread_id: str) -> Messages:
    """In one request; where the thread is too long for one answer, in a second one the newest alone."""
    names = mailbox_get(account_id, call_id="mailboxes")
    thread = Invocation("Thread/get", {"accountId": account_id, "ids": [thread_id]}, "thread")
    reference = {"#ids": thread.result("/list/*/emailIds")}
    get = _email_get(account_id, reading, reference, longest=min(reading.longest, _OF_A_THREAD))
    try:
        responses = await access.call(_USING, (names, thread, get))
        fields = objects.fields_of(responses.to(get))
        ids = _ids_of_these(responses, thread, fields)
    except (ResponseTooLong, RequestTooLarge, LimitExceeded):
        ids = _ids_of((await access.call(_USING, (thread,))).to(thread))
        return await _newest(access, account_id, reading, ids)
    found, unreadable = objects.read_list("Email", fields, _reader(reading), maximum=_MAX_OF_A_THREAD)
    if ids and len(found) + unreadable == await access.most_objects() and len(found) + unreadable < len(ids):
        return await _newest(access, account_id, reading, ids)  # the server left out what is beyond its limit
    # Thread/get has them by the time of arrival, the oldest first; the newest are wanted.
    order = {ident: place for place, ident in enumerate(ids)}
    newest = sorted(found, key=lambda one: order.get(one.envelope.id, -1), reverse=True)
    shown = newest[reading.skip : reading.skip + reading.maximum]
    return Messages(
        found=shown,
        omitted=max(len(newest) - reading.skip - len(shown), 0),
        unreadable=unreadable,
        mailboxes=_mailboxes(responses, names),
    )


async def _newest(access: MailboxAccess, account_id: str, reading: Reading, ids: Sequence[str]) -> Messages:
    newest = [*reversed(ids)][reading.skip : reading.skip + reading.maximum]
    read = await _by_ids(access, account_id, reading, newest)
    return Messages(
        found=read.found,
        omitted=max(len(ids) - reading.skip - len(newest), 0),
        unreadable=read.unreadable,
        mailboxes=read.mailboxes,
    )


def _ids_of_these(responses: Responses, thread: Invocation, fields: Mapping[str, Any]) -> list[str]:
    """The thread's ids, or those of its emails where it cannot be read. Raises UnknownThread, and other MailboxError
    where there are none.
    """
    try:
        return _ids_of(responses.to(thread))
    except (UnexpectedAnswer, UnknownThread):
        ids = [one.get("id") for one in objects.objects(fields.get("list"), maximum=_MAX_OF_A_THREAD)]
        if not objects.ids(ids, maximum=1):
            raise
        return objects.ids(ids, maximum=_MAX_OF_A_THREAD)


def _ids_of(arguments: Any) -> list[str]:
    """Raises UnknownThread."""
    for one in objects.objects(objects.fields_of(arguments).get("list"), maximum=1):
        return objects.ids(one.get("emailIds"), maximum=_MAX_OF_A_THREAD)
    raise UnknownThread("the thread is not there")


def _email_get(
    account_id: str, reading: Reading, which: Mapping[str, Any], *, longest: int, all_values: bool = True
) -> Invocation:
    asked: dict[str, Any] = {"accountId": account_id, **which, "properties": [*ENVELOPE_PROPERTIES]}
    if reading.threading:
        asked["properties"] += [*THREADING_PROPERTIES, *DELIVERED_TO]
    if reading.content:
        asked["properties"] += CONTENT_PROPERTIES
        asked["bodyProperties"] = [*PART_PROPERTIES]
        # An invitation is a text part that is not in the body: only with all values it comes without a download.
        values = ("fetchAllBodyValues",) if all_values else ("fetchTextBodyValues", "fetchHTMLBodyValues")
        asked |= dict.fromkeys(values, True)
        asked["maxBodyValueBytes"] = longest
    return Invocation("Email/get", asked, "get")


def _reader(reading: Reading) -> Any:
    return message if reading.content else _without_content


def _without_content(sent: Mapping[str, Any]) -> Message | None:
    about = envelope(sent)
    return None if about is None else Message(about)


def _mailboxes(responses: Any, names: Invocation) -> Sequence[Mailbox]:
    """Without names, the messages are read all the same."""
    try:
        return parse_mailboxes(responses.to(names))[0]
    except MailboxError:
        return ()
