"""Drafts written and removed (RFC 8621 §4.6).

Writing is three requests: what is there already, with the files that are attached; Email/set; the draft as it is
stored. Email/set cannot be in the first request, since what is there decides whether it is sent at all.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from mailconnect.jmap import objects
from mailconnect.jmap.access import MailboxAccess, ask
from mailconnect.jmap.email.creation import Blob, email_of
from mailconnect.jmap.email.draft_reading import USING, draft_get, draft_of, read_draft
from mailconnect.jmap.email.emails import attachments
from mailconnect.jmap.email.properties import PART_PROPERTIES
from mailconnect.jmap.errors import StateMismatch
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.mailbox.mailboxes import mailbox_get, parse_mailboxes
from mailconnect.jmap.response import Responses
from mailconnect.mail.draft.draft import DRAFT, Draft, NewDraft, PartOf
from mailconnect.mail.draft.errors import DraftRefused, DraftTooLarge, KeyUsed, MailboxFull, NoDraftsMailbox
from mailconnect.mail.errors import UnexpectedAnswer, UnknownAttachment, UnknownEmail
from mailconnect.mail.mailbox.mailbox import Mailbox

_MAX_OF_A_KEY = 20
_MAX_TRIES = 3
_MAX_PARTS = 200
_REFUSALS = {"overQuota": MailboxFull, "tooLarge": DraftTooLarge, "blobNotFound": UnknownAttachment}


async def write_draft(access: MailboxAccess, account_id: str, new: NewDraft) -> Draft:
    """Raises MailboxError."""
    names = mailbox_get(account_id, call_id="mailboxes")
    # A server that looks for whole words alone finds the Message-ID, and not what it begins with.
    query, get = _named(account_id, [new.message_id, new.key])
    files = _files(account_id, new)
    responses = await access.call(USING, (names, query, get, *files))
    mailboxes, _ = parse_mailboxes(responses.to(names))
    there = _there(account_id, new, objects.fields_of(responses.to(get)), mailboxes)
    if there is not None:
        return there
    create = Invocation(
        "Email/set",
        {
            "accountId": account_id,
            "create": {"draft": email_of(new, mailbox_id=_drafts(mailboxes), blobs=_blobs(new, responses, files))},
        },
        "set",
    )
    answered = await ask(access, USING, create)
    return await read_draft(access, account_id, _created(answered))


async def draft_named(access: MailboxAccess, account_id: str, beginning: str) -> Draft | None:
    """Raises MailboxError."""
    query, get = _named(account_id, [beginning, beginning.rstrip("@")])
    fields = objects.fields_of((await access.call(USING, (query, get))).to(get))
    found, _ = objects.read_list("Email", fields, lambda sent: draft_of(account_id, sent), maximum=_MAX_OF_A_KEY)
    return next((one for one in found if one.message_id.startswith(beginning)), None)


async def remove_draft(access: MailboxAccess, account_id: str, draft_id: str) -> bool:
    """Only in the state in which it was seen to be a draft: it could be sent in between (RFC 8620 §5.3, ifInState)."""
    get = Invocation("Email/get", {"accountId": account_id, "ids": [draft_id], "properties": ["id", "keywords"]}, "get")
    for _ in range(_MAX_TRIES):
        fields = await ask(access, USING, get)
        found = objects.objects(fields.get("list"), maximum=1)
        if not found:
            return True
        keywords = found[0].get("keywords")
        if not (isinstance(keywords, dict) and keywords.get(DRAFT) is True):
            return False
        destroy = Invocation(
            "Email/set",
            {"accountId": account_id, "ifInState": objects.text(fields.get("state")), "destroy": [draft_id]},
            "set",
        )
        try:
            answered = await ask(access, USING, destroy)
        except StateMismatch:
            continue
        destroyed = answered.get("destroyed")
        return isinstance(destroyed, list) and draft_id in destroyed
    return False


def _named(account_id: str, texts: Sequence[str]) -> tuple[Invocation, Invocation]:
    """The newest messages with one of these in their Message-ID."""
    named = [{"header": ["message-id", text]} for text in texts]
    query = Invocation(
        "Email/query",
        {
            "accountId": account_id,
            "filter": {"operator": "OR", "conditions": named},
            "sort": [{"property": "receivedAt", "isAscending": False}],
            "limit": _MAX_OF_A_KEY,
        },
        "query",
    )
    return query, draft_get(account_id, {"#ids": query.result("/ids")})


def _there(account_id: str, new: NewDraft, fields: Mapping[str, Any], mailboxes: Sequence[Mailbox]) -> Draft | None:
    """The draft that was written before with this key, unless it is in the trash. Raises KeyUsed."""
    found, _ = objects.read_list("Email", fields, lambda sent: draft_of(account_id, sent), maximum=_MAX_OF_A_KEY)
    trash = {one.id for one in mailboxes if one.role == "trash"}
    same = [one for one in found if one.message_id.startswith(new.key) and not trash.issuperset(one.mailbox_ids)]
    for one in same:
        if one.message_id == new.message_id:
            return one
    if same:
        raise KeyUsed("another message has this key")
    return None


def _drafts(mailboxes: Sequence[Mailbox]) -> str:
    """Raises NoDraftsMailbox."""
    for one in mailboxes:
        if one.role == "drafts":
            return one.id
    raise NoDraftsMailbox("no mailbox has the role")


def _files(account_id: str, new: NewDraft) -> tuple[Invocation, ...]:
    sources = [*dict.fromkeys(file.email_id for file in new.files if isinstance(file, PartOf))]
    asked = {
        "accountId": account_id,
        "ids": sources,
        "properties": ["id", "attachments"],
        "bodyProperties": [*PART_PROPERTIES, "charset"],
    }
    return (Invocation("Email/get", asked, "files"),) if sources else ()


def _blobs(new: NewDraft, responses: Responses, files: tuple[Invocation, ...]) -> Mapping[PartOf, Blob]:
    """Raises UnknownEmail, UnknownAttachment."""
    known: dict[str, dict[str, Blob]] = {}
    for call in files:
        for email in objects.objects(objects.fields_of(responses.to(call)).get("list"), maximum=len(new.files)):
            parts = {
                objects.text(part.get("partId")): part
                for part in objects.objects(email.get("attachments"), maximum=_MAX_PARTS)
            }
            known[objects.text(email.get("id"))] = {
                about.id: Blob(
                    blob,
                    about,
                    charset=objects.text(parts.get(about.id, {}).get("charset"), longest=40),
                    cid=objects.text(parts.get(about.id, {}).get("cid"), longest=255),
                )
                for about, blob in attachments(email)
                if objects.an_id(blob)
            }
    blobs = {}
    for file in new.files:
        if not isinstance(file, PartOf):
            continue
        if file.email_id not in known:
            raise UnknownEmail("the email of an attachment is not there")
        if file.attachment_id not in known[file.email_id]:
            raise UnknownAttachment("the email has no such part")
        blobs[file] = known[file.email_id][file.attachment_id]
    return blobs


def _created(answered: Mapping[str, Any]) -> str:
    """The id. Raises DraftRefused, UnexpectedAnswer."""
    match answered:
        case {"created": {"draft": {"id": str(ident)}}} if objects.an_id(ident):
            return ident
        case {"notCreated": {"draft": {"type": "alreadyExists", "existingId": str(ident)}}} if objects.an_id(ident):
            return ident
        case {"notCreated": {"draft": {"type": str(kind)}}}:
            _refuse(kind)
    raise UnexpectedAnswer("Email/set neither created nor refused")


def _refuse(kind: str) -> NoReturn:
    """Of what the provider says, only the type is told."""
    raise _REFUSALS.get(kind, DraftRefused)("the provider refused the draft")
