"""Keys that KMS keeps and never shows: `web` seals data keys and names owners, `sweep` alone opens.

Nothing is asked of KMS when an assistant calls. An encryption context stands in CloudTrail in clear: hashes only.

A key that KMS rotates opens what it sealed before. After a change to another key, `KmsOpener` is given both until the
last grant of the old one is gone: KMS finds from a sealed value which of them it needs (F-35).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from mailconnect.grants.errors import SealBroken
from mailconnect.keys.keyfile import owner_message, vouching_message, widening_message
from mailconnect.keys.port import KeyUnavailable
from mailconnect.pseudonyms import grant_hash

_MAX_SEALED = 6144
"""Bytes that Decrypt takes."""


def kms_config() -> Config:
    """At most 3 x 2 s and short pauses, while a person waits at their sign-in. All three calls can be repeated."""
    return Config(
        connect_timeout=1,
        read_timeout=2,
        retries={"mode": "standard", "total_max_attempts": 3},
        tcp_keepalive=True,
    )


class Kms(Protocol):
    """The calls that are made of botocore's client: one for each class below."""

    def encrypt(self, **parameters: Any) -> dict[str, Any]: ...

    def decrypt(self, **parameters: Any) -> dict[str, Any]: ...

    def generate_mac(self, **parameters: Any) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class KmsSealer:
    """DataKeySealer. `key` is the id or ARN of a symmetric encryption key."""

    client: Kms
    key: str

    async def seal_data_key(self, data_key: bytes, grant_id: str) -> bytes:
        context = _encryption_context(grant_id)
        answer = _ask(self.client.encrypt, KeyId=self.key, Plaintext=data_key, EncryptionContext=context)
        sealed: bytes = answer["CiphertextBlob"]
        return sealed


@dataclass(frozen=True, slots=True)
class KmsOpener:
    """DataKeyOpener. `keys` are the ARNs of all keys that grants have been sealed under."""

    client: Kms
    keys: tuple[str, ...]

    async def open_data_key(self, sealed: bytes, grant_id: str) -> bytes:
        if not 0 < len(sealed) <= _MAX_SEALED:
            raise SealBroken("sealed_form")
        answer = _ask(self.client.decrypt, CiphertextBlob=sealed, EncryptionContext=_encryption_context(grant_id))
        if answer["KeyId"] not in self.keys:
            raise KeyUnavailable("KMS: sealed under a key that is not ours")
        data_key: bytes = answer["Plaintext"]
        return data_key


@dataclass(frozen=True, slots=True)
class KmsNamer:
    """OwnerKey. `key` is the id or ARN of an HMAC_256 key: for good, as nobody finds their grants under another."""

    client: Kms
    key: str

    async def owner(self, provider: str, username: str) -> str:
        return self._mac(owner_message(provider, username)).hex()

    async def widening_key(self, grant_id: str) -> bytes:
        return self._mac(widening_message(grant_id))

    async def vouch(self, text: str) -> str:
        return self._mac(vouching_message(text)).hex()

    def _mac(self, message: bytes) -> bytes:
        """Of the message's hash, because GenerateMac takes 4,096 bytes."""
        hashed = hashlib.sha256(message).digest()
        answer = _ask(self.client.generate_mac, KeyId=self.key, Message=hashed, MacAlgorithm="HMAC_SHA_256")
        mac: bytes = answer["Mac"]
        return mac


def _encryption_context(grant_id: str) -> dict[str, str]:
    return {"app": "mailconnect", "purpose": "revoke", "grant": grant_hash(grant_id)}


def _ask(call: Callable[..., dict[str, Any]], **parameters: Any) -> dict[str, Any]:
    """Raises SealBroken where KMS says so, and KeyUnavailable for all else: nothing is given up for a passing fault."""
    try:
        return call(**parameters)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code == "InvalidCiphertextException":  # Damaged, or sealed with another context.
            raise SealBroken("sealed_elsewhere") from None
        raise KeyUnavailable(f"KMS: {code}") from None
    except Exception as error:  # noqa: BLE001 - botocore's own, and whatever its parser makes of a malformed answer
        raise KeyUnavailable(f"KMS: {type(error).__name__}") from None
