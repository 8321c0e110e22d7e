"""The keys of one machine: a JSON file that its owner alone can read (docs/storage.md).

    {"version": 1, "sealing_keys": [{"id": "16 hex digits", "key": "base64"}, ...], "owner_key": "base64"}

The first sealing key seals, every one opens; a sealed value names its key: `version | key id | envelope`. The owner key
stays for good: under another one nobody would find their grants again.
"""

import base64
import contextlib
import hmac
import json
import os
import string
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from mailconnect.clock import Entropy
from mailconnect.data_folder import locked_folder
from mailconnect.grants.envelope import seal, unseal
from mailconnect.grants.errors import SealBroken
from mailconnect.keys.port import KeyUnavailable
from mailconnect.pseudonyms import grant_hash

_FILE_VERSION = 1
_BLOB_VERSION = b"\x01"
_KEY_ID_BYTES = 8
_KEY_BYTES = 32
_ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


class KeyFileRefused(Exception):
    """At start: the key file cannot be used as it is. The sentence names the file and says what to do."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """DataKeySealer, DataKeyOpener and OwnerKey."""

    sealing_keys: dict[bytes, bytes] = field(repr=False)
    """By key id, the newest first."""
    owner_key: bytes = field(repr=False)
    entropy: Entropy = field(repr=False)

    @classmethod
    def open(cls, path: Path, entropy: Entropy) -> Self:
        """The keys in the file, which is made if there is none. Raises KeyFileRefused."""
        with _locked(path):
            if not path.exists():
                _replace(path, _new_document(entropy))
            return cls(*_keys(_read(path), path), entropy)

    async def seal_data_key(self, data_key: bytes, grant_id: str) -> bytes:
        key_id, key = next(iter(self.sealing_keys.items()))
        return _BLOB_VERSION + key_id + seal(key, data_key, _place(grant_id), self.entropy)

    async def open_data_key(self, sealed: bytes, grant_id: str) -> bytes:
        key_id, envelope = sealed_by(sealed), sealed[1 + _KEY_ID_BYTES :]
        if sealed[:1] != _BLOB_VERSION or len(key_id) != _KEY_ID_BYTES:
            raise SealBroken("sealed_form")
        if key_id not in self.sealing_keys:
            raise KeyUnavailable(f"the key file has no sealing key {key_id.hex()}")
        return unseal(self.sealing_keys[key_id], envelope, _place(grant_id))

    async def owner(self, provider: str, username: str) -> str:
        return hmac.digest(self.owner_key, owner_message(provider, username), "sha256").hex()

    async def widening_key(self, grant_id: str) -> bytes:
        return hmac.digest(self.owner_key, widening_message(grant_id), "sha256")

    async def vouch(self, text: str) -> str:
        return hmac.digest(self.owner_key, vouching_message(text), "sha256").hex()


def add_sealing_key(path: Path, entropy: Entropy) -> None:
    """Rotation: a new key seals from the next start on, and the older ones go on to open. Raises KeyFileRefused."""
    with _locked(path):
        document = _read(path)
        _keys(document, path)
        _replace(path, document | {"sealing_keys": [_new_sealing_key(entropy), *document["sealing_keys"]]})


def sealed_by(sealed: bytes) -> bytes:
    """The id of the sealing key that a sealed data key names."""
    return sealed[1 : 1 + _KEY_ID_BYTES]


def owner_message(provider: str, username: str) -> bytes:
    """The bytes whose HMAC is an owner's name: the same for each spelling of one account, and for no other one.

    So only ASCII letters are folded: full case folding would make one of `strasse` and `straße`.
    """
    folded = unicodedata.normalize("NFC", username.strip()).translate(_ASCII_LOWER)
    parts = (provider, folded)
    encoded = [part.encode(errors="surrogatepass") for part in parts]
    return b"".join(len(part).to_bytes(4) + part for part in encoded)


def widening_message(grant_id: str) -> bytes:
    """No owner message begins like this: those begin with a length of four bytes, of which the first is zero."""
    return b"mailconnect widening key\0" + grant_id.encode()


def vouching_message(text: str) -> bytes:
    """No message for an owner or a widening key begins like this."""
    return b"mailconnect vouched for\0" + text.encode()


def _place(grant_id: str) -> tuple[str, ...]:
    """The values that KMS gets as encryption context."""
    return ("app", "mailconnect", "purpose", "revoke", "grant", grant_hash(grant_id))


def _new_document(entropy: Entropy) -> dict[str, Any]:
    return {
        "version": _FILE_VERSION,
        "sealing_keys": [_new_sealing_key(entropy)],
        "owner_key": base64.b64encode(entropy(_KEY_BYTES)).decode(),
    }


def _new_sealing_key(entropy: Entropy) -> dict[str, str]:
    return {"id": entropy(_KEY_ID_BYTES).hex(), "key": base64.b64encode(entropy(_KEY_BYTES)).decode()}


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise KeyFileRefused(f"{path} can be read by other users of this machine: run chmod 600 {path}")
        text = file.read()
    try:
        document = json.loads(text)
        version = document["version"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _damaged(path) from None
    if isinstance(version, int) and version > _FILE_VERSION:
        raise KeyFileRefused(
            f"{path} was written by a newer mailconnect (key file version {version}, this one knows {_FILE_VERSION}):"
            " start that one"
        )
    if version != _FILE_VERSION:
        raise _damaged(path)
    return dict(document)


def _keys(document: dict[str, Any], path: Path) -> tuple[dict[bytes, bytes], bytes]:
    try:
        sealing_keys = {bytes.fromhex(entry["id"]): _decode(entry["key"]) for entry in document["sealing_keys"]}
        owner_key = _decode(document["owner_key"])
        whole = len(sealing_keys) == len(document["sealing_keys"]) > 0
    except (ValueError, TypeError, KeyError):
        raise _damaged(path) from None
    if not whole or any(len(key_id) != _KEY_ID_BYTES for key_id in sealing_keys):
        raise _damaged(path)
    return sealing_keys, owner_key


def _decode(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != _KEY_BYTES:
        raise ValueError("key length")
    return key


def _damaged(path: Path) -> KeyFileRefused:
    return KeyFileRefused(
        f"{path} is damaged or is no key file: restore it from a backup. With new keys in its place, nobody finds their"
        " connections again and those that end are not revoked at the provider"
    )


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time; what the file system refuses inside becomes a KeyFileRefused."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked_folder(path.parent):
            yield
    except OSError as error:
        raise KeyFileRefused(f"{path} cannot be read or written: {error.strerror}") from error


def _replace(path: Path, document: dict[str, Any]) -> None:
    """Whole and durable, or not at all."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(document, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
