"""Client authentication at the token and revocation endpoints (RFC 6749 §2.3, §3.2.1; RFC 7009 §2.1; RFC 7521 §4.2)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from mailconnect.encoding import strict_json
from mailconnect.oauth.clients.client import WITH_SECRET, AuthMethod, Client
from mailconnect.oauth.errors import InvalidClient, InvalidRequest

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_MAX_HEADER = 4096
_MAX_ASSERTION = 4096


class InvalidBasicClient(InvalidClient):
    """The client tried HTTP Basic, so the 401 carries a Basic challenge (RFC 6749 §5.2)."""


@dataclass(frozen=True, slots=True)
class Presented:
    """The credentials in a request, not verified yet. `secret` is the secret, or the assertion."""

    client_id: str
    secret: str | None = field(repr=False)
    method: AuthMethod


def presented_client(authorization: Sequence[str], form: Mapping[str, str]) -> Presented:
    """The credentials in the Authorization headers and the form. Raises InvalidClient, or InvalidRequest where two ways
    of authentication are mixed.
    """
    if len(authorization) > 1:
        raise InvalidRequest("more than one Authorization header")
    if authorization:
        presented = _basic(authorization[0])
        if form.keys() & {"client_secret", "client_assertion", "client_assertion_type"}:
            raise InvalidRequest("the client authenticates in two ways")
        if form.get("client_id", presented.client_id) != presented.client_id:
            raise InvalidRequest("client_id differs from the Authorization header")
        return presented
    if form.keys() & {"client_assertion", "client_assertion_type"}:
        return _assertion(form)
    client_id = form.get("client_id", "")
    if not client_id:
        raise InvalidClient("client_id is missing")
    secret = form.get("client_secret")
    return Presented(client_id, secret, AuthMethod.NONE if secret is None else AuthMethod.POST)


def verify_client(client: Client | None, presented: Presented) -> Client:
    """The client. Raises InvalidClient unless it is registered and has authenticated by a method that it may use.

    An assertion is not verified here at all.
    """
    refusal = InvalidBasicClient if presented.method is AuthMethod.BASIC else InvalidClient
    if client is None:
        raise refusal("the client is not registered, or its registration has expired")
    if not client.may_authenticate_by(presented.method):
        raise refusal("the client is registered for another authentication method")
    if presented.method in WITH_SECRET:
        secret_hash = hashlib.sha256((presented.secret or "").encode("utf-8", "surrogateescape")).hexdigest()
        if not hmac.compare_digest(secret_hash, client.secret_hash or ""):
            raise refusal("the client secret is wrong")
    return client


def _assertion(form: Mapping[str, str]) -> Presented:
    if "client_secret" in form:
        raise InvalidRequest("the client authenticates in two ways")
    assertion = form.get("client_assertion", "")
    if form.get("client_assertion_type") != ASSERTION_TYPE or not 0 < len(assertion) <= _MAX_ASSERTION:
        raise InvalidClient("the client assertion is not a JWT of this kind")
    subject = _subject(assertion)
    if form.get("client_id", subject) != subject:  # RFC 7521 §4.2
        raise InvalidClient("client_id differs from the client assertion")
    return Presented(subject, assertion, AuthMethod.PRIVATE_KEY_JWT)


def _subject(assertion: str) -> str:
    """The subject of the assertion, unverified: the client whose keys will verify it."""
    try:
        payload = assertion.split(".")[1].encode("ascii")
        claims = strict_json.loads(
            base64.b64decode(payload + b"=" * (-len(payload) % 4), altchars=b"-_", validate=True)
        )
    except (IndexError, ValueError):
        raise InvalidClient("the client assertion is not a signed JWT") from None
    subject = claims.get("sub") if isinstance(claims, dict) else None
    if not isinstance(subject, str) or not subject:
        raise InvalidClient("the client assertion is not about a client")
    return subject


def _basic(header: str) -> Presented:
    scheme, _, credentials = header.strip().partition(" ")
    if scheme.lower() != "basic" or len(header) > _MAX_HEADER:
        raise InvalidBasicClient("the Authorization header is not HTTP Basic")
    try:
        decoded = base64.b64decode(credentials.strip(), validate=True).decode("utf-8")
        client_id, colon, secret = decoded.partition(":")
        # Both are form-encoded before they are joined (RFC 6749 §2.3.1).
        client_id, secret = unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except (binascii.Error, ValueError):
        raise InvalidBasicClient("the Authorization header cannot be decoded") from None
    if not colon or not client_id:
        raise InvalidBasicClient("the Authorization header has no client id")
    return Presented(client_id, secret, AuthMethod.BASIC)
