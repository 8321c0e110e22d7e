"""Some six hundred messages of others' tests, malformed ones too: no tool fails, and each result keeps its rules."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailconnect.attachments.result import AttachmentImage, AttachmentText, Unreadable
from mailconnect.sandbox.accounts import ALICE
from mailconnect.sandbox.assistant import Assistant
from tests.attachments.in_process import InProcessReader
from tests.bridge import Bridge, running_bridge
from tests.peers.corpora.letters import messages, pages
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
        for number, (_, raw) in enumerate([*messages(corpora), *pages(corpora)]):
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
    delivered = [name for name, _ in [*messages(corpora), *pages(corpora)]]
    assert len(delivered) >= 570
    assistant = await bridge.connected()
    ids = await emails(assistant)
    assert len(ids) == len(delivered)
    for name, email in zip(delivered, ids, strict=True):
        for mode, links in (("new", "hosts"), ("full", "full")):
            asked = {"emailIds": [email], "body": mode, "links": links}
            text = text_of(await assistant.call_tool("read_emails", asked))
            assert len(inside_fences(text)) == 1, name
    for start in range(0, len(ids), 10):
        some = ids[start : start + 10]
        text = text_of(await assistant.call_tool("read_emails", {"emailIds": some}))
        assert len(inside_fences(text)) == len(some), delivered[start]


async def test_a_text_is_read_to_its_end_in_pieces(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    long = 0
    for email in await emails(assistant):
        asked = {"emailIds": [email], "body": "full", "maxCharacters": 8_000}
        text = text_of(await assistant.call_tool("read_emails", asked), longest=8_000)
        offset = 0
        while more := re.search(r"offset (\d+) reads on\]", text):
            assert int(more[1]) > offset
            offset = int(more[1])
            if offset > 100_000:
                break
            text = text_of(await assistant.call_tool("read_emails", asked | {"offset": offset}), longest=8_000)
        long += offset > 0
    assert long > 5


async def test_every_attachment_is_text_or_an_image_or_a_reason(bridge: Bridge) -> None:
    assistant, reader = await bridge.connected(), InProcessReader()
    store = bridge.sandbox.post.store(ALICE.primary)
    kinds: dict[str, int] = {}
    asked_of_the_child = 0
    for email in await emails(assistant):
        text = text_of(await assistant.call_tool("read_emails", {"emailIds": [email], "body": "full"}))
        for attachment in re.findall(r"^│ attachmentId (\S+) · ", text, re.MULTILINE):
            if asked_of_the_child < 10:
                asked_of_the_child += 1
                result = await assistant.call_tool("read_attachment", {"emailId": email, "attachmentId": attachment})
                if not result["isError"]:
                    assert len(result["content"][0]["text"]) <= 24_000
        for part in store.emails[email].content.attachments:
            read = await reader.read(part.content, part.type, part.name or "")
            assert isinstance(read, AttachmentText | AttachmentImage | Unreadable)
            kinds[type(read).__name__] = kinds.get(type(read).__name__, 0) + 1
    assert sum(kinds.values()) > 40, kinds
    assert asked_of_the_child == 10
