"""An assistant's first look into a mailbox: the tree, the invoice of last month found by a search, and its PDF."""

import re
from collections.abc import AsyncIterator, Mapping
from datetime import date, timedelta
from typing import Any

from mailconnect.sandbox.assistant.assistant import Assistant


async def first_reading(assistant: Assistant, today: date) -> AsyncIterator[str]:
    """Each call and its response, as they are shown. Ends early where a mailbox has no such invoice.

    Raises AssistantError.
    """
    tree = await _answer(assistant, "list_mailboxes", {})
    yield _call("list_mailboxes") + re.sub(r" \[(?:account|mailbox)Id [^\]]*\]", "", tree)

    first = today.replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    query = f"subject:invoice has:attachment after:{before} before:{first}"
    hits = await _answer(assistant, "search_emails", {"query": query})
    yield _call("search_emails", query) + hits

    # Between the search and the file an assistant reads the message, which names its attachments.
    email = re.search(r"^emailId (\S+)", hits, re.MULTILINE)
    if email is None:
        return
    message = await _answer(assistant, "read_emails", {"emailIds": [email[1]]})
    attachment = re.search(r"^│ attachmentId (\S+) · (.*\.pdf) · ", message, re.MULTILINE)
    if attachment is None:
        yield _call("read_emails", email[1]) + message
        return
    wanted = {"emailId": email[1], "attachmentId": attachment[1]}
    yield _call("read_attachment", attachment[2]) + await _answer(assistant, "read_attachment", wanted)


async def _answer(assistant: Assistant, tool: str, arguments: Mapping[str, Any]) -> str:
    """Errors of a tool are text too."""
    result = await assistant.call_tool(tool, dict(arguments))
    return str(result["content"][0]["text"])


def _call(tool: str, what: str = "") -> str:
    return f"> {tool}{f'  {what}' if what else ''}\n"
