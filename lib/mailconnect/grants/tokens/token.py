"""Our tokens: opaque text that finds its grant by itself (design: one GetItem), of which only a hash is ever stored.

    mcc_ | mca_ | mcr_   grant id (128 random bits)   secret (256 random bits)   [mcr_ only: family tag (128 bits)]

All parts are base62 of a fixed width. The family tag proves that a refresh token was once issued for its grant, so that
a replay of any generation is told from a made-up token, which must be able to end nothing (RFC 9700 §4.14.2).
"""

import hashlib
import hmac
from enum import StrEnum

from mailconnect.clock import Entropy
from mailconnect.encoding.discreet import Discreet
from mailconnect.grants.errors import MalformedToken

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_DIGIT = {character: value for value, character in enumerate(_ALPHABET)}
_WIDTH = {16: 22, 32: 43}  # bytes -> base62 characters

GRANT_ID_BYTES = 16
GRANT_ID_LENGTH = _WIDTH[GRANT_ID_BYTES]
_SECRET_BYTES = 32
_TAG_BYTES = 16


class TokenKind(StrEnum):
    """A token's prefix is its kind; the word is what key derivation is bound to."""

    CODE = "code"
    ACCESS = "access"
    REFRESH = "refresh"

    @property
    def prefix(self) -> str:
        return _PREFIX[self]


_PREFIX = {TokenKind.CODE: "mcc_", TokenKind.ACCESS: "mca_", TokenKind.REFRESH: "mcr_"}
_PARTS = {
    TokenKind.CODE: (GRANT_ID_BYTES, _SECRET_BYTES),
    TokenKind.ACCESS: (GRANT_ID_BYTES, _SECRET_BYTES),
    TokenKind.REFRESH: (GRANT_ID_BYTES, _SECRET_BYTES, _TAG_BYTES),
}
_LENGTH = {kind: 4 + sum(_WIDTH[size] for size in parts) for kind, parts in _PARTS.items()}


class Token(Discreet, frozen=True):
    """One token in clear: it exists in responses and with its bearer, never in a store."""

    kind: TokenKind
    grant_id: str
    secret: bytes
    text: str

    def hash(self) -> str:
        """SHA-256 of the text, hex: what a store may hold."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def encode_base62(data: bytes) -> str:
    number, characters = int.from_bytes(data), []
    for _ in range(_WIDTH[len(data)]):
        number, digit = divmod(number, 62)
        characters.append(_ALPHABET[digit])
    return "".join(reversed(characters))


def decode_base62(text: str, size: int) -> bytes:
    """Raises MalformedToken."""
    number = 0
    try:
        for character in text:
            number = number * 62 + _DIGIT[character]
        return number.to_bytes(size)
    except (KeyError, OverflowError):
        raise MalformedToken("token_not_base62") from None


def new_grant_id(entropy: Entropy) -> str:
    return encode_base62(entropy(GRANT_ID_BYTES))


def mint(kind: TokenKind, grant_id: str, entropy: Entropy, *, family_key: bytes = b"") -> Token:
    secret = entropy(_SECRET_BYTES)
    tag = encode_base62(_family_tag(family_key, secret)) if kind is TokenKind.REFRESH else ""
    return Token(kind, grant_id, secret, f"{kind.prefix}{grant_id}{encode_base62(secret)}{tag}")


def parse(text: str, kind: TokenKind) -> Token:
    """The token in `text`; MalformedToken unless it is of this kind and of our form."""
    if len(text) != _LENGTH[kind] or not text.startswith(kind.prefix):
        raise MalformedToken("token_form")
    start, parts = 4, []
    for size in _PARTS[kind]:
        parts.append(decode_base62(text[start : start + _WIDTH[size]], size))
        start += _WIDTH[size]
    return Token(kind, text[4 : 4 + GRANT_ID_LENGTH], parts[1], text)


def of_family(token: Token, family_key: bytes) -> bool:
    """Whether this refresh token was once issued under this grant's family key, in whatever generation."""
    tag = encode_base62(_family_tag(family_key, token.secret))
    return hmac.compare_digest(tag.encode(), token.text[-len(tag) :].encode())


def _family_tag(family_key: bytes, secret: bytes) -> bytes:
    return hmac.digest(family_key, b"mailconnect refresh family\0" + secret, "sha256")[:_TAG_BYTES]
