"""Proof Key for Code Exchange, S256 only (RFC 7636)."""

import base64
import hashlib
import re

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}\Z")


def is_challenge(text: str) -> bool:
    """Whether it can be an S256 challenge: base64url of 32 bytes (§4.2)."""
    return _CHALLENGE.match(text) is not None


def is_verifier(text: str) -> bool:
    """Whether it has the form of §4.1."""
    return _VERIFIER.match(text) is not None


def s256(verifier: str) -> str:
    """code_challenge = BASE64URL(SHA256(ASCII(code_verifier))) (§4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()
