"""A whole connection on DynamoDB: the calls of each step, and their cost."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mailconnect.sandbox.assistant.errors import ErrorStatus
from mailconnect.store.dynamodb.conversion import Item
from tests.aws.capacity import counted, size
from tests.aws.emulator import Emulator
from tests.aws.faults import acting, answer_lost, throttled
from tests.aws.stores import new_tables, stores_on
from tests.bridge import Bridge, running_bridge
from tests.endpoints.account.test_overview import LESS
from tests.endpoints.reading import Page
from tests.endpoints.visitor import Visitor
from tests.endpoints.wire import Wire

COSTS = (Path(__file__).parents[2] / "docs" / "costs.md").read_text()

pytestmark = [pytest.mark.anyio, pytest.mark.aws]


@dataclass
class OnDynamoDB:
    bridge: Bridge
    client: Any
    tables: dict[str, str]

    def items(self, kind: str) -> list[Item]:
        found: list[Item] = self.client.scan(TableName=self.tables[kind])["Items"]
        return found


@asynccontextmanager
async def bridge_on(emulator: Emulator, folder: Path) -> AsyncIterator[OnDynamoDB]:
    client = emulator.dynamodb()
    names = new_tables(client)
    async with running_bridge(folder, **stores_on(client, names)) as bridge:
        yield OnDynamoDB(bridge, client, names)
    client.close()


@pytest.fixture
async def on(emulator: Emulator, tmp_path: Path, anyio_backend: str) -> AsyncIterator[OnDynamoDB]:
    async with bridge_on(emulator, tmp_path) as running:
        yield running


def documented() -> dict[str, Counter[str]]:
    """docs/costs.md: by step, how often it asks what."""
    section = COSTS.partition("## DynamoDB calls of each step\n")[2].partition("\n## ")[0]
    steps = {}
    for step, calls in re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", section, re.MULTILINE)[1:]:
        counts = re.findall(r"(\d+)? ?([A-Z][A-Za-z]+ [a-z]+ [0-9.]+)", calls)
        steps[step] = Counter(call for count, call in counts for _ in range(int(count or 1)))
    return steps


async def test_each_step_of_a_connection_costs_what_its_document_says(
    ministack: Emulator, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """On ministack alone, which counts units as DynamoDB does: by size, and what is written to the indexes too."""
    steps: dict[str, Counter[str]] = {}
    async with bridge_on(ministack, tmp_path) as on:
        assistant, person, clock = on.bridge.assistant(), on.bridge.person(), on.bridge.clock

        async def asked(step: Awaitable[Any]) -> Counter[str]:
            with counted(on.client) as calls:
                await step
            return Counter(f"{call.operation} {call.table} {call.units:g}" for call in calls)

        async def called(times: int) -> None:
            for _ in range(times):
                assert not (await assistant.call_tool("list_mailboxes"))["isError"]

        async def consented() -> None:
            redirected.append(await person.authorize(assistant.authorization_url(), assistant.redirect_uri))

        async def tool(name: str, arguments: dict[str, Any]) -> None:
            result = await assistant.call_tool(name, arguments)
            assert not result["isError"], result
            texts.append(result["content"][0]["text"])

        texts: list[str] = []
        redirected: list[str] = []
        steps["discovery"] = await asked(assistant.discover())
        steps["registration"] = await asked(assistant.register())
        steps["consent and sign-in"] = await asked(consented())
        steps["redemption of the code"] = await asked(assistant.finish(redirected[0]))
        [grant] = on.items("grants")
        assert size(grant) < 2560

        await called(1)  # the first of an hour notes that the connection is used
        steps["tool call"] = await asked(called(1))
        clock.now += 60
        await called(7)  # what went uncounted before is counted
        clock.now += 60 - clock.now % 60
        steps["60 tool calls in a minute"] = await asked(called(60))

        clock.now += 60
        await called(1)  # the next ones of this minute are counted already
        steps["search"] = await asked(tool("search_emails", {"query": "subject:invoice"}))
        email_id = re.findall(r"emailId (\S+)", texts[-1])[0]
        steps["read of one email"] = await asked(tool("read_emails", {"emailIds": [email_id]}))
        message = {"to": ["bob@example.com"], "subject": "Lunch", "body": "At noon?"}
        steps["draft"] = await asked(tool("write_draft", message))
        draft_id = re.findall(r"draftId (\S+)", texts[-1])[0]
        steps["send that waits for its owner"] = await asked(
            tool("send_draft", {"draftId": draft_id, "recipients": ["bob@example.com"]})
        )

        steps["refresh"] = await asked(assistant.refresh())
        for units in (6, 7, 7):  # 2 of them for the due index; the rest grows with the successors in their grace.
            clock.now += 5
            assert (await asked(assistant.refresh()))[f"UpdateItem grants {units}"] == 1
        [grant] = on.items("grants")
        assert size(grant) < 4864, "above a read unit of 4 KiB, where rotations crowd in one grace time"
        clock.now += 300
        assert (await asked(called(1)))["GetItem grants 1"] == 1
        assert (await asked(called(1)))["GetItem grants 1"] == 1

        clock.now += 3500  # The provider's token must be refreshed, and the hour of `last_used_at` is over.
        assert (await asked(assistant.refresh()))["UpdateItem grants 7"] == 1
        steps["tool call that refreshes the provider's token"] = await asked(called(1))
        [grant] = on.items("grants")
        assert size(grant) < 3584, "a read unit is 4 KiB"

        steps["revocation"] = await asked(assistant.revoke())
        steps["sweep of what was ended"] = await asked(on.bridge.sweep.run())
        steps["sweep without work"] = await asked(on.bridge.sweep.run())
    steps["send at once"] = await _sent_at_once(ministack, tmp_path_factory.mktemp("another"))
    assert steps == documented()


async def _sent_at_once(emulator: Emulator, folder: Path) -> Counter[str]:
    """Of a connection whose owner lets it send by itself."""
    async with bridge_on(emulator, folder) as on:
        assistant = on.bridge.assistant()
        await assistant.connect(on.bridge.person(sending="free"))
        message = {"to": ["bob@example.com"], "subject": "Lunch", "body": "At noon?"}
        drafted = await assistant.call_tool("write_draft", message)
        draft_id = re.findall(r"draftId (\S+)", drafted["content"][0]["text"])[0]
        with counted(on.client) as calls:
            sent = await assistant.call_tool("send_draft", {"draftId": draft_id, "recipients": ["bob@example.com"]})
        assert not sent["isError"], sent
        return Counter(f"{call.operation} {call.table} {call.units:g}" for call in calls)


@pytest.mark.row("F-21")
async def test_a_throttled_table_is_a_503_and_never_a_401(on: OnDynamoDB, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))
    assistant = await on.bridge.connected()
    with acting(on.client, "GetItem", *[throttled] * 3), pytest.raises(ErrorStatus) as refused:
        await assistant.call_tool("list_mailboxes")
    assert refused.value.status == 503
    with acting(on.client, "GetItem", throttled, throttled):
        assert not (await assistant.call_tool("list_mailboxes"))["isError"]


@pytest.mark.row("F-17")
async def test_a_connection_survives_a_lost_answer_to_each_of_its_writes(on: OnDynamoDB) -> None:
    with (
        acting(on.client, "PutItem", *[answer_lost] * 2),
        acting(on.client, "UpdateItem", *[answer_lost] * 2),
        acting(on.client, "DeleteItem", answer_lost),
    ):
        assistant = await on.bridge.connected()
    with acting(on.client, "UpdateItem", answer_lost, answer_lost):
        await assistant.refresh()
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]
    with acting(on.client, "UpdateItem", answer_lost):
        await assistant.revoke()
    with acting(on.client, "PutItem", answer_lost), acting(on.client, "DeleteItem", answer_lost):
        await on.bridge.sweep.run()
    assert on.items("grants") == []


async def test_a_person_narrows_exports_and_deletes_on_dynamodb_too(on: OnDynamoDB) -> None:
    """The account page, with the answer to each kind of write lost once on the way."""
    assistant, other = await on.bridge.connected(), await on.bridge.connected("bob")
    visitor = Visitor(Wire(on.bridge))
    with acting(on.client, "PutItem", answer_lost, answer_lost), acting(on.client, "UpdateItem", answer_lost):
        assert (await visitor.sign_in()).headers["location"] == "/account"
    with acting(on.client, "UpdateItem", answer_lost):
        assert (await visitor.change(LESS)).headers["location"].startswith("/account?changed=")
    with pytest.raises(ErrorStatus) as refused:
        await assistant.call_tool("list_mailboxes")
    assert refused.value.status == 403

    link = Page.of((await visitor.press("/account/export")).text).one("a", download="mailconnect-export.json")["href"]
    [exported] = (await visitor.page(link)).json()["connections"]
    assert exported["scopes"] == ["session:read"]
    assert (await visitor.page(link)).status_code == 404

    elsewhere = Visitor(visitor.wire)
    await elsewhere.sign_in()
    with acting(on.client, "PutItem", answer_lost), acting(on.client, "UpdateItem", answer_lost):
        deleted = await visitor.press("/account/delete", "/account/delete")
    with pytest.raises(ErrorStatus) as refused:
        await assistant.call_tool("get_session")
    assert refused.value.status == 401
    assert (await elsewhere.page()).status_code == 303
    await on.bridge.sweep.run()
    assert "has confirmed" in (await visitor.follow(deleted)).text
    [left] = on.items("grants")
    assert left["client_id"]["S"] == other.client_id
