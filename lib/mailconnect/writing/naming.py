"""Message-IDs of drafts: the same request has the same one, so that a repeated call writes nothing twice.

`mc.<key>.<content>@domain`: both halves are HMACs under the grant's key, so an ID tells nobody what it is made of.
"""

import base64
import hmac

from mailconnect.encoding.discreet import Discreet
from mailconnect.mail.draft.draft import OF_AN_ASSISTANT

_OF_THE_KEY, _OF_THE_CONTENT = 26, 13  # characters of base32, five bits each


class DraftName(Discreet, frozen=True):
    """`key` is what the Message-IDs of all messages with one idempotency key begin with."""

    key: str
    content: str

    def message_id(self, domain: str) -> str:
        return f"{self.beginning}{domain}"

    @property
    def beginning(self) -> str:
        return f"{self.key}.{self.content}@"


def name_of(secret: bytes, *, key: str | None, content: bytes) -> DraftName:
    """`content` is everything that was asked for. Without a key, the content is the key: the same request is found."""
    named = b"key\0" + key.encode() if key else b"content alone\0" + content
    inside = _base32(secret, b"content\0" + content, _OF_THE_CONTENT)
    return DraftName(f"{OF_AN_ASSISTANT}{_base32(secret, named, _OF_THE_KEY)}", inside)


def _base32(secret: bytes, said: bytes, length: int) -> str:
    return base64.b32encode(hmac.digest(secret, said, "sha256")).decode().lower()[:length]
