"""The properties of an Email that are asked for (RFC 8621 §4.1)."""

AUTHENTICATION = "header:Authentication-Results:asText:all"
"""All instances: without `:all` it is the last one, which the sender may have written."""
UNSUBSCRIBE = "header:List-Unsubscribe:asURLs"

ENVELOPE_PROPERTIES = (
    "id",
    "threadId",
    "mailboxIds",
    "keywords",
    "receivedAt",
    "from",
    "to",
    "cc",
    "bcc",
    "replyTo",
    "subject",
    "size",
    "hasAttachment",
    AUTHENTICATION,
    UNSUBSCRIBE,
)
"""Who wrote to whom, when, about what, and where it lies."""

HIT_PROPERTIES = tuple(
    name for name in ENVELOPE_PROPERTIES if name not in {"cc", "bcc", "replyTo", AUTHENTICATION, UNSUBSCRIBE}
)
"""What one line of a search result shows."""

ENVELOPE = frozenset(ENVELOPE_PROPERTIES)

CONTENT_PROPERTIES = ("bodyValues", "textBody", "htmlBody", "attachments")
PART_PROPERTIES = ("partId", "blobId", "size", "name", "type", "disposition", "cid")
