"""Sentences for the owner about a failed sign-in or API token. The errors' own text is for a model."""

from mailconnect.mail.errors import MailboxError, NoMailAccount, Throttled, Unauthorized
from mailconnect.provider.errors import RegistrationRefused
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
        case _:
            return f"There was no usable answer from {provider.name}. Try again in a minute."


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
