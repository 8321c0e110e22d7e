"""Fastmail's two families of scopes, and what each lets a token do at the JMAP server."""

from mailconnect.sandbox.oauth.errors import InvalidScope

CORE = "urn:ietf:params:jmap:core"
MAIL = "urn:ietf:params:jmap:mail"
SUBMISSION = "urn:ietf:params:jmap:submission"
VACATION = "urn:ietf:params:jmap:vacationresponse"
CONTACTS = "urn:ietf:params:jmap:contacts"
CALENDARS = "urn:ietf:params:jmap:calendars"
MASKED_EMAIL = "https://www.fastmail.com/dev/maskedemail"
MCP = "https://www.fastmail.com/dev/mcp"

NEW_MAIL = "urn:ietf:params:oauth:scope:mail"
NEW_CONTACTS = "urn:ietf:params:oauth:scope:contacts"
NEW_CALENDARS = "urn:ietf:params:oauth:scope:calendars"
OFFLINE = "offline_access"

NEW = frozenset({NEW_MAIL, NEW_CONTACTS, NEW_CALENDARS, "openid", "profile", "email", OFFLINE, MCP})
LEGACY = frozenset({CORE, MAIL, SUBMISSION, VACATION, CONTACTS, MASKED_EMAIL})

CAPABILITIES: dict[str, frozenset[str]] = {
    # "full mail access": there is no narrower scope of this family, and sending is included. Whether masked addresses
    # are is told nowhere: here they are, so that they can be tried.
    NEW_MAIL: frozenset({CORE, MAIL, SUBMISSION, VACATION, MASKED_EMAIL}),
    NEW_CONTACTS: frozenset({CORE, CONTACTS}),
    NEW_CALENDARS: frozenset({CORE, CALENDARS}),
    **{scope: frozenset({scope}) for scope in LEGACY},
}


def requested_scopes(requested: str | None, registered: frozenset[str]) -> frozenset[str]:
    """The scopes that the authorization request asks for. Raises InvalidScope unless it is within what the client
    registered.
    """
    scopes = frozenset((requested or "").split())
    if not scopes:
        raise InvalidScope("a scope is required")
    if not scopes <= registered:
        raise InvalidScope("the requested scope is not within the scope registered for this client")
    if scopes & LEGACY and CORE not in scopes:
        raise InvalidScope(f"{CORE} is required with any other JMAP scope")
    return scopes


def earns_refresh_token(scopes: frozenset[str]) -> bool:
    """The older family always comes with a refresh token, the newer one only with offline_access."""
    return OFFLINE in scopes or bool(scopes & LEGACY)


def capabilities_of(scopes: frozenset[str]) -> frozenset[str]:
    return frozenset().union(*(CAPABILITIES.get(scope, frozenset()) for scope in scopes))


def written(scopes: frozenset[str]) -> str:
    return " ".join(sorted(scopes))
