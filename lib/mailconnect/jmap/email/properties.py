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
"""The sender, the recipients, time and subject, and where the email lies."""

HIT_PROPERTIES = tuple(
    name for name in ENVELOPE_PROPERTIES if name not in {"cc", "bcc", "replyTo", AUTHENTICATION, UNSUBSCRIBE}
)
"""The properties in one line of a search result."""

THREADING_PROPERTIES = ("messageId", "inReplyTo", "references", "sentAt")
"""The properties that a reply must refer to (RFC 5322 §3.6.4)."""

DELIVERED_TO = tuple(f"header:{name}:asAddresses" for name in ("X-Delivered-To", "Delivered-To", "X-Original-To"))
"""Which of the owner's addresses a message came to, where To and Cc do not say it."""

DRAFT_PROPERTIES = (
    *("id", "threadId", "blobId", "mailboxIds", "keywords", "from", "to", "cc", "bcc", "replyTo", "subject"),
    *THREADING_PROPERTIES,
)
"""Of a draft, besides its content."""

ENVELOPE = frozenset(ENVELOPE_PROPERTIES)

CONTENT_PROPERTIES = ("bodyValues", "textBody", "htmlBody", "attachments")
PART_PROPERTIES = ("partId", "blobId", "size", "name", "type", "disposition", "cid")
