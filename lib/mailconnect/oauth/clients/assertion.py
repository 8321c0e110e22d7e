"""Client authentication by a signed assertion, private_key_jwt (RFC 7523 §2.2, §3; RFC 7521 §4.2, §5.2).

The claims are checked before the keys are fetched, so that a made-up assertion causes no fetch. joserfc verifies the
signature. This module is imported for the first assertion: joserfc is slow to import.
"""

import hashlib
import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from mailconnect.encoding import strict_json
from mailconnect.ledger_keys import LedgerKind, ledger_key
from mailconnect.oauth.clients.key_set import is_affordable
from mailconnect.oauth.errors import InvalidClient, KeyUnknown

CLOCK_SKEW = 30
"""Seconds by which the client's clock may differ from ours."""

LONGEST = 300
"""Seconds that an assertion may live."""

_REMEMBERED = CLOCK_SKEW + 300
"""Seconds after its expiry for which a used assertion is remembered. An assertion that was valid in its last second is
stored later, when the client's keys are there, and our clocks may differ.
"""

_KEY_OF = {"RS256": "RSA", "ES256": "EC", "Ed25519": "OKP", "EdDSA": "OKP"}
_KEYS: dict[str, type[RSAKey] | type[ECKey] | type[OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
_MAX_JTI = 256
_MAX_TRIED = 2
"""Keys that one signature is verified with."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """Claims that are well-formed, and not verified yet."""

    text: str = field(repr=False)
    algorithm: str
    key_id: str | None
    client_id: str
    token_id: str
    expires_at: int

    @property
    def ledger_key(self) -> str:
        """The ledger key under which the assertion is remembered as used."""
        return ledger_key(
            LedgerKind.ASSERTION, hashlib.sha256(f"{self.client_id} {self.token_id}".encode()).hexdigest()
        )

    @property
    def remembered_until(self) -> int:
        return self.expires_at + _REMEMBERED


def read_assertion(text: str, client_id: str, audiences: Collection[str], now: int) -> Assertion:
    """Raises InvalidClient."""
    try:
        parts = jws.extract_compact(text.encode("ascii"))
        header, claims = parts.headers(), strict_json.loads(parts.payload)
    except (JoseError, ValueError, TypeError, KeyError):
        raise InvalidClient("the client assertion is not a signed JWT") from None
    algorithm, key_id = header.get("alg"), header.get("kid")
    if (
        not isinstance(algorithm, str)
        or algorithm not in _KEY_OF
        or not isinstance(key_id, str | None)
        or {"crit", "b64"} & header.keys()
    ):
        raise InvalidClient("the client assertion is not signed in a way that is taken")
    if not isinstance(claims, dict) or claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise InvalidClient("the client assertion is not about this client")
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    # No other server may be named: it could present the assertion here (draft-ietf-oauth-rfc7523bis §4).
    if not named or not all(isinstance(one, str) and one in audiences for one in named):
        raise InvalidClient("the client assertion is not for this server")
    token_id = claims.get("jti")
    if not isinstance(token_id, str) or not 0 < len(token_id) <= _MAX_JTI:
        raise InvalidClient("the client assertion has no jti")
    expires_at = _time(claims, "exp")
    if expires_at is None or not now - CLOCK_SKEW < expires_at <= now + LONGEST + CLOCK_SKEW:
        raise InvalidClient("the client assertion has expired, or would live for more than five minutes")
    if any((_time(claims, name) or 0) > now + CLOCK_SKEW for name in ("nbf", "iat")):
        raise InvalidClient("the client assertion is not valid yet")
    return Assertion(text, algorithm, key_id, client_id, token_id, expires_at)


def verify_signature(assertion: Assertion, key_set: Mapping[str, Any]) -> None:
    """`key_set` is one that mailconnect.oauth.clients.key_set has checked. Raises KeyUnknown, InvalidClient.

    At most two verifications: 0.2 ms each with the largest key that is taken.
    """
    for key in _candidates(assertion, key_set):
        try:
            with warnings.catch_warnings():
                # RFC 9864 has Ed25519 for the name EdDSA, which leaves open what it means. Here a key says it.
                warnings.simplefilter("ignore", SecurityWarning)
                jws.deserialize_compact(assertion.text, key, algorithms=[assertion.algorithm])
        except (JoseError, ValueError):
            continue
        return
    raise KeyUnknown("the client assertion is not signed with a key of this client")


def _candidates(assertion: Assertion, key_set: Mapping[str, Any]) -> Sequence[Key]:
    fitting = [key for key in key_set["keys"] if _fits(assertion, key)]
    if len(fitting) > _MAX_TRIED:
        raise InvalidClient("the client assertion does not name its key: a kid is needed where there are many")
    found = []
    for key in fitting:
        try:
            found.append(_KEYS[key["kty"]].import_key(key))
        except (JoseError, ValueError):  # such as a point that is not on its curve
            continue
    return found


def _fits(assertion: Assertion, key: Mapping[str, Any]) -> bool:
    if key["kty"] != _KEY_OF[assertion.algorithm] or key.get("alg", assertion.algorithm) != assertion.algorithm:
        return False
    named = assertion.key_id is None or key.get("kid", assertion.key_id) == assertion.key_id
    return named and is_affordable(key)


def _time(claims: Mapping[str, Any], name: str) -> int | None:
    """RFC 7519 §2: seconds, which may have a fraction."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1 << 53:
        raise InvalidClient(f"the client assertion has an {name} that is no time")
    return int(value)
