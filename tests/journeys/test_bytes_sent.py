"""What each tool sends to an assistant, as docs/costs.md has it: transfer out is paid by the byte."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.bridge import Bridge

pytestmark = pytest.mark.anyio

DOCUMENT = (Path(__file__).parents[2] / "docs" / "costs.md").read_text("utf-8")


async def test_each_answer_is_as_large_as_the_document_says(bridge: Bridge) -> None:
    sent: list[int] = []

    async def count(response: httpx.Response) -> None:
        sent.append(
            len(await response.aread()) + sum(len(name) + len(value) + 4 for name, value in response.headers.raw)
        )

    assistant = await bridge.connected()
    bridge.http.event_hooks = {"response": [count]}

    async def size(tool: str, **arguments: Any) -> int:
        result = await assistant.call_tool(tool, arguments)
        assert not result["isError"], result
        texts.append(result["content"][0]["text"])
        return sent[-1]

    texts: list[str] = []
    sizes = {"`get_session`": await size("get_session"), "`list_mailboxes`, 18 of them": await size("list_mailboxes")}
    sizes["`search_emails`, 15 of 264 found"] = await size("search_emails")
    ids = list(dict.fromkeys(re.findall(r"emailId ([\w-]+)", texts[-1])))[:5]
    sizes["`read_emails`, one of them"] = await size("read_emails", emailIds=ids[:1])
    sizes["`read_emails`, five of them"] = await size("read_emails", emailIds=ids)
    await assistant.list_tools()
    sizes["the list of tools, once a conversation"] = sent[-1]
    section = DOCUMENT.partition("## What a tool call sends\n")[2].partition("\n## ")[0]
    documented = dict(re.findall(r"^\| (.+?) \| ([0-9,]+) \|$", section, re.MULTILINE))
    assert {name: int(number.replace(",", "")) for name, number in documented.items()} == pytest.approx(sizes, rel=0.2)
