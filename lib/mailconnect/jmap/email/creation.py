"""The Email object that becomes a draft (RFC 8621 §4.6)."""

from collections.abc import Mapping, Sequence
from typing import Any

from mailconnect.encoding.discreet import Discreet
from mailconnect.mail.address import Address
from mailconnect.mail.draft.draft import DRAFT, NewDraft, PartOf
from mailconnect.mail.message import Attachment


class Blob(Discreet, frozen=True):
    """The bytes of an attachment, which stay at the provider. `charset` is empty where it is no text, `cid` where the
    HTML does not refer to it (RFC 2392)."""

    id: str
    about: Attachment
    charset: str = ""
    cid: str = ""


def email_of(new: NewDraft, *, mailbox_id: str, blobs: Mapping[PartOf, Blob]) -> Mapping[str, Any]:
    """`blobs` has one for each of the draft's files that is a part of another message."""
    values = {"text": {"value": new.plain}}
    bodies: dict[str, Any] = {"textBody": [{"partId": "text", "type": "text/plain"}]}
    if new.html is not None:
        values["html"] = {"value": new.html}
        bodies["htmlBody"] = [{"partId": "html", "type": "text/html"}]
    attached = []
    for number, file in enumerate(new.files):
        if isinstance(file, PartOf):
            blob = blobs[file]
            part: dict[str, Any] = {"blobId": blob.id, "type": blob.about.type or "application/octet-stream"}
            inside = file.keeps_place and blob.about.is_inline and blob.cid
            part |= {"disposition": "inline", "cid": blob.cid} if inside else {"disposition": "attachment"}
            if blob.charset and blob.about.type.startswith("text/"):
                part["charset"] = blob.charset
            name = blob.about.name
        else:
            values[f"file{number}"] = {"value": file.text}
            part = {"partId": f"file{number}", "type": file.type, "disposition": "attachment"}
            name = file.name
        attached.append({**part, **({"name": name} if name else {})})
    if attached:
        bodies["attachments"] = attached
    written = {
        "from": _people([new.sender]),
        "to": _people(new.to),
        "cc": _people(new.cc),
        "bcc": _people(new.bcc),
        "replyTo": _people(new.reply_to),
        "inReplyTo": [*new.in_reply_to],
        "references": [*new.references],
    }
    return {
        "mailboxIds": {mailbox_id: True},
        "keywords": {DRAFT: True, "$seen": True},
        "messageId": [new.message_id],
        "sentAt": new.sent_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "subject": new.subject,
        **{name: value for name, value in written.items() if value},
        **bodies,
        "bodyValues": values,
    }


def _people(addresses: Sequence[Address]) -> list[Mapping[str, str | None]]:
    return [{"name": one.name or None, "email": one.email} for one in addresses]
