"""The tools there are, in the order in which clients see them. A new one is its own file and a line here."""

from mailconnect.mcp.tools.get_session import GET_SESSION
from mailconnect.mcp.tools.list_mailboxes import LIST_MAILBOXES

TOOLS = (GET_SESSION, LIST_MAILBOXES)


def import_models() -> None:
    """Imports the models of all arguments, which the first call would do otherwise. They bring pydantic (220 ms)."""
    for tool in TOOLS:
        tool.arguments()
