"""The port through which a tool reaches one owner's address book."""

from typing import Protocol

from mailconnect.contacts.contact import FoundContacts


class Contacts(Protocol):
    """Raises as mailconnect.mail.port.Mail does."""

    def may_have_contacts(self) -> bool:
        """False where the mailbox is known to have no address book. No request is made."""
        ...

    async def find(self, text: str, *, maximum: int) -> FoundContacts:
        """Contacts with the text in their name, organization or an address. Raises NoContacts where there is no
        address book."""
        ...
