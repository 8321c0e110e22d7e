"""The errors of our connection to the provider, beside those of JMAP itself.

MailboxError (mailconnect.jmap.errors)
├── GrantEnded          the provider has ended this connection for good: invalid_grant
├── RefreshRefused      the provider refreshes no more, by another word than invalid_grant
├── MetadataUnusable    what the provider publishes can never work here
├── TemporarilyRefused  the provider says that the person's account is locked for now
├── ClientRefused       the provider refuses us, not the person: invalid_client
├── RegistrationRefused the provider registers no client of our kind (RFC 7591)
├── RefreshUnderWay     another request is refreshing the provider's token, or there is no time left to do it
└── Busy                our own store does not answer
"""

from mailconnect.mail.errors import MailboxError, Reconnect, Retry, UnexpectedAnswer


class GrantEnded(MailboxError):
    retry = Retry.NEVER
    reconnect = Reconnect.YES
    sentence = "The mail provider has ended this connection. Ask the person to connect their mailbox again."


class RefreshRefused(MailboxError):
    """It may be a passing fault of the provider, so the grant is kept until the same comes again after a while."""

    retry = Retry.LATER
    reconnect = Reconnect.IF_IT_STAYS
    sentence = (
        "The mail provider does not renew this connection. "
        "Try again in {pause}; if it fails again, ask the person to reconnect their mailbox."
    )


class MetadataUnusable(UnexpectedAnswer):
    """`cause` is a clause for the owner's page, `remedy` one for the operator; neither has a word of the provider's."""

    retry = Retry.NEVER
    sentence = "The mail provider's sign-in server cannot be used here. Trying again will not help; tell the person."

    def __init__(self, detail: str = "", *, cause: str = "", remedy: str = "") -> None:
        super().__init__(detail)
        self.cause = cause
        self.remedy = remedy


class TemporarilyRefused(MailboxError):
    retry = Retry.NEVER
    sentence = "The mail provider has locked this account for now. Ask the person to sign in there and see why."


class ClientRefused(MailboxError):
    retry = Retry.NEVER
    sentence = (
        "The mail provider does not accept this service at the moment. The person's connection is kept; tell them."
    )


class RegistrationRefused(MailboxError):
    """The detail is an error code that this program knows, or a status."""

    retry = Retry.NEVER
    reconnect = Reconnect.YES
    sentence = "The mail provider does not register this service. Ask the person to connect with an API token."


class Busy(MailboxError):
    retry = Retry.LATER
    sentence = "This service is busy. Try again in a minute."


class RefreshUnderWay(MailboxError):
    retry = Retry.LATER
    sentence = "The connection to the mail provider is being renewed. Try again in a few seconds."
