"""Some six hundred messages of others' tests, malformed ones too: no tool fails, and each result keeps its rules."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailconnect.sandbox.accounts import ALICE
from mailconnect.sandbox.assistant.assistant import Assistant
from tests.bridge import Bridge, running_bridge
from tests.peers.corpora.letters import everything
from tests.peers.corpora.result_rules import inside_fences, text_of

pytestmark = [pytest.mark.peer, pytest.mark.anyio]

LONGEST_HIT = 400  # characters, with ids of ordinary length
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
HERE = ("Ünïcode",)
"""A mailbox of alice's that is empty before."""


@pytest.fixture
async def bridge(tmp_path: Path, corpora: Path) -> AsyncIterator[Bridge]:
    async with running_bridge(tmp_path, environment={"MAILCONNECT_LIMITS": "off"}) as running:
        store = running.sandbox.post.store(ALICE.primary)
        for number, (_, raw) in enumerate(everything(corpora)):
            store.deliver(raw, [HERE], FIRST + timedelta(minutes=number))
        yield running


async def emails(assistant: Assistant) -> list[str]:
    """The ids, oldest first, from pages of a search."""
    asked = {"query": "", "mailbox": "/".join(HERE), "order": "oldest", "collapse": False, "limit": 50}
    found: list[str] = []
    while True:
        text = text_of(await assistant.call_tool("search_emails", asked))
        hits = re.split(r"^(?=emailId )", text, flags=re.MULTILINE)[1:]
        assert max(map(len, hits[:-1]), default=0) <= LONGEST_HIT
        found += [hit.split()[1] for hit in hits]
        more = re.search(r"^More: .* cursor (\S+)$", text, re.MULTILINE)
        if more is None:
            return found
        asked["cursor"] = more[1]


async def test_every_message_is_found_and_read_alone_and_among_others(bridge: Bridge, corpora: Path) -> None:
    delivered = [name for name, _ in everything(corpora)]
    assert len(delivered) >= 570
    assistant = await bridge.connected()
    ids = await emails(assistant)
    assert len(ids) == len(delivered)
    for start in range(0, len(ids), 10):
        some = ids[start : start + 10]
        text = text_of(await assistant.call_tool("read_emails", {"emailIds": some}))
        assert len(inside_fences(text)) == len(some), delivered[start]
    long = 0
    for name, email in zip(delivered, ids, strict=True):
        asked = {"emailIds": [email], "body": "full", "links": "full"}
        text = text_of(await assistant.call_tool("read_emails", asked))
        assert len(inside_fences(text)) == 1, name
        long += await pieces(assistant, asked, text)
    assert long > 0


async def test_every_attachment_is_text_or_an_image_or_a_reason(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    store = bridge.sandbox.post.store(ALICE.primary)
    here = store.mailbox_ids[HERE]
    kinds: list[str] = []
    for email in [one for one in store.emails.values() if here in one.mailbox_ids and one.content.attachments]:
        text = text_of(await assistant.call_tool("read_emails", {"emailIds": [email.email_id]}))
        attachments = re.findall(r"^│ attachmentId (\S+) · ", text, re.MULTILINE)
        kinds += [await kind(assistant, email.email_id, attachment) for attachment in attachments]
    assert len(kinds) > 40
    assert kinds.count("text") > 20, kinds


async def pieces(assistant: Assistant, asked: dict[str, Any], text: str) -> bool:
    """Reads on, where there is more, for four pieces at most: each begins behind the one before."""
    offset = 0
    for _ in range(4):
        more = re.search(r"offset (\d+) reads on\]", text)
        if more is None:
            break
        assert int(more[1]) > offset
        offset = int(more[1])
        text = text_of(await assistant.call_tool("read_emails", asked | {"offset": offset}))
        assert len(inside_fences(text)) == 1
    return offset > 0


async def kind(assistant: Assistant, email: str, attachment: str) -> str:
    """Of the answer: text, image, or a reason why there is neither."""
    result = await assistant.call_tool("read_attachment", {"emailId": email, "attachmentId": attachment})
    [first, *others] = result["content"]
    if result["isError"]:
        assert len(first["text"]) < 300
        return "reason"
    if others:
        assert others[0]["type"] == "image"
        return "image"
    assert len(inside_fences(text_of(result))) == 1
    return "text"
