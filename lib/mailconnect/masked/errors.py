"""Why a masked address was not made or changed.

MailboxError
├── NoMaskedAddresses
├── UnknownMasked
├── MaskedRefused
├── MaskedLimit
└── MaskedUnknown
"""

from mailconnect.mail.errors import MailboxError, Retry


class NoMaskedAddresses(MailboxError):
    retry = Retry.NEVER
    sentence = "This mail provider or this connection offers no masked addresses. Trying again will not help."


class UnknownMasked(MailboxError):
    retry = Retry.CHANGED
    sentence = "There is no masked address with this id. Call list_masked_emails to see which there are."


class MaskedRefused(MailboxError):
    retry = Retry.NEVER
    sentence = "The mail provider refused this. Nothing was changed; tell the person."


class MaskedLimit(MailboxError):
    retry = Retry.LATER
    sentence = "The mail provider limits how many masked addresses are made. Nothing was made. Try again in {pause}."


class MaskedUnknown(MailboxError):
    retry = Retry.CHANGED
    sentence = "No response came, so it may or may not have been done. Call list_masked_emails before asking again."
