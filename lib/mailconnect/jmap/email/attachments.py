"""The bytes of one attachment: first what the message says of it, then its blob (RFC 8620 §6.2)."""

from mailconnect.jmap import objects
from mailconnect.jmap.access import MailboxAccess
from mailconnect.jmap.capabilities import CORE, MAIL
from mailconnect.jmap.email.emails import attachments
from mailconnect.jmap.email.properties import PART_PROPERTIES
from mailconnect.jmap.invocation import Invocation
from mailconnect.mail.errors import AttachmentTooLarge, UnknownAttachment, UnknownEmail
from mailconnect.mail.file import File


async def read_attachment(
    access: MailboxAccess, account_id: str, email_id: str, attachment_id: str, *, most: int
) -> File:
    """Raises MailboxError."""
    asked = {
        "accountId": account_id,
        "ids": [email_id],
        "properties": ["id", "attachments"],
        "bodyProperties": [*PART_PROPERTIES],
    }
    get = Invocation("Email/get", asked, "get")
    fields = objects.fields_of((await access.call((CORE, MAIL), (get,))).to(get))
    for email in objects.objects(fields.get("list"), most=1):
        for about, blob_id in attachments(email):
            if about.id == attachment_id and objects.an_id(blob_id):
                if about.size > most:
                    raise AttachmentTooLarge(str(about.size))
                return File(about, await access.download(account_id, blob_id, most=most))
        raise UnknownAttachment("the email has no such part")
    raise UnknownEmail("the email is not there")
