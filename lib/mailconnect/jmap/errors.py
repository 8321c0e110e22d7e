"""The errors of a JMAP server, at two of JMAP's levels (RFC 8620 §3.6); mailconnect.mail.errors has the rest.

MailboxError
├── RequestError                   the whole request was refused (§3.6.1)
│   ├── UnknownCapability, NotJSON, NotRequest, LimitExceeded
│   │   └── TooManyRequests        the limit is maxConcurrentRequests
├── MethodError                    one method call failed (§3.6.2 and §5)
│   ├── ServerUnavailable, ServerFail, ServerPartialFail, UnknownMethod, InvalidArguments, InvalidResultReference
│   ├── Forbidden, AccountNotFound, AccountNotSupportedByMethod, AccountReadOnly, RequestTooLarge, StateMismatch
│   └── CannotCalculateChanges, TooManyChanges, AnchorNotFound, UnsupportedSort, UnsupportedFilter
└── MethodNotAllowed               a call that this program never sends
"""

from typing import ClassVar

from mailconnect.mail.errors import (
    MailboxError,
    NotAllowed,
    NotAnswering,
    Reconnect,
    Retry,
    UnexpectedAnswer,
    UpstreamFault,
)


class RequestError(MailboxError):
    """RFC 8620 §3.6.1: `type` is the problem's URN."""

    type: ClassVar[str] = ""
    retry = Retry.NEVER
    sentence = "The mail provider refused the request. Trying again will not help; tell the person."


class UnknownCapability(RequestError):
    type = "urn:ietf:params:jmap:error:unknownCapability"
    sentence = "This mail provider lacks a feature that is needed here. Trying again will not help; tell the person."


class NotJSON(RequestError):
    type = "urn:ietf:params:jmap:error:notJSON"


class NotRequest(RequestError):
    type = "urn:ietf:params:jmap:error:notRequest"


class LimitExceeded(RequestError):
    type = "urn:ietf:params:jmap:error:limit"
    retry = Retry.LATER
    sentence = (
        "The request goes beyond what the mail provider allows at once. "
        "Try again in {pause}; if it fails again, tell the person."
    )


class TooManyRequests(RequestError):
    """LimitExceeded where `limit` is maxConcurrentRequests: less in one request would not help."""

    retry = Retry.LATER
    sentence = "The mail provider is answering too many requests of this person already. Try again in {pause}."


class MethodError(MailboxError):
    """RFC 8620 §3.6.2: `type` is the error's name on the wire.

    `description` is the provider's own, for looking names of properties up in it. It is never repeated.
    """

    type: ClassVar[str] = ""

    def __init__(self, detail: str = "", *, retry_after: int | None = None, description: str = "") -> None:
        super().__init__(detail, retry_after=retry_after)
        self.description = description


class ServerUnavailable(MethodError):
    type = "serverUnavailable"
    retry = Retry.LATER
    sentence = "The mail server is busy for the moment. Try again in {pause}."


class ServerFail(MethodError):
    """Also stands for every type this program does not know."""

    type = "serverFail"
    sentence = "The mail server failed at this. Try again once; if it fails again, tell the person."


class ServerPartialFail(MethodError):
    type = "serverPartialFail"
    retry = Retry.CHANGED
    sentence = "The mail server did only part of this. Look at the present state before asking again."


class UnknownMethod(MethodError):
    type = "unknownMethod"
    retry = Retry.NEVER
    sentence = "This mail server does not know how to do that. Trying again will not help; tell the person."


class InvalidArguments(MethodError):
    type = "invalidArguments"
    retry = Retry.NEVER
    sentence = "The mail server did not accept the request. Trying again will not help; tell the person."


class InvalidResultReference(MethodError):
    type = "invalidResultReference"
    retry = Retry.NEVER
    sentence = InvalidArguments.sentence


class Forbidden(MethodError):
    type = "forbidden"
    retry = Retry.NEVER
    sentence = "The mail account does not allow this. Trying again will not help; tell the person."


class AccountNotFound(MethodError):
    type = "accountNotFound"
    retry = Retry.NEVER
    reconnect = Reconnect.YES
    sentence = "The mail account is not there any more. Ask the person to reconnect their mailbox."


class AccountNotSupportedByMethod(MethodError):
    type = "accountNotSupportedByMethod"
    retry = Retry.NEVER
    reconnect = Reconnect.YES
    sentence = "This account has no mail. Ask the person to reconnect with another account."


class AccountReadOnly(MethodError):
    type = "accountReadOnly"
    retry = Retry.NEVER
    sentence = "This mail account is read-only. Trying again will not help; tell the person."


class RequestTooLarge(MethodError):
    """This program asks for less by itself; this is left where even one object is too much."""

    type = "requestTooLarge"
    retry = Retry.NEVER
    sentence = "The mail server gives less at once than this takes. Trying again will not help; tell the person."


class StateMismatch(MethodError):
    type = "stateMismatch"
    retry = Retry.CHANGED
    sentence = "The mailbox changed in the meantime. Look at the present state before asking again."


class CannotCalculateChanges(MethodError):
    type = "cannotCalculateChanges"
    retry = Retry.CHANGED
    sentence = "The mail server cannot tell what changed. Ask for the whole instead."


class TooManyChanges(MethodError):
    type = "tooManyChanges"
    retry = Retry.CHANGED
    sentence = "More has changed than the mail server can tell at once. Ask for the whole instead."


class AnchorNotFound(MethodError):
    type = "anchorNotFound"
    retry = Retry.CHANGED
    sentence = "The place to continue from is gone. Start again from the beginning."


class UnsupportedSort(MethodError):
    type = "unsupportedSort"
    retry = Retry.CHANGED
    sentence = "The mail server cannot sort like that. Ask for another order."


class UnsupportedFilter(MethodError):
    type = "unsupportedFilter"
    retry = Retry.CHANGED
    sentence = "The mail server cannot filter like that. Ask for something simpler."


class MethodNotAllowed(NotAllowed):
    """A method, capability or content that the connection's scopes do not need."""


REQUEST_ERRORS = {error.type: error for error in (UnknownCapability, NotJSON, NotRequest, LimitExceeded)}

METHOD_ERRORS: dict[str, type[MethodError]] = {error.type: error for error in MethodError.__subclasses__()} | {
    "resultReference": InvalidResultReference,  # as Cyrus IMAP 3 spells it
    "fromAccountNotFound": AccountNotFound,  # RFC 8620 §5.4
    "fromAccountNotSupportedByMethod": AccountNotSupportedByMethod,
}


DONE_PERHAPS = (NotAnswering, UpstreamFault, UnexpectedAnswer, ServerPartialFail)
"""After these, a /set may have been carried out: only a look can tell."""
