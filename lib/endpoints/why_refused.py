"""Why an API token was not taken, in words for the person who pasted it; the errors' own text is for a model."""

from lib.jmap.errors import MailboxError, NoMailAccount, Unauthorized

TOO_MANY = "Too many people are connecting at this moment. Try again in a minute."


def why_refused(error: MailboxError, provider: str) -> str:
    match error:
        case Unauthorized():
            return f"This API token is not one that {provider} accepts for mail. Check it, or make a new one."
        case NoMailAccount():
            return "This API token reaches no mail account. Make one that may read mail."
        case _:
            return f"There was no usable answer from {provider}. Try again in a minute."
