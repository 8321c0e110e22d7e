"""The operators, the values they take, and what is written for them by mistake."""

from typing import Final

from mailconnect.mail.query import tree

PEOPLE: Final[dict[str, type[tree.Person]]] = {
    "from": tree.From,
    "to": tree.To,
    "cc": tree.Cc,
    "bcc": tree.Bcc,
    "with": tree.With,
}
WORDS: Final[dict[str, type[tree.Words]]] = {
    "subject": tree.Subject,
    "body": tree.Body,
    "text": tree.Text,
    "filename": tree.Filename,
    "list": tree.List,
}
SIZES: Final[dict[str, type[tree.Larger | tree.Smaller]]] = {"larger": tree.Larger, "smaller": tree.Smaller}
DATES: Final[dict[str, type[tree.Before | tree.After]]] = {
    "before": tree.Before,
    "after": tree.After,
    "older_than": tree.Before,
    "newer_than": tree.After,
}
OPERATORS: Final = (*PEOPLE, *WORDS, "in", "is", "has", *SIZES, *DATES)

SAME_AS: Final = {"label": "in", "folder": "in", "mailbox": "in", "older": "before", "newer": "after"}
"""The words of other mail programs, and their meaning where there is no doubt."""

REMEDIES: Final = {
    "sender": "`from:`",
    "author": "`from:`",
    "recipient": "`to:`, or `with:` for sender and recipients",
    "recipients": "`to:`, or `with:` for sender and recipients",
    "deliveredto": "`to:`",
    "participant": "`with:`",
    "participants": "`with:`",
    "title": "`subject:`",
    "content": "`body:`",
    "message": "`body:`",
    "keyword": "`text:` for a word, or `is:` for a mark",
    "attachment": "`has:attachment`, or `filename:` with a part of its name",
    "attachments": "`has:attachment`, or `filename:` with a part of its name",
    "hasattachment": "`has:attachment`",
    "has_attachment": "`has:attachment`",
    "file": "`filename:`",
    "name": "`from:` for a person, or `filename:` for an attachment",
    "ext": "`filename:`",
    "unread": "`is:unread`",
    "seen": "`is:read`",
    "flag": "`is:flagged`",
    "status": "`is:unread` or `is:read`",
    "size": "`larger:` or `smaller:`, such as `larger:5M`",
    "since": "`after:`",
    "until": "`before:`",
    "date": "`after:2026-11-02 before:2026-11-03` for one day",
    "on": "`after:2026-11-02 before:2026-11-03` for one day",
    "during": "`after:2026-11-01 before:2026-12-01` for one month",
    "newerthan": "`newer_than:`",
    "olderthan": "`older_than:`",
    "category": "`in:` with a mailbox, or words",
    "order": "the `order` argument",
    "sort": "the `order` argument",
    "limit": "the `limit` argument",
    "account": "words of the message",
}
"""The operator to write for a word that is none, where the nearest spelling is not the one that was meant."""

MARKS: Final = {
    "read": ("seen", True),
    "seen": ("seen", True),
    "unread": ("seen", False),
    "unseen": ("seen", False),
    "flagged": ("flagged", True),
    "starred": ("flagged", True),
    "pinned": ("flagged", True),
    "unflagged": ("flagged", False),
    "unstarred": ("flagged", False),
    "answered": ("answered", True),
    "replied": ("answered", True),
    "unanswered": ("answered", False),
    "unreplied": ("answered", False),
    "forwarded": ("forwarded", True),
    "draft": ("draft", True),
    "important": ("important", True),
    "phishing": ("phishing", True),
    "muted": ("muted", True),
    "followed": ("followed", True),
}
"""Words after `is:`, each with a mark and whether the email has it."""

MARKS_PRINTED: Final = {
    "seen": "read",
    "flagged": "flagged",
    "answered": "answered",
    "forwarded": "forwarded",
    "draft": "draft",
    "important": "important",
    "phishing": "phishing",
    "muted": "muted",
    "followed": "followed",
    "hasmemo": "memo",
}

PLACES: Final = {
    "anywhere": ("anywhere", "everywhere", "all", "any", "all mail", "allmail", "all-mail"),
    "inbox": ("inbox",),
    "archive": ("archive", "archives", "archived"),
    "drafts": ("drafts", "draft"),
    "sent": ("sent", "sent mail", "sent items", "sent-mail", "outbox"),
    "junk": ("junk", "spam", "junk mail", "junk e-mail", "junk email", "bulk"),
    "trash": ("trash", "bin", "deleted", "deleted items", "deleted messages"),
    "scheduled": ("scheduled",),
    "snoozed": ("snoozed",),
}
"""The roles that `in:` takes, each with the words for it. `anywhere` is none: it asks for junk and trash too."""

PLACE_OF: Final = {word: place for place, words in PLACES.items() for word in words}

IS_PLACES: Final = {
    "spam": "junk",
    "junk": "junk",
    "trash": "trash",
    "trashed": "trash",
    "deleted": "trash",
    "sent": "sent",
    "inbox": "inbox",
    "archived": "archive",
    "snoozed": "snoozed",
    "scheduled": "scheduled",
}
"""Words that `is:` takes although they name a place."""

ATTACHMENT: Final = frozenset({"attachment", "attachments", "file", "files"})
HAS: Final = ("attachment", "memo")

KINDS_OF_FILE: Final = {
    "pdf": "pdf",
    "image": "jpg",
    "images": "jpg",
    "photo": "jpg",
    "picture": "jpg",
    "document": "docx",
    "documents": "docx",
    "doc": "docx",
    "word": "docx",
    "spreadsheet": "xlsx",
    "excel": "xlsx",
    "presentation": "pptx",
    "powerpoint": "pptx",
    "invite": "ics",
    "invitation": "ics",
    "calendar": "ics",
    "zip": "zip",
    "csv": "csv",
}
"""Words after `has:` for a kind of file, each with the end of such a file's name."""


def nearest(word: str, known: tuple[str, ...]) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415 -- for an error alone

    close = get_close_matches(word, known, n=1, cutoff=0.6)
    return close[0] if close else None
