"""A bearer token's owner and scopes, and how Fastmail refuses one (RFC 6750, RFC 9728 §5.1)."""

import re
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from mailconnect.sandbox.accounts import OWNERS, Owner
from mailconnect.sandbox.oauth.metadata import resource_metadata_url
from mailconnect.sandbox.oauth.scopes import CONTACTS, CORE, MAIL, MASKED_EMAIL, SUBMISSION, VACATION, capabilities_of
from mailconnect.sandbox.provider import Provider
from mailconnect.sandbox.settings import Settings

NO_HEADER = "No Authorization header"
NOT_BEARER = "Invalid Authorization header, not bearer"
NOT_VALID_FORMAT = "Invalid Authorization bearer parameters, not valid format"
# no capture shows what Fastmail says of a token that is well formed and dead
NOT_VALID = "Invalid Authorization bearer token"

_TOKEN = re.compile(r"fmu1-[A-Za-z0-9-]{1,200}")
_API_TOKEN = re.compile(r"fmu1-sandbox-(?P<login>[a-z]+)-(?P<kind>full|readonly|mcp)")
_EVERYTHING = frozenset({CORE, MAIL, SUBMISSION, VACATION, CONTACTS, MASKED_EMAIL})


@dataclass(frozen=True, slots=True)
class Access:
    owner: Owner
    capabilities: frozenset[str]
    read_only: bool = False


class Unauthorized(Exception):
    """401; the message is the body."""


def unauthorized(settings: Settings, body: str = NOT_VALID) -> Response:
    challenge = f'Bearer resource_metadata="{resource_metadata_url(settings)}"'
    return PlainTextResponse(body, 401, {"www-authenticate": challenge})


def access(provider: Provider, request: Request) -> Access:
    """Raises Unauthorized."""
    header = request.headers.get("authorization")
    if header is None:
        raise Unauthorized(NO_HEADER)
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorized(NOT_BEARER)
    if not _TOKEN.fullmatch(token.strip()):
        raise Unauthorized(NOT_VALID_FORMAT)
    held = _api_token(provider, token.strip()) or _access_token(provider, token.strip())
    # a token for Fastmail's MCP server has no JMAP capability, and is as good as none here
    if held is None or CORE not in held.capabilities:
        raise Unauthorized(NOT_VALID)
    return held


def _api_token(provider: Provider, token: str) -> Access | None:
    """An API token as the owner makes one in the settings: typed JMAP, all of it or read-only, or typed MCP."""
    named = _API_TOKEN.fullmatch(token)
    if named is None or token in provider.switches.revoked_api_tokens:
        return None
    for owner in OWNERS.values():
        if owner.login == named["login"]:
            capabilities = {"full": _EVERYTHING, "readonly": frozenset({CORE, MAIL}), "mcp": frozenset[str]()}
            return Access(owner, capabilities[named["kind"]], read_only=named["kind"] == "readonly")
    return None


def _access_token(provider: Provider, token: str) -> Access | None:
    issued = provider.state.access_token(token)
    if issued is None or provider.clock() >= issued.expires_at:
        return None
    grant = provider.state.grant(issued.grant_id)
    if grant is None or grant.ended_because is not None or grant.username in provider.switches.locked:
        return None
    return Access(OWNERS[grant.username], capabilities_of(issued.scopes))
