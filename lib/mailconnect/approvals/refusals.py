"""Why a message was not sent, in words for its owner; the assistant gets others (mailconnect.mail.errors)."""

from mailconnect.languages.words import marked
from mailconnect.mail.draft.submission import RefusalReason
from mailconnect.sending.outcome import Obstacle

TOO_MANY = marked("Too many messages were sent just now. Nothing was sent. Try again later.")

REFUSALS: dict[RefusalReason | Obstacle, str] = {
    RefusalReason.RECIPIENTS: marked("Nothing was sent: your mail provider refused a recipient. Check the addresses."),
    RefusalReason.SENDER: marked("Nothing was sent: your mail provider does not let you send from this address."),
    RefusalReason.FORBIDDEN: marked("Nothing was sent: your mail provider does not let this mailbox send just now."),
    RefusalReason.MESSAGE: marked(
        "Nothing was sent: the message is too large for your mail provider, or something in it is missing."
    ),
    RefusalReason.GONE: marked("Nothing was sent: the message is not in your Drafts any more."),
    RefusalReason.QUOTA: marked("Nothing was sent: you have reached a limit of your mail provider. Try again later."),
    RefusalReason.OTHER: marked("Nothing was sent: your mail provider refused the message."),
    Obstacle.INCOMPLETE: marked("Nothing was sent: the message needs a recipient and exactly one sender."),
    Obstacle.TRASHED: marked("Nothing was sent: the message is in the Trash. Move it to your Drafts to send it."),
    Obstacle.OVERTAKEN: marked("Nothing was sent: another message left at the same moment. Press Send again."),
}
