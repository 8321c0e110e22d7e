"""Why a draft was not stored, or a message not sent or called back.

MailboxError
├── UnknownDraft                   it is not there (any more)
├── DraftRefused                   the provider did not store the draft
│   └── MailboxFull, DraftTooLarge
├── KeyUsed                        the idempotency key stands for another message
├── NoDraftsMailbox, NoIdentities
├── SubmissionRefused              the provider did not take the message
├── StateMoved                     another submission came between
├── NotHeld                        the provider cannot hold messages back for so long
└── NothingWaits                   there is nothing to call back
"""

from mailconnect.mail.draft.submission import RefusalReason
from mailconnect.mail.errors import MailboxError, Retry


class UnknownDraft(MailboxError):
    retry = Retry.CHANGED
    sentence = (
        "There is no draft with this draftId any more. It may have been edited, sent or deleted elsewhere. "
        "Search again with search_emails."
    )


class DraftRefused(MailboxError):
    retry = Retry.CHANGED
    sentence = "The mail provider did not accept the draft as it is. Nothing was stored. Check addresses and subject."


class MailboxFull(DraftRefused):
    retry = Retry.NEVER
    sentence = "The mailbox is full, so the draft was not stored. Tell the person."


class DraftTooLarge(DraftRefused):
    sentence = "The message is larger than the mail provider takes. Attach less."


class KeyUsed(MailboxError):
    retry = Retry.CHANGED
    sentence = "This idempotencyKey was used for another message. Nothing was written. Use a new key."


class NoDraftsMailbox(MailboxError):
    retry = Retry.NEVER
    sentence = "This mailbox has no drafts folder, so nothing can be drafted. Tell the person."


class NoIdentities(MailboxError):
    retry = Retry.NEVER
    sentence = (
        "The mail provider names no address to send from for this connection, so nothing can be drafted. Tell the "
        "person: connecting again may help, by signing in, or with an API token that is not read-only."
    )


class StateMoved(MailboxError):
    """Another submission came between: this one was not made."""

    retry = Retry.ONCE
    sentence = "Another message was sent at the same moment, so this one was not. Try again once."


class SubmissionRefused(MailboxError):
    """The provider took nothing. `why` says what it did not like."""

    retry = Retry.CHANGED
    sentence = "Nothing was sent. The mail provider refused it. Tell the person."

    def __init__(self, detail: str = "", *, why: RefusalReason = RefusalReason.OTHER) -> None:
        super().__init__(detail)
        self.why = why

    @property
    def text(self) -> str:
        return f"Nothing was sent. {_REFUSED[self.why]}"


_REFUSED = {
    RefusalReason.RECIPIENTS: "The mail provider refused a recipient. Check the addresses with the person.",
    RefusalReason.SENDER: "The mail provider does not let this mailbox send from that address. "
    "Call list_identities, and write the draft with another sender.",
    RefusalReason.FORBIDDEN: "The mail provider does not let this mailbox send now. Tell the person.",
    RefusalReason.MESSAGE: "The mail provider does not take this message: it is too large, or not complete.",
    RefusalReason.GONE: "The draft is not there any more.",
    RefusalReason.QUOTA: "The mail provider's limit for sending is reached. Tell the person; try again later.",
    RefusalReason.OTHER: "The mail provider refused it. Tell the person.",
}


class NotHeld(MailboxError):
    """The provider cannot hold messages back for so long."""

    retry = Retry.CHANGED
    sentence = "This mail provider cannot hold a message back until then. Nothing was sent. Ask for no time."


class NothingWaits(MailboxError):
    """There is no submission that could be taken back."""

    retry = Retry.NEVER
    sentence = "Nothing of this message waits to be sent, so it cannot be called back. Tell the person."
