"""The digest of a draft: what was seen is what is sent."""

from hashlib import sha256

from mailconnect.encoding import fast_json
from mailconnect.mail.draft.draft import Draft


def digest(draft: Draft) -> str:
    """Hex SHA-256 of all that leaves, and of the provider's name of the message's bytes.

    Another word, another recipient or another file is another digest; being filed elsewhere or marked as read is none.
    """
    leaves = [
        draft.account_id,
        draft.bytes_id,
        draft.message_id,
        *([[one.name, one.email] for one in group] for group in (draft.sender, draft.to, draft.cc, draft.bcc)),
        [[one.name, one.email] for one in draft.reply_to],
        draft.subject,
        draft.plain,
        draft.html,
        draft.is_cut,
        [[one.id, one.name, one.type, one.size, one.is_inline] for one in draft.attachments],
        draft.sent_at.isoformat() if draft.sent_at else None,
        [*draft.in_reply_to],
        [*draft.references],
    ]
    return sha256(b"mailconnect draft\0" + fast_json.encode(leaves)).hexdigest()
