"""A draft as the provider stores it now (RFC 8621 §4.2)."""

from collections.abc import Mapping
from typing import Any

from mailconnect.jmap import objects
from mailconnect.jmap.access import MailboxAccess
from mailconnect.jmap.capabilities import CORE, MAIL
from mailconnect.jmap.email_properties import CONTENT_PROPERTIES, DRAFT_PROPERTIES, PART_PROPERTIES
from mailconnect.jmap.emails import content, date, envelope
from mailconnect.jmap.invocation import Invocation
from mailconnect.mail.draft import Draft
from mailconnect.mail.errors import UnknownDraft

USING = (CORE, MAIL)
_LONGEST_BODY = 1_000_000  # octets


async def read_draft(access: MailboxAccess, account_id: str, draft_id: str) -> Draft:
    """Raises UnknownDraft."""
    get = draft_get(account_id, {"ids": [draft_id]})
    fields = objects.fields_of((await access.call(USING, (get,))).to(get))
    for sent in objects.objects(fields.get("list"), most=1):
        found = draft_of(account_id, sent)
        if found is not None:
            return found
    raise UnknownDraft("the email is not there")


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
