"""An assistant's first writing in a mailbox: a reply, of which only its owner can send each word."""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

from mailconnect.sandbox.assistant.assistant import Assistant

_FROM = "from:carol in:inbox"
_BODY = "Thank you, Carol. I will look through it by Friday.\n\nBest wishes\nAlice"


async def first_writing(assistant: Assistant) -> AsyncIterator[str]:
    """Each call and its response, as they are shown; the last one has the approval link. Ends early where a mailbox has
    no message to answer, or the connection may not write or send.

    Raises AssistantError.
    """
    found = re.search(r"^emailId (\S+)", await _answer(assistant, "search_emails", {"query": _FROM}), re.MULTILINE)
    if found is None:
        return
    written = await _answer(assistant, "write_draft", {"mode": "reply", "emailId": found[1], "body": _BODY})
    yield f"> write_draft  reply to {found[1]}\n{written}"
    draft = re.search(r"^draftId (\S+)", written, re.MULTILINE)
    recipients = re.findall(r"^to: .*<(\S+@\S+)>", written, re.MULTILINE)
    if draft is None:
        return
    asked = {"draftId": draft[1], "recipients": recipients}
    yield f"> send_draft  {draft[1]}\n" + await _answer(assistant, "send_draft", asked)


def link_in(text: str) -> str:
    """The approval link in a response; empty where there is none."""
    found = re.search(r"https?://\S+/approve\?link=\w+", text)
    return found[0] if found else ""


async def _answer(assistant: Assistant, tool: str, arguments: Mapping[str, Any]) -> str:
    """Errors of a tool are text too."""
    result = await assistant.call_tool(tool, dict(arguments))
    return str(result["content"][0]["text"])
