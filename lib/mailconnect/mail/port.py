"""The port through which a tool reaches one owner's mail, whatever protocol the provider speaks.

Every method may raise MailboxError, whose `text` a model may read. It may also raise
mailconnect.grants.errors.GrantError, where what is sealed in the grant does not open: the caller's token is worthless
then, so the model is told nothing.

Ids are opaque text. `account_id` is None for the owner's own account; another one must be among `accounts()` now, or
UnknownAccount is raised. A list is read object by object: one that cannot be understood harms only itself and is
counted.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from mailconnect.mail.account import Accounts
from mailconnect.mail.mailbox.mailbox import Mailbox, Mailboxes

if TYPE_CHECKING:  # what listing mailboxes does not need, its start does not import
    from mailconnect.mail.acquaintance import Acquaintance
    from mailconnect.mail.address import Address
    from mailconnect.mail.change import Changes, Patch
    from mailconnect.mail.draft.draft import Draft, NewDraft
    from mailconnect.mail.draft.submission import NewSubmission, Submissions, Submitted
    from mailconnect.mail.file import File
    from mailconnect.mail.identity import Identity
    from mailconnect.mail.reading import Messages, Reading
    from mailconnect.mail.search import Search, SearchPage


class Mail(Protocol):
    """The implementation asks the provider only for what the grant's scopes need, and raises NotAllowed otherwise."""

    async def accounts(self) -> Accounts:
        """The accounts as they are now: one request, never a stored copy."""
        ...

    async def mailboxes(self, account_id: str | None = None) -> Mailboxes:
        """All mailboxes, in the provider's order. One request, more only where the provider gives less at once."""
        ...

    async def search(self, search: "Search", account_id: str | None = None) -> "SearchPage":
        """One page of hits.

        Raises QueryError for a mailbox that is not there, SearchRefused where the provider cannot search like that.
        """
        ...

    async def read(self, reading: "Reading", account_id: str | None = None) -> "Messages":
        """The messages; never marks one as read. Raises UnknownThread for a thread that is not there."""
        ...

    async def attachment(
        self, email_id: str, attachment_id: str | None, *, maximum: int, account_id: str | None = None
    ) -> "File":
        """The bytes of one attachment; with None, of the only one that the email has.

        Raises UnknownEmail, UnknownAttachment, and AttachmentTooLarge for one of more than `maximum` octets.
        """
        ...

    async def identities(self) -> Sequence["Identity"]:
        """The identities that the owner may send from, the provider's default first. Raises NoIdentities."""
        ...

    async def write_draft(self, new: "NewDraft") -> "Draft":
        """Stores a draft in the owner's drafts folder, and gives it as the provider stores it.

        A draft with the same Message-ID that is there already, and not in the trash, is given instead of a second one.
        Raises KeyUsed where the key stands for another message; UnknownEmail and UnknownAttachment for a file that is
        not there; DraftRefused, NoDraftsMailbox. After NotAnswering, the same call finds what was stored.
        """
        ...

    async def draft_named(self, beginning: str) -> "Draft | None":
        """The newest message of the owner's whose Message-ID begins like that."""
        ...

    async def draft(self, draft_id: str) -> "Draft":
        """The message of this id in the owner's own account. Raises UnknownDraft where there is none.

        One that is no draft (any more) has `is_draft` False.
        """
        ...

    async def edition(self, message_id: str) -> "Draft | None":
        """The draft of this Message-ID, not in the trash: an edited draft has another id, and keeps its Message-ID."""
        ...

    async def remove_draft(self, draft_id: str) -> bool:
        """Destroys a draft that another has replaced, and nothing but a draft: False where it is not one any more.

        True also where it is gone already.
        """
        ...

    async def acquaintance(self, addresses: "Sequence[Address]") -> "Mapping[str, Acquaintance]":
        """Of each address, by its email in small letters. Nothing of it is kept."""
        ...

    async def submissions(self, draft_id: str) -> "Submissions":
        """The waiting submissions of this message, and the state of all submissions now. One request."""
        ...

    async def submit(self, new: "NewSubmission") -> "Submitted":
        """Sends a draft, or has it held. It is never repeated: without a response, the message may have been sent.

        Raises StateMoved, SubmissionRefused, NotHeld, NotAllowed, Unreachable, Unauthorized and Throttled: then nothing
        was submitted. After any other error it is not known.
        """
        ...

    async def cancel(self, draft_id: str) -> None:
        """Takes back what waits of this message, and puts it among the drafts. Raises NothingWaits where nothing does
        or it has left meanwhile.
        """
        ...

    async def change(
        self, ids: Sequence[str], patch: "Patch", *, threads: bool = False, account_id: str | None = None
    ) -> "Changes":
        """Files and marks emails, at most MAX_CHANGED of them; destroys nothing. Sent again, it changes nothing more.

        `threads`: also the other emails of their threads that share a mailbox with one of these. Raises QueryError for
        a mailbox that is not there, NoPlaceFor, NotAPlace, TooManyEmails for longer threads. Once something may have
        been changed, nothing is raised: each email has its outcome.
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
