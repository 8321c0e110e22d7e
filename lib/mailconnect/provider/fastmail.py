"""Fastmail as a provider: the only file that names it. Endpoints come from discovery, never from here."""

from collections.abc import Mapping
from enum import StrEnum

from mailconnect.languages.words import marked
from mailconnect.provider.provider import Provider


class ScopeFamily(StrEnum):
    """Which words Fastmail registered our client with: they do not mix."""

    MAIL = "mail"
    JMAP = "jmap"


_SCOPES = {
    ScopeFamily.MAIL: ("urn:ietf:params:oauth:scope:mail", "offline_access"),
    ScopeFamily.JMAP: ("urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"),
}

_SUBMISSION = ("urn:ietf:params:jmap:submission",)
_MASKED = ("https://www.fastmail.com/dev/maskedemail",)
_MORE_SCOPES: Mapping[ScopeFamily, Mapping[str, tuple[str, ...]]] = {
    ScopeFamily.MAIL: {"contacts:read": ("urn:ietf:params:oauth:scope:contacts",)},
    # The names of those who may write belong to submission too (RFC 8621 §6). The mail scope of the other family
    # includes all of this but the contacts.
    ScopeFamily.JMAP: {
        "contacts:read": ("urn:ietf:params:jmap:contacts",),
        "drafts:write": _SUBMISSION,
        "emails:send": _SUBMISSION,
        "masked:read": _MASKED,
        "masked:write": _MASKED,
    },
}

# Translators: what stands on Fastmail's own pages, in their words for this language.
SETTINGS_HINT = marked("Settings, then Privacy & Security, then Connected apps & API tokens")


def fastmail(client_id: str | None, family: ScopeFamily, *, sends_resource: bool = True) -> Provider:
    return Provider(
        id="https://api.fastmail.com",
        name="Fastmail",
        issuer="https://api.fastmail.com",
        session_url="https://api.fastmail.com/jmap/session",
        scopes=_SCOPES[family],
        more_scopes=_MORE_SCOPES[family],
        hosts=("api.fastmail.com", "*.api.fastmail.com", "*.fastmailusercontent.com"),
        client_id=client_id,
        webmail="https://app.fastmail.com/mail/Drafts/",
        authserv_ids=(".messagingengine.com",),
        settings_hint=marked("In Fastmail: %(where)s.", where=SETTINGS_HINT),
        api_token_hint=marked(
            "In Fastmail, make one under %(where)s: type JMAP, read-only unless it shall write.", where=SETTINGS_HINT
        ),
        api_token_prefix="fmu1-",
        api_token_check=marked(
            "Its type must be JMAP, for one of type MCP does not work here. Check it, or make a new one."
        ),
        capability_words={"https://www.fastmail.com/dev/maskedemail": marked("make and change masked addresses")},
        sends_resource=sends_resource,
        all_or_nothing=True,
    )
