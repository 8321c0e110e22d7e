"""The envelope: a data key seals a grant's props, and is wrapped under each live token, and once for revocation.

A sealed value is `version (1 byte) | nonce (12 bytes) | AES-256-GCM ciphertext and tag`. What it belongs to is its
associated data, so a value moved to another grant, owner, client, kind or version does not open (SealBroken). Version 2
is a wrap of the data key that is bound to what its token was issued for too; version 1 of it was not.
The revocation wrap is made by the `keys` port, not here.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mailconnect.clock import Entropy
from mailconnect.grants.errors import SealBroken
from mailconnect.grants.grant import Grant
from mailconnect.grants.tokens.token import Token

_VERSION, _BOUND = b"\x01", b"\x02"
_NONCE_BYTES = 12
DATA_KEY_BYTES = 32


def seal(
    key: bytes, plaintext: bytes, belongs_to: tuple[str, ...], entropy: Entropy, *, version: bytes = _VERSION
) -> bytes:
    """`plaintext` under the 256-bit `key`, tied to the place that `belongs_to` names."""
    nonce = entropy(_NONCE_BYTES)
    return version + nonce + AESGCM(key).encrypt(nonce, plaintext, _associated_data(version, belongs_to))


def unseal(key: bytes, sealed: bytes, belongs_to: tuple[str, ...], *, version: bytes = _VERSION) -> bytes:
    """The plaintext that `seal` was given; SealBroken when the value is not of this key and this place."""
    if len(sealed) < 1 + _NONCE_BYTES + 16 or sealed[:1] != version:
        raise SealBroken("sealed_form")
    nonce = sealed[1 : 1 + _NONCE_BYTES]
    try:
        return AESGCM(key).decrypt(nonce, sealed[1 + _NONCE_BYTES :], _associated_data(version, belongs_to))
    except InvalidTag:
        raise SealBroken("sealed_tag") from None


def wrap_data_key(data_key: bytes, token: Token, bound: tuple[str, ...], entropy: Entropy) -> bytes:
    """A token wrap: the data key, to be opened by the bearer of `token`, while the grant says that the token was issued
    for `bound` (`issued_as_code` and the three after it). So no writer of the store can widen what a token opens.

    A wrap is opened wherever a mailbox is asked for anything, or a token is rotated or redeemed. What the owner takes
    away later is in `Grant.scope`, which narrows a token further (decision 0021).
    """
    place = (*_of_token(token), *bound)
    return seal(derive_key(token, token.kind), data_key, place, entropy, version=_BOUND)


def unwrap_data_key(wrapped: bytes, token: Token, bound: tuple[str, ...]) -> bytes:
    """Raises SealBroken. A wrap of version 1 is bound to the token alone: an earlier release made it."""
    key = derive_key(token, token.kind)
    if wrapped[:1] == _VERSION:
        return unseal(key, wrapped, _of_token(token))
    return unseal(key, wrapped, (*_of_token(token), *bound), version=_BOUND)


def issued_as_code(grant: Grant) -> tuple[str, ...]:
    """The purpose of a code: its own limits, and what its redemption is checked against."""
    ends = str(grant.code_expires_at)
    return (*_never_changing(grant), grant.scope, ends, grant.redirect_uri or "", grant.code_challenge or "")


def issued_as_access_token(grant: Grant, scope: str, expires_at: int) -> tuple[str, ...]:
    return (*_never_changing(grant), scope, str(expires_at))


def issued_as_refresh_token(grant: Grant, scope: str, idle_expires_at: int) -> tuple[str, ...]:
    """`scope` is the grant's when the token was issued: the most that its successors can have."""
    return (*_never_changing(grant), scope, str(idle_expires_at))


def issued_as_approval_link(grant: Grant, approval_id: str, draft_id: str, until: int) -> tuple[str, ...]:
    """An approval link opens the grant for one draft, until the link's own end."""
    return (*_never_changing(grant), approval_id, draft_id, str(until))


def _never_changing(grant: Grant) -> tuple[str, ...]:
    return grant.client_id, grant.owner, grant.provider, grant.resource, str(grant.expires_at)


def is_bound(wrapped: bytes) -> bool:
    return wrapped[:1] == _BOUND


def _of_token(token: Token) -> tuple[str, ...]:
    return "data key", token.kind, token.grant_id


def derive_key(token: Token, purpose: str) -> bytes:
    """256 bits from a token's secret (RFC 5869), one key for each purpose."""
    return derive(token.secret, salt=token.grant_id.encode(), info=purpose)


def derive(secret: bytes, *, salt: bytes, info: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"mailconnect " + info.encode()).derive(secret)


def _associated_data(version: bytes, parts: tuple[str, ...]) -> bytes:
    encoded = [version, *map(str.encode, parts)]
    return b"".join([len(part).to_bytes(4) + part for part in encoded])
