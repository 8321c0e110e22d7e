"""A grant's mail and contacts over JMAP: mailconnect.mail.port.Mail and mailconnect.contacts.port.Contacts."""

from typing import TYPE_CHECKING

from mailconnect.contacts.contact import FoundContacts
from mailconnect.jmap.access import MailboxAccess
from mailconnect.jmap.all_mailboxes import all_mailboxes
from mailconnect.jmap.remembered_places import RememberedPlaces
from mailconnect.mail.account import Accounts
from mailconnect.mail.errors import UnknownAccount
from mailconnect.mail.mailbox import Mailboxes

if TYPE_CHECKING:
    from mailconnect.mail.file import File
    from mailconnect.mail.reading import Messages, Reading
    from mailconnect.mail.search import Page, Search


class JmapMail:
    """What searching and reading take is imported by the first such call: list_mailboxes starts without it."""

    def __init__(self, access: MailboxAccess, remembered: RememberedPlaces) -> None:
        self._access = access
        self._remembered = remembered

    async def accounts(self) -> Accounts:
        return (await self._access.session()).in_mail_words()

    async def mailboxes(self, account_id: str | None = None) -> Mailboxes:
        return await all_mailboxes(self._access, await self._account(account_id))

    async def search(self, search: "Search", account_id: str | None = None) -> "Page":
        from mailconnect.jmap.email_search import search_emails  # noqa: PLC0415 -- with the search language, 40 ms

        return await search_emails(self._access, await self._account(account_id), search, self._remembered)

    async def read(self, reading: "Reading", account_id: str | None = None) -> "Messages":
        from mailconnect.jmap.email_reading import read_messages  # noqa: PLC0415

        return await read_messages(self._access, await self._account(account_id), reading)

    async def attachment(
        self, email_id: str, attachment_id: str, *, most: int, account_id: str | None = None
    ) -> "File":
        from mailconnect.jmap.attachments import read_attachment  # noqa: PLC0415

        account = await self._account(account_id)
        return await read_attachment(self._access, account, email_id, attachment_id, most=most)

    async def find(self, text: str, *, most: int) -> FoundContacts:
        from mailconnect.jmap.contact_search import find_contacts  # noqa: PLC0415

        return await find_contacts(self._access, text, most=most)

    def may_have_contacts(self) -> bool:
        return self._access.may_have_contacts()

    async def _account(self, asked: str | None) -> str:
        """The owner's own, unless another is asked for that their session has now. Raises UnknownAccount."""
        own = await self._access.account_id()
        if asked is None or asked == own:
            return own
        if any(account.id == asked for account in (await self._access.session()).mail_accounts):
            return asked
        raise UnknownAccount("not in the session")
