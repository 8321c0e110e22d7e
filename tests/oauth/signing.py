"""A client that signs: keys of each kind, and assertions that can be bent (RFC 7523)."""

import base64
import functools
import json
import warnings
from typing import Any

from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

Key = RSAKey | ECKey | OKPKey


@functools.cache
def key(algorithm: str, number: int = 0) -> Key:
    """Made once for each process: an RSA key takes long."""
    match algorithm:
        case "RS256":
            return RSAKey.generate_key(2048, auto_kid=True)
        case "ES256":
            return ECKey.generate_key("P-256", auto_kid=True)
        case _:
            return OKPKey.generate_key("Ed25519", auto_kid=True)


def key_set(*keys: Key) -> dict[str, Any]:
    return {"keys": [one.as_dict(private=False) for one in keys]}


def assertion(signer: Key, algorithm: str, claims: dict[str, Any], **header: Any) -> str:
    protected = {"alg": algorithm, "kid": signer.kid} | header
    named = {name: value for name, value in protected.items() if value is not None}
    payload = json.dumps({name: value for name, value in claims.items() if value is not None})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # EdDSA, which clients still say
        return jws.serialize_compact(named, payload, signer, algorithms=[algorithm])


def unsigned(header: dict[str, Any], claims: Any, signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
