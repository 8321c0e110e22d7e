"""Which messages belong to one thread (RFC 8621 §3): they share a message id and what their subjects are about."""

import re
from dataclasses import dataclass, field

from mailconnect.sandbox.mail.header_forms import as_message_ids, as_text

_NAMING = ("message-id", "in-reply-to", "references")
_PREFIX = re.compile(
    r"^\s*(?:(?:re|fwd?|aw|wg|sv|vs|antw|tr|rv|res|enc|ref|odp|回复|返信)(?:\[\d+\])?\s*[:\uff1a]\s*|\[[^\]]*\]\s*)",
    re.IGNORECASE,
)


def names_of(headers: list[tuple[str, str]]) -> tuple[frozenset[str], str]:
    """The message ids that a message carries and refers to, and its subject."""
    fields = {name.lower(): value for name, value in headers}
    ids = frozenset(found for name in _NAMING for found in as_message_ids(fields.get(name, "")) or ())
    return ids, as_text(fields.get("subject", ""))


def base_subject(subject: str) -> str:
    """Without reply and forward prefixes, list tags and white space."""
    while (shorter := _PREFIX.sub("", subject)) != subject:
        subject = shorter
    return re.sub(r"\s+", "", subject).casefold()


@dataclass(slots=True)
class Threads:
    """Remembers the message ids seen so far, with the thread of each."""

    _seen: dict[tuple[str, str], str] = field(default_factory=dict)

    def of(self, ids: frozenset[str], subject: str, fresh: str) -> str:
        """The thread that these message ids lead to; fresh where they lead nowhere."""
        keys = [(name, base_subject(subject)) for name in sorted(ids)]
        thread = next((self._seen[key] for key in keys if key in self._seen), fresh)
        for key in keys:
            self._seen.setdefault(key, thread)
        return thread
