"""A grant's mail and contacts over JMAP: mailconnect.mail.port.Mail and mailconnect.contacts.port.Contacts."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from mailconnect.contacts.contact import FoundContacts
from mailconnect.jmap.access import MailboxAccess
from mailconnect.jmap.all_mailboxes import all_mailboxes
from mailconnect.jmap.errors import AccountNotFound, AccountNotSupportedByMethod, Forbidden
from mailconnect.jmap.remembered_places import RememberedPlaces
from mailconnect.mail.account import Accounts
from mailconnect.mail.errors import SharedAccountUnreadable, UnknownAccount
from mailconnect.mail.mailbox import Mailboxes

if TYPE_CHECKING:
    from mailconnect.mail.file import File
    from mailconnect.mail.reading import Messages, Reading
    from mailconnect.mail.search import Page, Search

_T = TypeVar("_T")

_NOT_THERE = (AccountNotFound, AccountNotSupportedByMethod, Forbidden)


class JmapMail:
    """What searching and reading take is imported by the first such call: list_mailboxes starts without it."""

    def __init__(self, access: MailboxAccess, remembered: RememberedPlaces) -> None:
        self._access = access
        self._remembered = remembered

    async def accounts(self) -> Accounts:
        return (await self._access.session()).in_mail_words()

    async def mailboxes(self, account_id: str | None = None) -> Mailboxes:
        return await self._of_account(account_id, lambda account: all_mailboxes(self._access, account))

    async def search(self, search: "Search", account_id: str | None = None) -> "Page":
        from mailconnect.jmap.email_search import search_emails  # noqa: PLC0415 -- with the search language, 40 ms

        return await self._of_account(
            account_id, lambda account: search_emails(self._access, account, search, self._remembered)
        )

    async def read(self, reading: "Reading", account_id: str | None = None) -> "Messages":
        from mailconnect.jmap.email_reading import read_messages  # noqa: PLC0415

        return await self._of_account(account_id, lambda account: read_messages(self._access, account, reading))

    async def attachment(
        self, email_id: str, attachment_id: str, *, most: int, account_id: str | None = None
    ) -> "File":
        from mailconnect.jmap.attachments import read_attachment  # noqa: PLC0415

        return await self._of_account(
            account_id, lambda account: read_attachment(self._access, account, email_id, attachment_id, most=most)
        )

    async def find(self, text: str, *, most: int) -> FoundContacts:
        from mailconnect.jmap.contact_search import find_contacts  # noqa: PLC0415

        return await find_contacts(self._access, text, most=most)

    async def _of_account(self, asked: str | None, read: Callable[[str], Awaitable[_T]]) -> _T:
        """What `read` makes of the account. It only reads, so it may be asked twice: a provider that has moved the
        owner's mail gives their account another id. Another person's account is never a reason to reconnect.
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

    async def _account(self, asked: str | None) -> str:
        """The owner's own, unless another is asked for that their session has now. Raises UnknownAccount."""
        own = await self._access.account_id()
        if asked is None or asked == own:
            return own
        if any(account.id == asked for account in (await self._access.session()).mail_accounts):
            return asked
        raise UnknownAccount("not in the session")
