"""Why a mailbox could not be read or changed, in words that a model may read.

MailboxError
├── TransportError                 no usable response came from the provider
│   ├── Unreachable                no connection: nothing was sent
│   ├── NotAnswering               sent, but no whole response in time: it may have been done
│   ├── Unauthorized               401
│   ├── RightsMissing              403
│   ├── Throttled                  429
│   ├── UpstreamFault              5xx
│   └── UnexpectedAnswer           a redirect, HTML, broken or oversized JSON, a shape the protocol does not know
│       ├── Moved                  404, 410, 421 or a redirect: nothing answers JMAP at this address any more
│       ├── UntrustedAddress       a URL that must not receive the token
│       └── ResponseTooLong        more bytes than are read
├── NoMailAccount                  the owner's session names no account with mail
├── UnknownAccount                 the named account is not in the owner's session, or has no mail
├── SharedAccountUnreadable        another person's account is in the session, and is refused all the same
├── UnknownEmail, UnknownThread, UnknownAttachment
├── SearchRefused                  the search must be asked otherwise
├── AttachmentTooLarge
├── NoContacts                     the login has no address book
├── NotAllowed                     a call that this grant never sends
├── DraftRefused, KeyUsed, SubmissionRefused, ...  in mailconnect.mail.draft.errors
├── MailboxRefused                 in mailconnect.mail.mailbox.errors
└── RequestError, MethodError, ...  in mailconnect.jmap.errors

`text` is for a model: one sentence of ours and what to do next. It holds no word of the provider's, nor does the
detail, which is for the log.
"""

from enum import StrEnum
from typing import ClassVar


class Retry(StrEnum):
    """Whether the same call may be made again. `sentence` says so too, in words."""

    ONCE = "once"
    LATER = "after the time named, else a minute"
    CHANGED = "not as it was"
    NEVER = "no"


class Reconnect(StrEnum):
    """Whether the person must connect the mailbox again."""

    NO = "no"
    IF_IT_STAYS = "if it stays"
    YES = "yes"


class MailboxError(Exception):
    """`retry_after` is in seconds, or None where the provider named no time. It takes the place of `{pause}`."""

    retry: ClassVar[Retry] = Retry.ONCE
    reconnect: ClassVar[Reconnect] = Reconnect.NO
    sentence: ClassVar[str] = "The mailbox could not be read. Try again once; if it fails again, tell the person."

    def __init__(self, detail: str = "", *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after

    @property
    def text(self) -> str:
        return self.sentence.replace("{pause}", _pause(self.retry_after))


def _pause(seconds: int | None) -> str:
    if seconds is None:
        return "a minute"
    return "1 second" if seconds == 1 else f"{seconds} seconds"


class TransportError(MailboxError):
    """No JMAP answer came."""


class Unreachable(TransportError):
    """The connection was never established, so nothing was sent and asking again is safe."""

    retry = Retry.LATER
    sentence = "The mail provider cannot be reached at the moment. Try again in {pause}."


class NotAnswering(TransportError):
    """The request may have been received, and even carried out."""

    retry = Retry.LATER
    sentence = "The mail provider is not answering. Try again in {pause}."


class Unauthorized(TransportError):
    """The provider did not accept the access token. The connection decides what that means."""

    retry = Retry.ONCE
    reconnect = Reconnect.IF_IT_STAYS
    sentence = (
        "The mail provider did not accept this connection. "
        "Try again once; if it fails again, ask the person to reconnect their mailbox."
    )


class RightsMissing(TransportError):
    """The token is accepted, and may not do this."""

    retry = Retry.NEVER
    reconnect = Reconnect.YES
    sentence = (
        "The mail provider does not allow this connection to do that. "
        "Ask the person to reconnect with rights to read mail."
    )


class Throttled(TransportError):
    retry = Retry.LATER
    sentence = "The mail provider limits how often it may be asked. Try again in {pause}."


class UpstreamFault(TransportError):
    retry = Retry.LATER
    sentence = "The mail provider has a fault of its own. Try again in {pause}."


class UnexpectedAnswer(TransportError):
    sentence = "The mail provider's answer could not be understood. Try again once; if it fails again, tell the person."


class Moved(UnexpectedAnswer):
    """The provider's session may name another address now."""

    sentence = "Nothing answers at the mail server's address. Try again once; if it fails again, tell the person."


class UntrustedAddress(UnexpectedAnswer):
    """`host` is the name in the URL, for the page of the owner; empty where the URL has none that can be shown."""

    retry = Retry.NEVER
    sentence = "The mail provider pointed to a server that is not trusted, so nothing was sent there. Tell the person."

    def __init__(self, detail: str = "", *, host: str = "") -> None:
        super().__init__(detail)
        self.host = host


class ResponseTooLong(UnexpectedAnswer):
    """Not as many bytes are read of one response."""


class NoMailAccount(MailboxError):
    retry = Retry.NEVER
    reconnect = Reconnect.YES
    sentence = "This login has no mail account. Ask the person to reconnect with another login."


class UnknownAccount(MailboxError):
    retry = Retry.CHANGED
    sentence = "There is no mail account with this accountId. Call get_session to see which there are."


class SharedAccountUnreadable(MailboxError):
    """To connect the own mailbox again would change nothing."""

    retry = Retry.NEVER
    sentence = (
        "That account of another person cannot be read at present. Trying again will not help at once; tell the person."
    )


class NotAllowed(MailboxError):
    """The grant's scopes do not reach that far. Nothing was sent."""

    retry = Retry.NEVER
    sentence = "That is not offered here. Trying again will not help."


class SearchRefused(MailboxError):
    """`advice` says in our words what to leave out. It may name operators, never words that were searched for."""

    retry = Retry.CHANGED
    sentence = "The mail server cannot search like that. Ask for something simpler."

    def __init__(self, detail: str = "", *, advice: str = "") -> None:
        super().__init__(detail)
        self.advice = advice

    @property
    def text(self) -> str:
        return self.advice or self.sentence


class UnknownEmail(MailboxError):
    retry = Retry.CHANGED
    sentence = "There is no email with this emailId any more. Search again with search_emails."


class UnknownThread(MailboxError):
    retry = Retry.CHANGED
    sentence = "There is no thread with this threadId any more. Search again with search_emails."


class UnknownAttachment(MailboxError):
    retry = Retry.CHANGED
    sentence = "This email has no such attachment, or several and none is named. Call read_emails to see which it has."


class AttachmentTooLarge(MailboxError):
    retry = Retry.NEVER
    sentence = "The attachment is larger than what can be read here. Tell the person to open it in their mail program."


class NoContacts(MailboxError):
    retry = Retry.NEVER
    sentence = "This mail provider offers no address book here. Trying again will not help; search emails instead."
