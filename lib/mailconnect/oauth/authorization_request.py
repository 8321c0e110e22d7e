"""The authorization request: its checks, in their order (RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2).

Until client and redirect URI are proven, a refusal is shown on our own page; from then on the client may be told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailconnect.oauth.client import Client
from mailconnect.oauth.errors import (
    AuthorizationError,
    InvalidRequest,
    RedirectableError,
    UnknownClient,
    UnknownRedirectUri,
)
from mailconnect.oauth.form import RESOURCE, parse_fields, repeated
from mailconnect.oauth.pkce import is_challenge
from mailconnect.oauth.redirect_uri import matches
from mailconnect.oauth.resource import names_resource
from mailconnect.oauth.scopes import SCOPES, MalformedScope, parse_scope

_MAX_STATE = 4096
"""Characters. Clients keep what they need for the way back in it, ChatGPT more than 512 (docs/clients.md)."""

_KNOWN = frozenset(
    {
        "client_id",
        "redirect_uri",
        "response_type",
        "response_mode",
        "scope",
        "state",
        "code_challenge",
        "code_challenge_method",
        "prompt",
        "request",
        "request_uri",
    }
)
"""Any other parameter is ignored, repeated or not (RFC 6749 §3.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """`scope` is what can be granted of what was asked, `dropped` what we do not know."""

    client: Client
    redirect_uri: str
    scope: frozenset[str]
    dropped: frozenset[str]
    state: str | None = field(repr=False)
    code_challenge: str


@dataclass(frozen=True, slots=True)
class AuthorizationQuery:
    """A query string whose form is right, before anything in it is believed. `repeated` names must not be relied on.

    `resources` are all values of `resource`, the one parameter that may repeat (RFC 8707 §2).
    """

    parameters: Mapping[str, str]
    repeated: frozenset[str]
    resources: tuple[str, ...] = ()

    @property
    def client_id(self) -> str:
        return self.parameters.get("client_id", "")


def parse_query(query: str) -> AuthorizationQuery:
    """AuthorizationError when it cannot be read, or leaves in doubt which client or redirect URI it means."""
    try:
        # State goes back as it came, whatever its bytes; all else is checked character by character.
        fields = parse_fields(query, errors="surrogateescape")
    except InvalidRequest:
        raise AuthorizationError("The assistant's request cannot be read.") from None
    twice = repeated(fields) & _KNOWN
    if twice & {"client_id", "redirect_uri"}:
        raise AuthorizationError("The assistant's request names itself or its return address twice.")
    # A parameter without a value counts as omitted (RFC 6749 §3.1); state goes back even so.
    return AuthorizationQuery(
        {name: value for name, value in fields if value or name == "state"},
        twice,
        tuple(value for name, value in fields if value and name == RESOURCE),
    )


def checked(query: AuthorizationQuery, client: Client | None, resource: str) -> AuthorizationRequest:
    """The request, valid; else AuthorizationError or RedirectableError."""
    parameters = query.parameters
    if client is None:
        raise UnknownClient(
            "The assistant is not registered here, or its registration has expired: "
            "remove the connection in the assistant, and add it again."
        )
    redirect_uri = parameters.get("redirect_uri", "")
    if not any(matches(registered, redirect_uri) for registered in client.redirect_uris):
        raise UnknownRedirectUri("The assistant asks to return to an address that it did not register.")

    state = None if "state" in query.repeated else parameters.get("state")

    def refuse(code: str, sentence: str) -> RedirectableError:
        short = state if state is None or len(state) <= _MAX_STATE else None
        return RedirectableError(code, sentence, redirect_uri=redirect_uri, state=short)

    if query.repeated:
        raise refuse("invalid_request", "The assistant's request has a parameter twice.")
    if state is not None and len(state) > _MAX_STATE:
        raise refuse("invalid_request", "The assistant's request has a state that is too long.")
    if "request" in parameters or "request_uri" in parameters:
        code = "request_not_supported" if "request" in parameters else "request_uri_not_supported"
        raise refuse(code, "The assistant's request is wrapped in a way that is not supported.")
    if "response_type" not in parameters:
        raise refuse("invalid_request", "The assistant's request has no response_type.")
    if parameters["response_type"] != "code":
        raise refuse("unsupported_response_type", "The assistant asks for something other than a code.")
    if parameters.get("response_mode", "query") != "query":
        raise refuse("invalid_request", "The assistant asks for an answer in a way that is not supported.")
    if parameters.get("code_challenge_method") != "S256" or not is_challenge(parameters.get("code_challenge", "")):
        raise refuse("invalid_request", "The assistant's request has no S256 code challenge (PKCE).")
    if "none" in parameters.get("prompt", "").split(" "):
        raise refuse("interaction_required", "The assistant asks to connect without asking you.")
    if not all(names_resource(presented, resource) for presented in query.resources):
        raise refuse("invalid_target", "The assistant asks for access to something other than this service.")
    try:
        asked = parse_scope(parameters["scope"]) if "scope" in parameters else frozenset(SCOPES)
    except MalformedScope:
        raise refuse("invalid_scope", "The assistant's request has a scope that cannot be read.") from None
    scope = asked & frozenset(SCOPES)
    if not scope:
        raise refuse("invalid_scope", "The assistant asks for nothing that this service offers.")
    return AuthorizationRequest(
        client=client,
        redirect_uri=redirect_uri,
        scope=scope,
        dropped=asked - scope,
        state=state,
        code_challenge=parameters["code_challenge"],
    )
