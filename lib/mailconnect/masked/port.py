"""The port through which a tool reaches one owner's masked addresses."""

from typing import Protocol

from mailconnect.masked.address import MaskedAddress, MaskedAddresses, MaskedState, NewMaskedAddress


class Masked(Protocol):
    """Raises as mailconnect.mail.port.Mail does. Every method raises NoMaskedAddresses where the provider has none."""

    def may_have_masked(self) -> bool:
        """False where the mailbox is known to have none. No request is made."""
        ...

    async def masked(self) -> MaskedAddresses:
        """All of them, those that are deleted too."""
        ...

    async def make_masked(self, new: NewMaskedAddress) -> MaskedAddress:
        """Enabled. Raises MaskedRefused, MaskedUnknown."""
        ...

    async def set_masked(self, ident: str, state: MaskedState) -> None:
        """Raises UnknownMasked, MaskedRefused, MaskedUnknown."""
        ...
