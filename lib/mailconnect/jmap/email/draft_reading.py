"""A draft as the provider stores it now (RFC 8621 §4.2)."""

from collections.abc import Mapping
from typing import Any

from mailconnect.jmap import objects
from mailconnect.jmap.access import MailboxAccess, ask
from mailconnect.jmap.capabilities import CORE, MAIL
from mailconnect.jmap.email.emails import content, date, envelope
from mailconnect.jmap.email.properties import CONTENT_PROPERTIES, DRAFT_PROPERTIES, PART_PROPERTIES
from mailconnect.jmap.invocation import Invocation
from mailconnect.mail.draft.draft import DRAFT, Draft
from mailconnect.mail.draft.errors import UnknownDraft

USING = (CORE, MAIL)
_MAX_EDITIONS = 5
_MAX_PLACES = 10_000
_LONGEST_BODY = 1_000_000  # octets


async def read_draft(access: MailboxAccess, account_id: str, draft_id: str) -> Draft:
    """Raises UnknownDraft."""
    get = draft_get(account_id, {"ids": [draft_id]})
    fields = await ask(access, USING, get)
    for sent in objects.objects(fields.get("list"), maximum=1):
        found = draft_of(account_id, sent)
        if found is not None:
            return found
    raise UnknownDraft("the email is not there")


async def read_edition(access: MailboxAccess, account_id: str, message_id: str) -> Draft | None:
    """Of several, the newest."""
    named = {"operator": "AND", "conditions": [{"header": ["message-id", message_id]}, {"hasKeyword": DRAFT}]}
    query = Invocation(
        "Email/query",
        {
            "accountId": account_id,
            "filter": named,
            "sort": [{"property": "receivedAt", "isAscending": False}],
            "limit": _MAX_EDITIONS,
        },
        "query",
    )
    get = draft_get(account_id, {"#ids": query.result("/ids")})
    boxes = Invocation("Mailbox/get", {"accountId": account_id, "ids": None, "properties": ["id", "role"]}, "boxes")
    responses = await access.call(USING, (query, get, boxes))
    places = objects.fields_of(responses.to(boxes)).get("list")
    trash = {one.get("id") for one in objects.objects(places, maximum=_MAX_PLACES) if one.get("role") == "trash"}
    for sent in objects.objects(objects.fields_of(responses.to(get)).get("list"), maximum=_MAX_EDITIONS):
        found = draft_of(account_id, sent)
        if found is None or found.message_id != message_id or not found.is_draft:
            continue
        if not trash.issuperset(found.mailbox_ids):
            return found
    return None


def draft_get(account_id: str, which: Mapping[str, Any], *, call_id: str = "get") -> Invocation:
    return Invocation(
        "Email/get",
        {
            "accountId": account_id,
            **which,
            "properties": [*DRAFT_PROPERTIES, *CONTENT_PROPERTIES],
            "bodyProperties": [*PART_PROPERTIES],
            "fetchTextBodyValues": True,
            "fetchHTMLBodyValues": True,
            "maxBodyValueBytes": _LONGEST_BODY,
        },
        call_id,
    )


def draft_of(account_id: str, sent: Mapping[str, Any]) -> Draft | None:
    """None without an id."""
    about = envelope(sent)
    if about is None:
        return None
    inside = content(sent)
    return Draft(
        id=about.id,
        account_id=account_id,
        thread_id=about.thread_id,
        message_id=next(iter(about.message_ids), ""),
        sender=about.sender,
        to=about.to,
        cc=about.cc,
        bcc=about.bcc,
        reply_to=about.reply_to,
        subject=about.subject,
        plain=inside.plain,
        html=inside.html,
        attachments=inside.attachments,
        keywords=about.keywords,
        mailbox_ids=about.mailbox_ids,
        sent_at=date(sent.get("sentAt")),
        in_reply_to=about.in_reply_to,
        references=about.references,
        bytes_id=objects.text(sent.get("blobId"), longest=255),
        is_cut=inside.is_cut,
    )
