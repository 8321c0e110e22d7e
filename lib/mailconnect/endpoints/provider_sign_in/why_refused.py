"""Sentences for the owner about a failed sign-in or API token. The errors' own text is for a model."""

from mailconnect.languages.words import marked
from mailconnect.mail.errors import MailboxError, NoMailAccount, Throttled, Unauthorized, UntrustedAddress
from mailconnect.provider.errors import MetadataUnusable, RegistrationRefused
from mailconnect.provider.provider import Provider

TOO_MANY = marked("Too many people are connecting at this moment. Try again in a minute.")


def why_refused(error: MailboxError, provider: Provider, api_token: str) -> str:
    match error:
        case Unauthorized():
            return _why_unauthorized(provider, api_token)
        case NoMailAccount():
            return marked("This API token reaches no mail account. Make one that may read mail.")
        case Throttled():
            return marked(
                "%(provider)s limits how often it may be asked. Try again in a few minutes.", provider=provider.name
            )
        case _ if (cause := lasting_cause(error)) is not None:
            return why_not_at_all(cause, provider)
        case _:
            return marked(
                "There was no usable answer from %(provider)s. Try again in a minute.", provider=provider.name
            )


def lasting_cause(error: MailboxError) -> str | None:
    """A clause that says why a sign-in can never work as things are; None where it may work in a minute."""
    match error:
        case UntrustedAddress():
            if error.host:
                return marked(
                    "its server names an address that this service may not contact: %(host)s", host=error.host
                )
            return marked("its server names an address that this service may not contact")
        case MetadataUnusable():
            return error.cause
        case NoMailAccount():
            return marked("this login has no mail account")
        case _:
            return None


def why_not_at_all(cause: str, provider: Provider) -> str:
    return marked(
        "%(provider)s cannot be connected: %(cause)s. Trying again will not help. Tell whoever runs this service.",
        provider=provider.name,
        cause=cause,
    )


def _why_unauthorized(provider: Provider, api_token: str) -> str:
    prefix = provider.api_token_prefix
    if prefix and not api_token.startswith(prefix):
        return marked(
            "This is no API token of %(provider)s: those begin with %(prefix)s. "
            "A password, an app password included, does not work here.",
            provider=provider.name,
            prefix=prefix,
        )
    return marked(
        "This API token is not one that %(provider)s accepts for mail. %(check)s",
        provider=provider.name,
        check=provider.api_token_check,
    )


def why_not_registered(refused: RegistrationRefused, provider: Provider) -> str:
    return marked(
        "%(provider)s does not register this service by itself (%(reason)s), so you cannot sign in there. "
        "Paste an API token instead.",
        provider=provider.name,
        reason=str(refused),
    )
