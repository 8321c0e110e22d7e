"""An owner is deleted while fifty calls of theirs are under way: the scenario for every store."""

import asyncio
import json
import logging
import os
from dataclasses import dataclass

import httpx

from mailconnect.grants.props import open_props
from mailconnect.operator.commands import Operator
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.assistant.errors import AssistantError
from mailconnect.sandbox.browser import PageError
from mailconnect.store.memory import MemorySwitches
from mailconnect.sweep.owner_erasure import LATEST_EVENT
from tests.bridge import Bridge

ALICE = "alice@sandbox.test"
_LEDGER_IS_EMPTY = 86_400
"""Seconds after which nothing of any sign-in or session is kept; far less than a receipt is."""


@dataclass(frozen=True)
class Erased:
    traces: set[bytes]
    """Everything of theirs: names, ids, keys, tokens of both sides."""
    receipts: list[dict[str, object]]


async def erased_while_calls_are_in_flight(bridge: Bridge) -> Erased:
    assistants = [
        await bridge.connected(name="Poke"),
        await bridge.connected(name="Claude"),
        await _by_api_token(bridge),
    ]
    bob = await bridge.connected("bob")
    owner = await bridge.keys.owner(bridge.adapters.oauth.provider.id, ALICE)
    ids = await bridge.adapters.stores.grants.owned_by(owner)
    assert len(ids) == 3
    traces = await _theirs(bridge, owner, ids) | {_secret(one) for one in assistants}
    bridge.sandbox.state.expire_access_tokens()  # so that calls refresh, and their writes race the end

    calls = asyncio.gather(*(_called(assistants[number % 3]) for number in range(50)))
    refreshes = asyncio.gather(*(_refreshed(one) for one in assistants[:2]))
    await asyncio.sleep(0)
    assert len(await deleted(bridge)) == 3
    await bridge.sweep.run()
    outcomes = await calls
    traces |= {_secret(one) for one in assistants} | await _theirs(bridge, owner, ids)
    await refreshes
    assert len(outcomes) == 50

    for one in assistants:
        assert not await _called(one), "dead, and not to be revived"
    for seconds in (60, LATEST_EVENT, _LEDGER_IS_EMPTY):
        bridge.clock.now += seconds
        await bridge.sweep.run()
    assert await _called(bob) or await _refreshed(bob), "another person's connection is whole"
    assert await bridge.adapters.stores.grants.owned_by(owner) == []
    assert (await bridge.adapters.stores.events.of_owner(owner, 0)).events == []

    answer = await _operator(bridge).obey({"command": "show", "grants": ids})
    assert answer["grants"] == []
    return Erased(traces - {b""}, answer["receipts"])


async def _by_api_token(bridge: Bridge) -> Assistant:
    assistant = bridge.assistant(name="Cursor")
    await assistant.connect(bridge.person(api_token="fmu1-sandbox-alice-readonly"))
    return assistant


async def _theirs(bridge: Bridge, owner: str, ids: list[str]) -> set[bytes]:
    found = {owner.encode(), ALICE.encode(), b"alice", b"fmu1-sandbox-alice-readonly"}
    for grant_id in ids:
        found.add(grant_id.encode())
        grant = await bridge.adapters.stores.grants.get(grant_id)
        if grant is not None:
            props = open_props(grant, await bridge.keys.open_data_key(grant.data_key, grant.id))
            found |= {grant.props, grant.data_key, props.access_token.encode(), (props.refresh_token or "").encode()}
    return found


def _secret(assistant: Assistant) -> bytes:
    assert assistant.tokens is not None
    return assistant.tokens.access_token.encode()


async def _called(assistant: Assistant) -> bool:
    try:
        return not (await assistant.call_tool("list_mailboxes"))["isError"]
    except (AssistantError, PageError, httpx.HTTPError):
        return False


async def _refreshed(assistant: Assistant) -> bool:
    try:
        await assistant.refresh()
    except AssistantError:
        return False
    return True


async def deleted(bridge: Bridge) -> list[str]:
    """By the operator, on request; the ids of what was ended."""
    at, named = _operator(bridge), {"command": "disconnect", "owner": ALICE}
    shown = await at.obey(named)
    ended: list[str] = (await at.obey(named | {"confirm": shown["confirm"]}))["ended"]
    return ended


def _operator(bridge: Bridge) -> Operator:
    a = bridge.adapters
    return Operator(
        grants=a.stores.grants,
        ledger=a.stores.ledger,
        audit=a.stores.audit,
        owners=bridge.keys,
        switches=MemorySwitches(),
        provider=a.oauth.provider.id,
        wake_sweep=a.stores.wake_sweep,
        clock=a.stores.clock,
        approvals=a.stores.approvals,
        browsers=a.stores.browsers,
    )


def left_in(text: bytes, erased: Erased) -> set[bytes]:
    """Which of their traces a table, a file or a log still holds."""
    return {trace for trace in erased.traces if trace in text}


def logs_to(folder: os.PathLike[str]) -> logging.Handler:
    """Everything that any part of the program logs, as a file of its own."""
    handler = logging.FileHandler(os.path.join(folder, "everything.log"))  # noqa: PTH118
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    return handler


def receipts_say_so(erased: Erased) -> bool:
    outcomes = sorted(str(receipt["provider"]) for receipt in erased.receipts)
    assert outcomes == ["api_token_forgotten", "revoked", "revoked"], json.dumps(erased.receipts)
    assert {receipt["reason"] for receipt in erased.receipts} == {"operator_disconnected"}
    return True
