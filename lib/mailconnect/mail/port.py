"""The port through which a tool reaches one owner's mail, whatever protocol the provider speaks.

Every method may raise MailboxError, whose `text` a model may read. It may also raise
mailconnect.grants.errors.GrantError, where what is sealed in the grant does not open: the caller's token is worthless
then, so the model is told nothing.

Ids are opaque text. `account_id` is None for the owner's own account; another one must be among `accounts()` now, or
UnknownAccount is raised. A list is read object by object: one that cannot be understood harms only itself and is
counted.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from mailconnect.mail.account import Accounts
from mailconnect.mail.mailbox import Mailbox, Mailboxes

if TYPE_CHECKING:  # what listing mailboxes does not need, its start does not import
    from mailconnect.mail.change import Changes, Patch
    from mailconnect.mail.file import File
    from mailconnect.mail.reading import Messages, Reading
    from mailconnect.mail.search import Page, Search


class Mail(Protocol):
    """The implementation asks the provider only for what the grant's scopes need, and raises NotAllowed otherwise."""

    async def accounts(self) -> Accounts:
        """The accounts as they are now: one request, never a stored copy."""
        ...

    async def mailboxes(self, account_id: str | None = None) -> Mailboxes:
        """All mailboxes, in the provider's order. One request, more only where the provider gives less at once."""
        ...

    async def search(self, search: "Search", account_id: str | None = None) -> "Page":
        """One page of hits.

        Raises QueryError for a mailbox that is not there, SearchRefused where the provider cannot search like that.
        """
        ...

    async def read(self, reading: "Reading", account_id: str | None = None) -> "Messages":
        """The messages; never marks one as read. Raises UnknownThread for a thread that is not there."""
        ...

    async def attachment(
        self, email_id: str, attachment_id: str, *, most: int, account_id: str | None = None
    ) -> "File":
        """The bytes of one attachment.

        Raises UnknownEmail, UnknownAttachment, and AttachmentTooLarge for one of more than `most` octets.
        """
        ...

    async def change(self, ids: Sequence[str], patch: "Patch", account_id: str | None = None) -> "Changes":
        """Files and marks emails, at most MOST_CHANGED of them; destroys nothing. Sent again, it changes nothing more.

        Raises QueryError for a mailbox that is not there, NoPlaceFor, NotAPlace. Once something may have been
        changed, nothing is raised: each email has its outcome.
        """
        ...

    async def create_mailbox(self, name: str, parent: str | None = None, account_id: str | None = None) -> Mailbox:
        """The new mailbox, at the top where `parent` is None.

        Mailboxes are named by role, id, path or name, here and in the methods that follow. Each of these methods
        raises MailboxRefused, and QueryError for a mailbox that is not there.
        """
        ...

    async def rename_mailbox(self, mailbox: str, name: str, account_id: str | None = None) -> tuple[Mailbox, Mailbox]:
        """As it was, and as it is."""
        ...

    async def move_mailbox(
        self, mailbox: str, parent: str | None, account_id: str | None = None
    ) -> tuple[Mailbox, Mailbox]:
        """As it was, and as it is. `parent` None is the top."""
        ...

    async def delete_mailbox(self, mailbox: str, account_id: str | None = None) -> Mailbox:
        """As it was. Raises MailboxNotEmpty, MailboxHasChildren."""
        ...
