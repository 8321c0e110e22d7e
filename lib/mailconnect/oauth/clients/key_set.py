"""A client's public keys: a JWK Set without a secret (RFC 7517 §5, RFC 7518 §6)."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from mailconnect.oauth.errors import InvalidClientMetadata

MAX_KEYS = 20
_MAX_MEMBER = 2048
_SECRET_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_CURVES = (("EC", "P-256"), ("OKP", "Ed25519"))
_NAMELESS_KEYS = 2
"""Above so many, each key has a `kid` of its own (RFC 7517 §4.5): a signature must not be tried with every key."""

_LEAST_RSA_BITS, _MAX_RSA_BITS = 2048, 4096
_RSA_EXPONENT = 65_537
"""The usual one. A long exponent makes one verification cost twice as much."""

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+\Z")


def checked_key_set(document: Any) -> dict[str, Any]:
    """The set with those keys that can sign for us; InvalidClientMetadata unless there is one, or if one is secret.

    Keys of other kinds are left aside (RFC 7517 §5); a weak one of ours is not, since it would be used.
    """
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys) or len(keys) > MAX_KEYS:
        raise InvalidClientMetadata("the key set is not a JSON Web Key Set")
    if any(_SECRET_MEMBERS & key.keys() or key.get("kty") == "oct" for key in keys):
        raise InvalidClientMetadata("the key set contains a secret key")
    usable = [_public_part(key) for key in keys if _signs(key)]
    if not usable:
        raise InvalidClientMetadata("the key set has no key for RS256, ES256 or Ed25519")
    if len(usable) > _NAMELESS_KEYS and len({key.get("kid") for key in usable} - {None}) < len(usable):
        raise InvalidClientMetadata("a key set of more than two keys gives each key a kid of its own")
    return {"keys": usable}


def is_affordable(key: Mapping[str, str]) -> bool:
    """Whether a key that was checked before is within the present bounds: older versions took larger RSA keys."""
    if key["kty"] != "RSA":
        return True
    bits = int.from_bytes(_octets(key["n"])).bit_length()
    return _LEAST_RSA_BITS <= bits <= _MAX_RSA_BITS and int.from_bytes(_octets(key["e"])) == _RSA_EXPONENT


def _signs(key: dict[str, Any]) -> bool:
    operations = key.get("key_ops", ["verify"])
    if key.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        return False
    return key.get("kty") == "RSA" or (key.get("kty"), key.get("crv")) in _CURVES


def _public_part(key: dict[str, Any]) -> dict[str, Any]:
    members = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}[key["kty"]]
    public = {"kty": key["kty"]} | {name: key.get(name) for name in (*members, "kid", "alg") if name in key}
    if not all(isinstance(value, str) and 0 < len(value) <= _MAX_MEMBER for value in public.values()):
        raise InvalidClientMetadata("a key of the key set has a member that is no text")
    octets = {name: _octets(public.get(name, "")) for name in members if name != "crv"}
    if key["kty"] == "RSA":
        if not is_affordable(public):
            raise InvalidClientMetadata("an RSA key of the key set has not 2048 to 4096 bits and the exponent 65537")
    elif any(len(value) != 32 for value in octets.values()):
        raise InvalidClientMetadata("a key of the key set does not lie on its curve")
    return public


def _octets(text: str) -> bytes:
    if not _BASE64URL.match(text):
        raise InvalidClientMetadata("a key of the key set is not base64url")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise InvalidClientMetadata("a key of the key set is not base64url") from None
