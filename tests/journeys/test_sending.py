"""An assistant sends as its owner lets it: after a hold, at a time, never twice, and never what waits for the owner."""

from pathlib import Path
from typing import Any

import pytest

from mailconnect.grants.sending import Choice, SendingPolicy
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.switches import Fault
from mailconnect.sending import sending
from mailconnect.sending.outcome import By
from mailconnect.store.sqlite.switches import SqliteSwitches
from mailconnect.store.switches import Switch
from tests.bridge import Bridge, running_bridge
from tests.journeys.test_drafting import draft_id
from tests.journeys.test_reading_mail import text_of
from tests.sending_choice import choose_sending

pytestmark = pytest.mark.anyio

BOB, STRANGER = "bob@sandbox.test", "somebody@new.example"


async def drafted(assistant: Assistant, to: str, body: str = "Noon?") -> str:
    return draft_id(text_of(await assistant.call_tool("write_draft", {"to": [to], "subject": "Lunch", "body": body})))


async def send(assistant: Assistant, ident: str, to: str, **more: Any) -> str:
    return text_of(await assistant.call_tool("send_draft", {"draftId": ident, "recipients": [to], **more}))


async def test_a_reply_to_a_known_address_leaves_after_its_hold(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    await choose_sending(bridge, assistant, Choice(SendingPolicy.KNOWN, 20))
    ident = await drafted(assistant, BOB)
    assert (await send(assistant, ident, f"Bob <{BOB}>")).startswith("held: The mail provider holds it until 20")
    assert (await send(assistant, ident, BOB)).startswith("held:")
    assert bridge.sandbox.post.outbox == []
    bridge.clock.now += 61
    assert [one.recipients for one in bridge.sandbox.post.outbox] == [(BOB,)]
    assert (await send(assistant, ident, BOB)).startswith("already_sent:")
    assert len(bridge.sandbox.post.outbox) == 1


async def test_under_known_a_message_to_an_unknown_address_waits_for_the_owner(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    await choose_sending(bridge, assistant, Choice(SendingPolicy.KNOWN, 20))
    ident = await drafted(assistant, STRANGER)
    assert (await send(assistant, ident, STRANGER)).startswith("waiting: Nothing was sent yet.")
    bridge.clock.now += 600
    assert bridge.sandbox.post.outbox == []


async def test_by_default_everything_waits_for_the_owner(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    ident = await drafted(assistant, BOB)
    assert "Only you can send it" in await send(assistant, ident, BOB, holdSeconds=0)
    bridge.clock.now += 600
    assert bridge.sandbox.post.outbox == []


async def test_by_default_an_assistants_connection_cannot_submit_even_where_a_tool_would(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant = await bridge.connected()
    ident = await drafted(assistant, BOB)
    monkeypatch.setattr(sending, "at_once", lambda *_: By.FREE)  # a fault of ours
    refused = await assistant.call_tool("send_draft", {"draftId": ident, "recipients": [BOB]})
    assert refused["isError"]
    bridge.clock.now += 600
    assert bridge.sandbox.post.outbox == []


async def test_a_message_is_scheduled_and_stopped(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    await choose_sending(bridge, assistant, Choice(SendingPolicy.KNOWN, 20))
    ident = await drafted(assistant, BOB)
    held = await send(assistant, ident, BOB, sendAt="2027-01-20T09:00:00+01:00")
    assert held.startswith("held: The mail provider holds it until 2027-01-20T08:00:00Z")
    stopped = text_of(await assistant.call_tool("undo_send", {"draftId": ident}))
    assert stopped == "stopped: It was not sent, and is a draft again."
    bridge.clock.now += 30 * 86_400
    await assistant.refresh()
    assert bridge.sandbox.post.outbox == []


async def test_a_lost_response_is_told_and_settled_by_the_next_call(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    await choose_sending(bridge, assistant, Choice(SendingPolicy.FREE, 20))
    ident = await drafted(assistant, BOB)
    bridge.sandbox.switches.add(Fault("jmap.submission", answer="drop", acts=True, times=1))
    assert (await send(assistant, ident, BOB, holdSeconds=0)).startswith("unknown:")
    assert (await send(assistant, ident, BOB, holdSeconds=0)).startswith("already_sent:")
    assert len(bridge.sandbox.post.outbox) == 1


async def test_other_recipients_than_the_drafts_are_refused_by_name(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    await choose_sending(bridge, assistant, Choice(SendingPolicy.FREE, 20))
    ident = await drafted(assistant, BOB)
    refused = await assistant.call_tool("send_draft", {"draftId": ident, "recipients": [STRANGER]})
    assert refused["isError"]
    assert BOB in refused["content"][0]["text"]
    assert bridge.sandbox.post.outbox == []


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"sendAt": "tomorrow"}, "sendAt must be a time with its offset"),
        ({"sendAt": "2027-01-20T09:00:00"}, "sendAt must be a time with its offset"),
        ({"sendAt": "2020-01-20T09:00:00Z"}, "sendAt must be in the future"),
    ],
)
async def test_a_time_that_cannot_be_kept_is_refused(bridge: Bridge, more: dict[str, str], words: str) -> None:
    assistant = await bridge.connected()
    await choose_sending(bridge, assistant, Choice(SendingPolicy.FREE, 20))
    refused = await assistant.call_tool("send_draft", {"draftId": "M1", "recipients": [BOB], **more})
    assert refused["isError"]
    assert words in refused["content"][0]["text"]


async def test_where_writing_is_switched_off_nothing_is_sent_or_stopped(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    await choose_sending(bridge, assistant, Choice(SendingPolicy.FREE, 20))
    ident = await drafted(assistant, BOB)
    await SqliteSwitches(bridge.database).turn_on(Switch.READ_ONLY, bridge.clock())
    bridge.clock.now += 120
    for tool, more in (("send_draft", {"recipients": [BOB]}), ("undo_send", {})):
        refused = await assistant.call_tool(tool, {"draftId": ident, **more})
        assert "switched writing off" in refused["content"][0]["text"]
    assert bridge.sandbox.post.outbox == []


async def test_the_limit_a_day_is_told_in_words(tmp_path: Path) -> None:
    async with running_bridge(tmp_path, environment={"MAILCONNECT_LIMITS": "off"}) as bridge:
        assistant = await bridge.connected()
        await choose_sending(bridge, assistant, Choice(SendingPolicy.KNOWN, 1))
        first, second = [await drafted(assistant, BOB, body) for body in ("One", "Two")]
        assert (await send(assistant, first, BOB, holdSeconds=0)).startswith("sent: Sent to 1 recipient.")
        assert "at most 1 messages a day" in await send(assistant, second, BOB, holdSeconds=0)
        assert len(bridge.sandbox.post.outbox) == 1
