"""The provider from the settings: the sandbox, Fastmail, or any JMAP provider that the settings describe."""

from mailconnect.composition.sandbox_provider import sandbox_provider
from mailconnect.provider.any_jmap import WronglyDescribed, any_jmap
from mailconnect.provider.fastmail import ScopeFamily, fastmail
from mailconnect.provider.provider import Provider
from mailconnect.settings import PREFIX, SettingError, Settings


def provider_of(settings: Settings) -> Provider:
    """Raises SettingError."""
    match settings.provider:
        case "sandbox":
            return sandbox_provider(settings.sandbox_port)
        case "fastmail":
            family = ScopeFamily(settings.scope_family)
            return fastmail(settings.client_id, family, sends_resource=settings.send_resource)
    try:
        return any_jmap(
            session_url=settings.session_url or "",
            name=settings.provider_name,
            hosts=settings.provider_hosts,
            issuer=settings.provider_issuer,
            client_id=settings.client_id,
            scopes=settings.scopes,
            sends_resource=settings.send_resource,
            api_token_hint=settings.api_token_hint,
            assumes_pkce=settings.provider_pkce == "assumed",
        )
    except WronglyDescribed as wrong:
        raise SettingError(f"{PREFIX}{wrong.setting} cannot be used; set it to {wrong}.") from None
