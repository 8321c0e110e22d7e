"""The bytes of one attachment: first what the message says of it, then its blob (RFC 8620 §6.2)."""

from mailconnect.jmap import objects
from mailconnect.jmap.access import MailboxAccess, ask
from mailconnect.jmap.capabilities import CORE, MAIL
from mailconnect.jmap.email.emails import attachments
from mailconnect.jmap.email.properties import PART_PROPERTIES
from mailconnect.jmap.invocation import Invocation
from mailconnect.mail.errors import AttachmentTooLarge, UnknownAttachment, UnknownEmail
from mailconnect.mail.file import File


async def read_attachment(
    access: MailboxAccess, account_id: str, email_id: str, attachment_id: str | None, *, maximum: int
) -> File:
    """With None, the only one that the email has. Raises MailboxError."""
    asked = {
        "accountId": account_id,
        "ids": [email_id],
        "properties": ["id", "attachments"],
        "bodyProperties": [*PART_PROPERTIES],
    }
    get = Invocation("Email/get", asked, "get")
    fields = await ask(access, (CORE, MAIL), get)
    for email in objects.objects(fields.get("list"), maximum=1):
        wanted = [one for one in attachments(email) if attachment_id in (None, one[0].id) and objects.an_id(one[1])]
        if not wanted or (attachment_id is None and len(wanted) > 1):
            raise UnknownAttachment("the email has no such part")
        about, blob_id = wanted[0]
        if about.size > maximum:
            raise AttachmentTooLarge(str(about.size))
        return File(about, await access.download(account_id, blob_id, maximum=maximum))
    raise UnknownEmail("the email is not there")
