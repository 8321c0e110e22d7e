"""The tools there are, in the order in which clients see them. A new one is its own file and a line here."""

from mailconnect.mcp.tools.account.get_session import GET_SESSION
from mailconnect.mcp.tools.account.request_access import REQUEST_ACCESS
from mailconnect.mcp.tools.contacts.find_contacts import FIND_CONTACTS
from mailconnect.mcp.tools.drafts.list_identities import LIST_IDENTITIES
from mailconnect.mcp.tools.drafts.send_draft import SEND_DRAFT
from mailconnect.mcp.tools.drafts.undo_send import UNDO_SEND
from mailconnect.mcp.tools.drafts.write_draft import WRITE_DRAFT
from mailconnect.mcp.tools.emails.read_attachment import READ_ATTACHMENT
from mailconnect.mcp.tools.emails.read_emails import READ_EMAILS
from mailconnect.mcp.tools.emails.search_emails import SEARCH_EMAILS
from mailconnect.mcp.tools.emails.update_emails import UPDATE_EMAILS
from mailconnect.mcp.tools.mailboxes.list_mailboxes import LIST_MAILBOXES
from mailconnect.mcp.tools.mailboxes.manage_mailbox import MANAGE_MAILBOX
from mailconnect.mcp.tools.masked.list_masked_emails import LIST_MASKED_EMAILS
from mailconnect.mcp.tools.masked.write_masked_email import WRITE_MASKED_EMAIL

TOOLS = (
    GET_SESSION,
    LIST_MAILBOXES,
    SEARCH_EMAILS,
    READ_EMAILS,
    READ_ATTACHMENT,
    FIND_CONTACTS,
    LIST_IDENTITIES,
    WRITE_DRAFT,
    UPDATE_EMAILS,
    MANAGE_MAILBOX,
    LIST_MASKED_EMAILS,
    WRITE_MASKED_EMAIL,
    SEND_DRAFT,
    UNDO_SEND,
    REQUEST_ACCESS,
)
