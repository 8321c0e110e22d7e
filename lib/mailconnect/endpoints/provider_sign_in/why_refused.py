"""Sentences for the owner about a failed sign-in or API token. The errors' own text is for a model."""

from mailconnect.mail.errors import MailboxError, NoMailAccount, Throttled, Unauthorized, UntrustedAddress
from mailconnect.provider.errors import MetadataUnusable, RegistrationRefused
from mailconnect.provider.provider import Provider

TOO_MANY = "Too many people are connecting at this moment. Try again in a minute."


def why_refused(error: MailboxError, provider: Provider, api_token: str) -> str:
    match error:
        case Unauthorized():
            return _why_unauthorized(provider, api_token)
        case NoMailAccount():
            return "This API token reaches no mail account. Make one that may read mail."
        case Throttled():
            return f"{provider.name} limits how often it may be asked. Try again in a few minutes."
        case _ if (cause := lasting_cause(error)) is not None:
            return why_not_at_all(cause, provider)
        case _:
            return f"There was no usable answer from {provider.name}. Try again in a minute."


def lasting_cause(error: MailboxError) -> str | None:
    """A clause that says why a sign-in can never work as things are; None where it may work in a minute."""
    match error:
        case UntrustedAddress():
            named = f": {error.host}" if error.host else ""
            return f"its server names an address that this service may not contact{named}"
        case MetadataUnusable():
            return error.cause
        case NoMailAccount():
            return "this login has no mail account"
        case _:
            return None


def why_not_at_all(cause: str, provider: Provider) -> str:
    return f"{provider.name} cannot be connected: {cause}. Trying again will not help. Tell whoever runs this service."


def _why_unauthorized(provider: Provider, api_token: str) -> str:
    prefix = provider.api_token_prefix
    if prefix and not api_token.startswith(prefix):
        return (
            f"This is no API token of {provider.name}: those begin with {prefix}. "
            "A password, an app password included, does not work here."
        )
    return f"This API token is not one that {provider.name} accepts for mail. {provider.api_token_check}"


def why_not_registered(refused: RegistrationRefused, provider: Provider) -> str:
    return (
        f"{provider.name} does not register this service by itself ({refused}), so you cannot sign in there. "
        "Paste an API token instead."
    )
