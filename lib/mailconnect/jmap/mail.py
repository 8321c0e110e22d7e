"""A grant's mail, contacts and masked addresses over JMAP: the ports in mail, contacts and masked."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from mailconnect.contacts.contact import FoundContacts
from mailconnect.jmap.access import MailboxAccess
from mailconnect.jmap.errors import AccountNotFound, AccountNotSupportedByMethod, Forbidden
from mailconnect.jmap.mailbox.mailboxes import all_mailboxes
from mailconnect.jmap.mailbox.remembered_places import RememberedPlaces
from mailconnect.mail.account import Accounts
from mailconnect.mail.errors import SharedAccountUnreadable, UnknownAccount
from mailconnect.mail.mailbox.mailbox import Mailbox, Mailboxes

if TYPE_CHECKING:
    from mailconnect.jmap.submitting import SubmissionFacts
    from mailconnect.mail.acquaintance import Acquaintance
    from mailconnect.mail.address import Address
    from mailconnect.mail.change import Changes, Patch
    from mailconnect.mail.draft.draft import Draft, NewDraft
    from mailconnect.mail.draft.submission import NewSubmission, Submissions, Submitted
    from mailconnect.mail.file import File
    from mailconnect.mail.identity import Identity
    from mailconnect.mail.reading import Messages, Reading
    from mailconnect.mail.search import Search, SearchPage
    from mailconnect.masked.address import MaskedAddress, MaskedAddresses, MaskedState, NewMaskedAddress

_T = TypeVar("_T")

_NOT_THERE = (AccountNotFound, AccountNotSupportedByMethod, Forbidden)


class JmapMail:
    """The first search or reading imports what these take: list_mailboxes starts without it."""

    def __init__(self, access: MailboxAccess, remembered: RememberedPlaces) -> None:
        self._access = access
        self._remembered = remembered
        self._places: SubmissionFacts | None = None

    async def accounts(self) -> Accounts:
        return (await self._access.session()).in_mail_words()

    async def mailboxes(self, account_id: str | None = None) -> Mailboxes:
        return await self._of_account(account_id, partial(all_mailboxes, self._access))

    async def search(self, search: "Search", account_id: str | None = None) -> "SearchPage":
        from mailconnect.jmap.email.search import search_emails  # noqa: PLC0415 -- with the search language, 40 ms

        return await self._of_account(
            account_id, lambda account: search_emails(self._access, account, search, self._remembered)
        )

    async def read(self, reading: "Reading", account_id: str | None = None) -> "Messages":
        from mailconnect.jmap.email.reading import read_messages  # noqa: PLC0415

        return await self._of_account(account_id, lambda account: read_messages(self._access, account, reading))

    async def attachment(
        self, email_id: str, attachment_id: str | None, *, maximum: int, account_id: str | None = None
    ) -> "File":
        from mailconnect.jmap.email.attachments import read_attachment  # noqa: PLC0415

        return await self._of_account(
            account_id, lambda account: read_attachment(self._access, account, email_id, attachment_id, maximum=maximum)
        )

    async def identities(self) -> "Sequence[Identity]":
        from mailconnect.jmap.identities import read_identities  # noqa: PLC0415

        return await self._of_account(None, lambda account: read_identities(self._access, account))

    async def write_draft(self, new: "NewDraft") -> "Draft":
        from mailconnect.jmap.email.drafts import write_draft  # noqa: PLC0415

        return await write_draft(self._access, await self._access.account_id(), new)

    async def draft_named(self, beginning: str) -> "Draft | None":
        from mailconnect.jmap.email.drafts import draft_named  # noqa: PLC0415

        return await draft_named(self._access, await self._access.account_id(), beginning)

    async def draft(self, draft_id: str) -> "Draft":
        from mailconnect.jmap.email.draft_reading import read_draft  # noqa: PLC0415

        return await read_draft(self._access, await self._access.account_id(), draft_id)

    async def edition(self, message_id: str) -> "Draft | None":
        from mailconnect.jmap.email.draft_reading import read_edition  # noqa: PLC0415

        return await read_edition(self._access, await self._access.account_id(), message_id)

    async def remove_draft(self, draft_id: str) -> bool:
        from mailconnect.jmap.email.drafts import remove_draft  # noqa: PLC0415

        return await remove_draft(self._access, await self._access.account_id(), draft_id)

    async def acquaintance(self, addresses: "Sequence[Address]") -> "Mapping[str, Acquaintance]":
        from mailconnect.jmap.email.acquaintance import acquaintance  # noqa: PLC0415

        return await acquaintance(self._access, await self._access.account_id(), addresses)

    async def submissions(self, draft_id: str) -> "Submissions":
        from mailconnect.jmap.submitting import look  # noqa: PLC0415

        found, self._places = await look(self._access, await self._account(None), draft_id)
        return found

    async def submit(self, new: "NewSubmission") -> "Submitted":
        from mailconnect.jmap.submitting import look, submit  # noqa: PLC0415

        account = await self._account(None)
        if self._places is None:
            _, self._places = await look(self._access, account, new.draft_id)
        return await submit(self._access, account, new, self._places)

    async def cancel(self, draft_id: str) -> None:
        from mailconnect.jmap.submitting import cancel  # noqa: PLC0415

        await cancel(self._access, await self._account(None), draft_id)

    async def change(
        self, ids: Sequence[str], patch: "Patch", *, threads: bool = False, account_id: str | None = None
    ) -> "Changes":
        from mailconnect.jmap.email.change import change_emails  # noqa: PLC0415

        return await self._changing(
            account_id, lambda account: change_emails(self._access, account, ids, patch, threads=threads)
        )

    async def create_mailbox(self, name: str, parent: str | None = None, account_id: str | None = None) -> Mailbox:
        from mailconnect.jmap.mailbox.change import create_mailbox  # noqa: PLC0415

        return await self._changing(account_id, lambda account: create_mailbox(self._access, account, name, parent))

    async def rename_mailbox(self, mailbox: str, name: str, account_id: str | None = None) -> tuple[Mailbox, Mailbox]:
        from mailconnect.jmap.mailbox.change import rename_mailbox  # noqa: PLC0415

        return await self._changing(account_id, lambda account: rename_mailbox(self._access, account, mailbox, name))

    async def move_mailbox(
        self, mailbox: str, parent: str | None, account_id: str | None = None
    ) -> tuple[Mailbox, Mailbox]:
        from mailconnect.jmap.mailbox.change import move_mailbox  # noqa: PLC0415

        return await self._changing(account_id, lambda account: move_mailbox(self._access, account, mailbox, parent))

    async def delete_mailbox(self, mailbox: str, account_id: str | None = None) -> Mailbox:
        from mailconnect.jmap.mailbox.change import delete_mailbox  # noqa: PLC0415

        return await self._changing(account_id, lambda account: delete_mailbox(self._access, account, mailbox))

    def may_have_masked(self) -> bool:
        return self._access.may_have_masked()

    async def masked(self) -> "MaskedAddresses":
        from mailconnect.jmap.masked_addresses import all_masked  # noqa: PLC0415

        return await all_masked(self._access)

    async def make_masked(self, new: "NewMaskedAddress") -> "MaskedAddress":
        from mailconnect.jmap.masked_addresses import make_masked  # noqa: PLC0415

        return await make_masked(self._access, new)

    async def set_masked(self, ident: str, state: "MaskedState") -> None:
        from mailconnect.jmap.masked_addresses import set_masked  # noqa: PLC0415

        await set_masked(self._access, ident, state)

    async def find(self, text: str, *, maximum: int) -> FoundContacts:
        from mailconnect.jmap.contact_search import find_contacts  # noqa: PLC0415

        return await find_contacts(self._access, text, maximum=maximum)

    def may_have_contacts(self) -> bool:
        return self._access.may_have_contacts()

    async def _of_account(self, asked: str | None, read: Callable[[str], Awaitable[_T]]) -> _T:
        """The result of `read` for the account. It reads, or changes what it may change twice; and where the account is
        not there, nothing was done. So it may be asked twice: a provider that has moved the owner's mail gives their
        account another id. Another person's account is never a reason to reconnect.
        """
        account = await self._account(asked)
        try:
            return await read(account)
        except _NOT_THERE:
            if account != await self._access.account_id():
                raise SharedAccountUnreadable("refused") from None
            own = (await self._access.session()).account_id
            if own == account:
                raise
        return await read(own)

    async def _changing(self, asked: str | None, change: Callable[[str], Awaitable[_T]]) -> _T:
        """The result of a change, which is made once. `forbidden` keeps its own words: it is about the change."""
        account = await self._account(asked)
        try:
            return await change(account)
        except (AccountNotFound, AccountNotSupportedByMethod):
            if account == await self._access.account_id():
                raise
            raise SharedAccountUnreadable("refused") from None

    async def _account(self, asked: str | None) -> str:
        """The owner's own, unless another is asked for that their session has now. Raises UnknownAccount."""
        own = await self._access.account_id()
        if asked is None or asked == own:
            return own
        if any(account.id == asked for account in (await self._access.session()).mail_accounts):
            return asked
        raise UnknownAccount("not in the session")
