"""Whom a request is served for, and with what: the grant's scopes, its ports, clock and entropy."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailconnect.attachments.port import AttachmentReader
from mailconnect.clock import Clock, Entropy
from mailconnect.contacts.port import Contacts
from mailconnect.mail.port import Mail
from mailconnect.masked.port import Masked
from mailconnect.render.beside import Rendering

if TYPE_CHECKING:  # what sending takes is imported by the first message that is sent
    from mailconnect.sending.sending import ConnectionSending


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """`granted` are the scopes that the grant holds and that its owner was told of.

    `search_key` gives the key of the grant's search cursors, `draft_key` that of its drafts' Message-IDs; both may
    raise GrantError. `authserv_ids` are the names under which the provider writes its verdicts on senders (RFC 8601
    §2.5). `account_page` is where the owner allows more. `attachments` reads files away from every key, None where
    this server reads none. `sending` gives what sends, and is None where this server sends nothing. `opens_urls`: a
    client of 2025-11-25 has said at `initialize` that it opens addresses for its person; `announced` notes that.
    """

    granted: frozenset[str]
    mail: Mail = field(repr=False)
    contacts: Contacts = field(repr=False)
    masked: Masked = field(repr=False)
    clock: Clock
    entropy: Entropy
    search_key: Callable[[], bytes] = field(repr=False)
    draft_key: Callable[[], bytes] = field(repr=False)
    rendering: Rendering = field(default_factory=Rendering, repr=False)
    authserv_ids: tuple[str, ...] = ()
    account_page: str = ""
    attachments: AttachmentReader | None = field(default=None, repr=False)
    sending: "Callable[[], ConnectionSending] | None" = field(default=None, repr=False)
    opens_urls: bool = False
    announced: Callable[[bool], Awaitable[None]] | None = field(default=None, repr=False)
