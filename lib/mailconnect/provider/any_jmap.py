"""Any other JMAP provider, as an operator describes it: begun from its session URL (RFC 8620 §2.2, RFC 9728)."""

import re
from urllib.parse import urlsplit

from mailconnect.languages.words import marked
from mailconnect.mail.errors import UntrustedAddress
from mailconnect.outbound.allowed_hosts import HostAllowList
from mailconnect.provider.provider import Provider

SCOPES = ("urn:ietf:params:oauth:scope:mail", "offline_access")
"""The scopes to ask for unless told otherwise: draft-ietf-mailmaint-oauth-public."""

_LOOPBACK = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::([0-9]{1,5}))?", re.IGNORECASE)
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")  # RFC 6749 §3.3


class WronglyDescribed(ValueError):
    """`setting` is what is wrong, the message what it should be."""

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(message)
        self.setting = setting


def any_jmap(
    *,
    session_url: str,
    name: str = "",
    hosts: tuple[str, ...] = (),
    issuer: str | None = None,
    client_id: str | None = None,
    scopes: tuple[str, ...] = (),
    sends_resource: bool = True,
    api_token_hint: str = "",
    assumes_pkce: bool = False,
) -> Provider:
    """Raises WronglyDescribed. The hosts of the session URL and of the issuer are always allowed."""
    own = _host("SESSION_URL", session_url), *((_host("PROVIDER_ISSUER", issuer),) if issuer else ())
    allowed = tuple(dict.fromkeys((*own, *(host.lower() for host in hosts))))
    loopback = [match for host in allowed if (match := _LOOPBACK.fullmatch(host))]
    named = tuple(host for host in allowed if not _LOOPBACK.fullmatch(host))
    try:
        HostAllowList.of(named)
    except ValueError:
        raise WronglyDescribed("PROVIDER_HOSTS", "host names such as api.example.com or *.example.com") from None
    if not all(map(_SCOPE.fullmatch, scopes)):
        raise WronglyDescribed("SCOPES", "one or more scopes with spaces between them")
    name = name or urlsplit(session_url).netloc
    return Provider(
        id=session_url,
        name=name,
        issuer=issuer,
        session_url=session_url,
        resolves=True,
        scopes=scopes or SCOPES,
        hosts=named,
        loopback_ports=tuple(int(match[1] or 80) for match in loopback),
        client_id=client_id,
        settings_hint=marked("The settings of %(name)s have a list of connected apps or tokens.", name=name),
        api_token_hint=api_token_hint
        or marked("The settings of %(name)s may offer one for JMAP; read-only is enough.", name=name),
        sends_resource=sends_resource,
        assumes_pkce=assumes_pkce,
        # OpenID Connect Core §11: offline_access is ignored without it.
        prompt="consent" if "offline_access" in (scopes or SCOPES) else None,
    )


def _host(setting: str, url: str) -> str:
    """Host and port of an address where a token may go."""
    authority = urlsplit(url).netloc.lower().removesuffix(":443") if url.isascii() else ""
    loopback = _LOOPBACK.fullmatch(authority)
    try:
        if loopback:
            HostAllowList.of((), loopback_ports=(int(loopback[1] or 80),)).check(url)
        else:
            HostAllowList.of((authority,)).check(url)
    except (ValueError, UntrustedAddress):
        raise WronglyDescribed(setting, "an https address such as https://api.example.com/jmap/session") from None
    return authority
