"""The tools there are, in the order in which clients see them. A new one is its own file and a line here."""

from lib.mcp.tools.get_session import GET_SESSION
from lib.mcp.tools.list_mailboxes import LIST_MAILBOXES

TOOLS = (GET_SESSION, LIST_MAILBOXES)
