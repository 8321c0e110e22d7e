"""Whether the mail provider of the settings can be signed in at: what it publishes is read without a token."""

from mailconnect.doctor.finding import CheckFailed, Finding
from mailconnect.mail.errors import MailboxError, UntrustedAddress
from mailconnect.provider.discovery import Discovery
from mailconnect.provider.errors import MetadataUnusable

CHECK = "mail provider"


async def mail_provider(discovery: Discovery) -> Finding:
    """Names the setting that helps, where one does."""
    try:
        server = await discovery.server()
    except MailboxError as error:
        return Finding.of(CHECK, _explained(error))
    return Finding(CHECK, f"people sign in at {server.issuer}")


def _explained(error: MailboxError) -> CheckFailed:
    match error:
        case UntrustedAddress(host=host) if host:
            return CheckFailed(
                f"the provider names an address on {host}, which may not receive its tokens",
                f"add {host} to MAILCONNECT_PROVIDER_HOSTS, if it is the provider's",
            )
        case UntrustedAddress():
            return CheckFailed("the provider names an address that is none", "ask the provider")
        case MetadataUnusable(cause=cause, remedy=remedy):
            return CheckFailed(cause, remedy)
        case _:
            return CheckFailed(
                f"the provider's metadata could not be read ({type(error).__name__}: {error})",
                "see whether the address in MAILCONNECT_SESSION_URL is right, and look again in a minute; name "
                "MAILCONNECT_PROVIDER_ISSUER where the provider publishes nothing; API tokens work without",
            )
