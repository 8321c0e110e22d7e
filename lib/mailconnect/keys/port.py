"""Ports to the keys that are no token's: the revocation wrap and the owner hash. KMS on AWS, a key file on one machine.

They are apart because the functions' rights are: `web` seals, names owners and widens, `operator` names owners, `sweep`
alone opens.
"""

from typing import Protocol


class KeyUnavailable(Exception):
    """The key service does not answer, or the key is disabled: nothing is sealed, opened or named."""


class DataKeySealer(Protocol):
    async def seal_data_key(self, data_key: bytes, grant_id: str) -> bytes:
        """The revocation wrap of a grant's data key. Raises KeyUnavailable."""


class DataKeyOpener(Protocol):
    async def open_data_key(self, sealed: bytes, grant_id: str) -> bytes:
        """Raises SealBroken (grants.errors) if `sealed` is another grant's, KeyUnavailable if it cannot tell."""


class OwnerNamer(Protocol):
    async def owner(self, provider: str, username: str) -> str:
        """64 hex digits that name an account of a provider to us alone. Case and surrounding space do not matter."""


class WideningKeys(Protocol):
    async def widening_key(self, grant_id: str) -> bytes:
        """32 bytes, the same each time for one grant (mailconnect.grants.widening). Raises KeyUnavailable."""


class Voucher(Protocol):
    async def vouch(self, text: str) -> str:
        """64 hex digits that only we can make of this text: a writer of the store cannot. Raises KeyUnavailable."""


class OwnerKey(OwnerNamer, WideningKeys, Voucher, Protocol):
    """The uses that `web` has for the one key with which it may make MACs."""
