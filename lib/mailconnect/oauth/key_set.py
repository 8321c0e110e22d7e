"""The public keys that a client proves itself with: a JWK Set without a secret in it (RFC 7517 §5, RFC 7518 §6)."""

import base64
import binascii
import re
from typing import Any

from mailconnect.oauth.errors import InvalidClientMetadata

MAX_KEYS = 20
_MAX_MEMBER = 2048
_SECRET_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_CURVES = (("EC", "P-256"), ("OKP", "Ed25519"))
_LEAST_RSA_BITS, _MOST_RSA_BITS = 2048, 6144  # joserfc reads no longer signature
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
    return {"keys": usable}


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
        bits = int.from_bytes(octets["n"]).bit_length()
        exponent = int.from_bytes(octets["e"])
        if not _LEAST_RSA_BITS <= bits <= _MOST_RSA_BITS or not 2 < exponent < 1 << 33 or exponent % 2 == 0:
            raise InvalidClientMetadata("an RSA key of the key set is too weak, or too large")
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
