"""An assistant's messages on its way to an authorization code: values in, values out.

RFC 9728 §3.3, RFC 8414 §3.3, RFC 7636 §4, RFC 8707 §2, RFC 9207 §2.4.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from mailconnect.sandbox.assistant.errors import AssistantError, Denied

_RESOURCE_METADATA = re.compile(r'resource_metadata="([^"]*)"')
_SCOPE = re.compile(r'\bscope="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Discovery:
    resource: str
    scopes: tuple[str, ...]
    server: dict[str, Any]
    """The authorization server's metadata (RFC 8414)."""

    def endpoint(self, name: str) -> str:
        url = self.server.get(name)
        if not isinstance(url, str):
            raise AssistantError(f"server metadata names no {name}")
        return url


@dataclass(frozen=True, slots=True)
class Pending:
    """One authorization request under way."""

    state: str = field(repr=False)
    code_verifier: str = field(repr=False)


def resource_metadata_url(challenge: str, mcp_url: str) -> str:
    """The URL in the WWW-Authenticate header; without one, the well-known place."""
    named = _RESOURCE_METADATA.search(challenge)
    return named[1] if named else well_known(mcp_url, "oauth-protected-resource")


def issuer_of(resource: dict[str, Any], mcp_url: str) -> str:
    """The authorization server of a resource, whose metadata must be about exactly the URL that was typed."""
    if resource.get("resource") != mcp_url:
        raise AssistantError(f"resource metadata is about {resource.get('resource')!r}, not {mcp_url!r}")
    match resource.get("authorization_servers"):
        case [str(issuer), *_]:
            return issuer
        case _:
            raise AssistantError("resource metadata names no authorization server")


def discovered(challenge: str, resource: dict[str, Any], server: dict[str, Any], issuer: str) -> Discovery:
    if server.get("issuer") != issuer:
        raise AssistantError(f"server metadata is about {server.get('issuer')!r}, not {issuer!r}")
    if "S256" not in server.get("code_challenge_methods_supported", ()):
        raise AssistantError("server metadata does not list S256 among code_challenge_methods_supported")
    asked = _SCOPE.search(challenge)
    scopes = tuple(asked[1].split()) if asked else tuple(resource.get("scopes_supported", ()))
    if "offline_access" in server.get("scopes_supported", ()) and "offline_access" not in scopes:
        scopes = (*scopes, "offline_access")
    return Discovery(resource["resource"], scopes, server)


def registration(found: Discovery, name: str, redirect_uri: str) -> dict[str, Any]:
    return {
        "client_name": name,
        "redirect_uris": [redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        **_scope(found),
    }


def authorization_url(found: Discovery, client_id: str, redirect_uri: str, pending: Pending) -> str:
    digest = hashlib.sha256(pending.code_verifier.encode()).digest()
    parameters = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "state": pending.state,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "resource": found.resource,
        **_scope(found),
    }
    parts = urlsplit(found.endpoint("authorization_endpoint"))
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query), *parameters.items()])))


def code_of(redirected: str, found: Discovery, pending: Pending) -> str:
    """The code in an authorization response, once state and issuer are the expected ones.  Raises Denied."""
    pairs = parse_qsl(urlsplit(redirected).query, keep_blank_values=True)
    given = dict(pairs)
    if len(given) != len(pairs):
        raise AssistantError("the authorization response repeats a parameter")
    if not hmac.compare_digest(given.get("state", "").encode(), pending.state.encode()):
        raise AssistantError("the authorization response does not carry the state that was sent")
    issuer = found.server["issuer"]
    promised = found.server.get("authorization_response_iss_parameter_supported", False)
    if given.get("iss", None if promised else issuer) != issuer:
        raise AssistantError(f"the authorization response is from {given.get('iss')!r}, not {issuer!r}")
    if "error" in given:
        raise Denied(given["error"], given.get("error_description", ""))
    if "code" not in given:
        raise AssistantError("the authorization response carries neither code nor error")
    return given["code"]


def well_known(url: str, name: str) -> str:
    """The well-known segment stands between the host and the path (RFC 8414 §3, RFC 9728 §3)."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/.well-known/{name}{parts.path.rstrip('/')}"))


def _scope(found: Discovery) -> dict[str, str]:
    return {"scope": " ".join(found.scopes)} if found.scopes else {}
