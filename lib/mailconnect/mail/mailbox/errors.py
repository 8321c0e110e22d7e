"""Why a mailbox was not made, renamed, moved or deleted, or an email not moved there.

MailboxError
└── MailboxRefused
    ├── NoSuchMailbox          it is not there (any more)
    ├── NoPlaceFor             the account has no mailbox with this role
    ├── NotAPlace              emails are not moved there by this program
    ├── TooManyEmails          the threads have more emails than are changed at once
    ├── MailboxExists          there is one of this name at this place
    ├── MailboxProtected       it has a role
    ├── MailboxNotEmpty        emails are in it
    ├── MailboxHasChildren     mailboxes are in it
    ├── MailboxNotAllowed      the owner lacks the right
    ├── NameRefused            no name for a mailbox
    ├── PlaceRefused           not below itself, junk, trash and the like
    └── MailboxUnknown         no response came, and the mailbox's state is not known

No text holds the name of a mailbox: a shared one may have been named by others.
"""

from mailconnect.mail.errors import MailboxError, Retry


class MailboxRefused(MailboxError):
    retry = Retry.CHANGED
    sentence = "The mail server refused this change of a mailbox. Trying again will not help; tell the person."


class NoSuchMailbox(MailboxRefused):
    sentence = "This mailbox is not there any more. Call list_mailboxes to see which there are."


class NoPlaceFor(MailboxRefused):
    """`role` is one of ours."""

    def __init__(self, role: str) -> None:
        super().__init__(role)
        self.role = role

    @property
    def text(self) -> str:
        return f"This account has no mailbox for {self.role}. Ask the person where to, and name that one in moveTo."


class NotAPlace(MailboxRefused):
    sentence = (
        "Emails cannot be put there like this. For junk and trash use the actions `junk` and `trash`; a mailbox that "
        "the provider fills by itself, such as scheduled, takes none."
    )


class TooManyEmails(MailboxRefused):
    sentence = "With their threads these are more emails than are changed at once. Nothing was changed. Name fewer."


class MailboxExists(MailboxRefused):
    sentence = "There is already a mailbox of this name at this place. Nothing was changed. Use it, or another name."


class MailboxProtected(MailboxRefused):
    sentence = (
        "This mailbox has a role, such as inbox or trash, so it is not renamed, moved or deleted. Nothing was changed."
    )


class MailboxNotEmpty(MailboxRefused):
    sentence = (
        "Only an empty mailbox is deleted. Nothing was changed. Ask the person where its emails should go, "
        "and move them with update_emails first."
    )


class MailboxHasChildren(MailboxRefused):
    sentence = "Other mailboxes are inside this one. Nothing was changed. Move or delete those first."


class MailboxNotAllowed(MailboxRefused):
    retry = Retry.NEVER
    sentence = "The account does not allow this for this mailbox. Nothing was changed; tell the person."


class NameRefused(MailboxRefused):
    sentence = (
        "The mail server does not take this name here. Nothing was changed. "
        "A name has 1 to 255 characters, no slash, and no control characters."
    )


class PlaceRefused(MailboxRefused):
    sentence = (
        "A mailbox cannot be put there. Nothing was changed. Not inside itself, and not inside junk, trash, drafts or "
        "another mailbox that the provider empties or fills."
    )


class MailboxUnknown(MailboxRefused):
    sentence = "No response came, so the change may or may not have been made. Call list_mailboxes before asking again."
