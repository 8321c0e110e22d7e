"""The authorization request: its checks, in their order (RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2).

Until the client and its redirect URI are known to be right, an error is shown on our own page. After that, the client
may be told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailconnect.languages.words import marked
from mailconnect.oauth.clients.client import Client
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
    """`scope` is what can be granted of the requested scopes, `dropped` the names that we do not know."""

    client: Client
    redirect_uri: str
    scope: frozenset[str]
    dropped: frozenset[str]
    state: str | None = field(repr=False)
    code_challenge: str


@dataclass(frozen=True, slots=True)
class AuthorizationQuery:
    """A query string that could be parsed, before anything in it is checked. `repeated` names must not be relied on.

    `resources` are all values of `resource`, the only parameter that may repeat (RFC 8707 §2).
    """

    parameters: Mapping[str, str]
    repeated: frozenset[str]
    resources: tuple[str, ...] = ()

    @property
    def client_id(self) -> str:
        return self.parameters.get("client_id", "")


def parse_query(query: str) -> AuthorizationQuery:
    """Raises AuthorizationError when the query cannot be read, or the client or the redirect URI is ambiguous."""
    try:
        # State goes back as it came, whatever its bytes; all else is checked character by character.
        fields = parse_fields(query, errors="surrogateescape")
    except InvalidRequest:
        raise AuthorizationError(marked("The assistant's request cannot be read.")) from None
    twice = repeated(fields) & _KNOWN
    if twice & {"client_id", "redirect_uri"}:
        raise AuthorizationError(WRONG, "client_id and redirect_uri once each")
    # A parameter without a value counts as omitted (RFC 6749 §3.1); state goes back even so.
    return AuthorizationQuery(
        {name: value for name, value in fields if value or name == "state"},
        twice,
        tuple(value for name, value in fields if value and name == RESOURCE),
    )


UNSAFE = marked("The assistant asked in a way that is not safe, so it was refused. You did nothing wrong.")
WRONG = marked("The assistant asked in a way that this service does not understand. You did nothing wrong.")


def checked(query: AuthorizationQuery, client: Client | None, resource: str) -> AuthorizationRequest:
    """The valid request. Raises AuthorizationError or RedirectableError."""
    parameters = query.parameters
    if client is None:
        raise UnknownClient(
            marked(
                "This service no longer knows this assistant. In the assistant: remove this connection, "
                "then add it again."
            )
        )
    redirect_uri = parameters.get("redirect_uri", "")
    if not any(matches(registered, redirect_uri) for registered in client.redirect_uris):
        raise UnknownRedirectUri(
            marked(
                "This link does not lead back to the assistant that it names. If somebody sent it to you, "
                "do not use it."
            )
        )

    state = None if "state" in query.repeated else parameters.get("state")

    def refuse(code: str, sentence: str, details: str = "") -> RedirectableError:
        short = state if state is None or len(state) <= _MAX_STATE else None
        return RedirectableError(code, sentence, redirect_uri=redirect_uri, state=short, details=details)

    if query.repeated:
        raise refuse("invalid_request", WRONG, "each parameter once")
    if state is not None and len(state) > _MAX_STATE:
        raise refuse("invalid_request", WRONG, f"a state of at most {_MAX_STATE} characters")
    if "request" in parameters or "request_uri" in parameters:
        code = "request_not_supported" if "request" in parameters else "request_uri_not_supported"
        raise refuse(code, WRONG, "no request object")
    if "response_type" not in parameters:
        raise refuse("invalid_request", WRONG, "response_type=code")
    if parameters["response_type"] != "code":
        raise refuse("unsupported_response_type", UNSAFE, "response_type=code")
    if parameters.get("response_mode", "query") != "query":
        raise refuse("invalid_request", WRONG, "response_mode=query")
    if parameters.get("code_challenge_method") != "S256" or not is_challenge(parameters.get("code_challenge", "")):
        raise refuse("invalid_request", UNSAFE, "an S256 code challenge (PKCE, RFC 7636)")
    if "none" in parameters.get("prompt", "").split(" "):
        raise refuse("interaction_required", marked("The assistant asks to connect without asking you."))
    if not all(names_resource(presented, resource) for presented in query.resources):
        raise refuse("invalid_target", marked("The assistant asks for access to something other than this service."))
    try:
        asked = parse_scope(parameters["scope"]) if "scope" in parameters else frozenset(SCOPES)
    except MalformedScope:
        raise refuse("invalid_scope", WRONG, "a scope in the form of RFC 6749, section 3.3") from None
    scope = asked & frozenset(SCOPES)
    if not scope:
        raise refuse("invalid_scope", marked("The assistant asked for something that this service does not do."))
    return AuthorizationRequest(
        client=client,
        redirect_uri=redirect_uri,
        scope=scope,
        dropped=asked - scope,
        state=state,
        code_challenge=parameters["code_challenge"],
    )
