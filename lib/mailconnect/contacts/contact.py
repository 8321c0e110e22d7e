"""A person or organization in the owner's address book."""

from collections.abc import Sequence

from mailconnect.encoding.discreet import Discreet


class Contact(Discreet, frozen=True):
    """The fields of a contact that a mail tool needs; the address book may hold more."""

    id: str
    name: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    organization: str = ""


class FoundContacts(Discreet, frozen=True):
    """`total` is None where the provider does not count. `unreadable` counts contacts that were not understood."""

    contacts: Sequence[Contact]
    total: int | None
    unreadable: int = 0
