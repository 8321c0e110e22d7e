"""Features that an operator has switched off are refused clearly and advertised nowhere; the rest goes on (row
DP-11).
"""

from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from mailconnect.attachments.local import LocalReader
from mailconnect.composition.limits import limits
from mailconnect.endpoints.mcp.endpoint import Mcp
from mailconnect.jmap.allowance import NEEDED_BY
from mailconnect.mcp.mailconnect import mailconnect
from mailconnect.mcp.message import tool_result
from mailconnect.mcp.server import Server
from mailconnect.mcp.tool import READ_ONLY, Call
from mailconnect.oauth.scopes import SCOPES
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.memory import MemorySwitches
from mailconnect.store.sqlite.switches import SqliteSwitches
from mailconnect.store.switchboard import READ_EVERY, Switchboard
from mailconnect.store.switches import Switch
from tests.bridge import SANDBOX, TurnedClock, running_bridge
from tests.endpoints.wire import REDIRECT_URI, Client, Form, Window, Wire, answered, is_local_page, parameters

pytestmark = pytest.mark.anyio

SERVER_METADATA = "/.well-known/oauth-authorization-server"


async def turn(wire: Wire, switch: Switch, *, on: bool = True) -> None:
    """As an operator would, and until every process knows."""
    switches = SqliteSwitches(wire.bridge.database)
    await (switches.turn_on(switch, wire.bridge.clock()) if on else switches.turn_off(switch))
    wire.bridge.clock.now += READ_EVERY


def grants(wire: Wire) -> int:
    return len(wire.bridge.database.read("SELECT id FROM grants", ()))


@pytest.mark.row("DP-11")
async def test_without_registrations_none_is_made_and_none_offered(wire: Wire) -> None:
    offered = (await wire("GET", SERVER_METADATA)).json()
    assert offered["registration_endpoint"] == f"{wire.issuer}/register"
    client = await wire.register()
    await turn(wire, Switch.NO_REGISTRATIONS)
    answer = await wire("POST", "/register", json={"redirect_uris": [REDIRECT_URI]})
    assert answer.status_code == 503
    assert answer.json()["error"] == "temporarily_unavailable"
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["access-control-allow-origin"] == "*"
    assert (await wire("GET", SERVER_METADATA)).json() == {
        member: value for member, value in offered.items() if member != "registration_endpoint"
    }
    assert (await client.tokens())["access_token"]  # who is registered goes on
    await turn(wire, Switch.NO_REGISTRATIONS, on=False)
    await wire.register()
    assert (await wire("GET", SERVER_METADATA)).json() == offered


@pytest.mark.row("DP-11")
async def test_without_new_grants_nobody_is_asked_and_the_assistant_may_be_told(client: Client, window: Window) -> None:
    await turn(client.wire, Switch.NO_NEW_GRANTS)
    answer = await window.send("GET", f"/authorize?{client.query()}")
    assert is_local_page(answer, 503)
    assert "switched new connections off" in unescape(answer.text)
    [link] = [link for link in Form.of(answer).links if link.startswith(client.redirect_uri)]
    assert parameters(link) == {"error": "temporarily_unavailable", "iss": client.wire.issuer, "state": "s"}
    assert is_local_page(await window.send("GET", f"/authorize?{client.query(client_id='mcp_unknown')}"))


@pytest.mark.row("DP-11")
@pytest.mark.parametrize("fields", [{}, {"api_token": "fmu1-sandbox-alice-readonly"}])
async def test_without_new_grants_a_page_that_is_open_leads_to_none(
    client: Client, window: Window, fields: dict[str, str]
) -> None:
    page = await window.ask(client.query())
    await turn(client.wire, Switch.NO_NEW_GRANTS)
    answer = await window.decide(page, **fields)
    assert answer.status_code == 503
    assert "location" not in answer.headers
    assert grants(client.wire) == 0
    denied = await window.decide(page, decision="deny")
    assert answered(denied)["error"] == "access_denied"


@pytest.mark.row("DP-11")
async def test_without_new_grants_a_sign_in_under_way_leads_to_none(client: Client, window: Window) -> None:
    begun = await window.approve(client.query())
    state = parameters(begun.headers["location"])["state"]
    await turn(client.wire, Switch.NO_NEW_GRANTS)
    finished = await window.send("GET", f"/auth/callback?{urlencode({'state': state, 'code': 'c', 'iss': SANDBOX})}")
    assert answered(finished)["error"] == "temporarily_unavailable"
    assert grants(client.wire) == 0
    assert client.wire.bridge.sandbox.counters.requests["token.code"] == 0


@pytest.mark.row("DP-11")
async def test_without_new_grants_those_that_there_are_go_on(client: Client) -> None:
    tokens = await client.tokens()
    await turn(client.wire, Switch.NO_NEW_GRANTS)
    renewed = await client.refresh(tokens["refresh_token"])
    assert renewed.status_code == 200
    assert (await client.wire.mcp(renewed.json()["access_token"])).status_code == 200
    assert (await client.revoke(renewed.json()["refresh_token"])).status_code == 200


# ---------------------------------------------------------------- tools that write


def writing_server(access: "Access") -> Server:
    """Its one tool that writes notes at `access` that it ran."""

    async def erase(_: Call, __: Any) -> dict[str, Any]:
        access.erased = True
        return tool_result("Erased.", {})

    server = mailconnect("1")
    [tool] = [tool for tool in server.tools if tool.name == "get_session"]
    writes = replace(tool, name="erase", run=erase, annotations={**READ_ONLY, "readOnlyHint": False})
    return replace(server, tools=(*server.tools, writes))


class Access:
    erased = False
    search_key = bytes(32)
    draft_key = bytes(32)

    def may_have_masked(self) -> bool:
        return True

    def may_have_contacts(self) -> bool:
        return True


class Unreadable(MemorySwitches):
    async def turned_on(self) -> Any:
        raise StoreUnavailable("gone")


class Mailboxes:
    """An entry point whose mailbox is `access`."""

    def __init__(self, wire: Wire) -> None:
        self.access = Access()
        self.provider = wire.bridge.adapters.oauth.provider
        self.entropy = wire.bridge.adapters.stores.entropy

    def open(self, *_: object, **__: object) -> Access:
        return self.access


async def call(wire: Wire, switches: Switchboard, token: str, tool: str) -> tuple[httpx.Response, bool]:
    """The answer, and whether the tool ran."""
    mailboxes, adapters = Mailboxes(wire), wire.bridge.adapters
    mcp = Mcp(
        settings=adapters.stores.settings,
        server=writing_server(mailboxes.access),
        grants=adapters.stores.grants,
        mailboxes=mailboxes,  # type: ignore[arg-type]
        limits=limits(adapters.stores),
        switches=switches,
        clock=adapters.stores.clock,
        attachments=LocalReader(),
    )
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": {}}}
    if tool == "tools/list":
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    route = next(route for route in mcp.routes() if route.path == "/mcp")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=route.app), base_url=wire.issuer) as http:
        answer = await http.post("/mcp", json=message, headers={"Authorization": f"Bearer {token}"})
    return answer, mailboxes.access.erased


@pytest.mark.row("DP-11")
@pytest.mark.parametrize("known", [True, False], ids=["read only", "switches unreadable"])
async def test_read_only_a_tool_that_writes_is_listed_and_refused(client: Client, *, known: bool) -> None:
    token = (await client.tokens())["access_token"]
    clock = TurnedClock()
    store = MemorySwitches() if known else Unreadable()
    switches = Switchboard(store, clock)
    if known:
        answer, ran = await call(client.wire, switches, token, "erase")
        assert ran
        await store.turn_on(Switch.READ_ONLY, clock())
        clock.now += READ_EVERY
    answer, ran = await call(client.wire, switches, token, "erase")
    assert not ran
    result = answer.json()["result"]
    assert result["isError"]
    assert "Nothing was changed" in result["content"][0]["text"]
    listed, _ = await call(client.wire, switches, token, "tools/list")
    assert "erase" in {tool["name"] for tool in listed.json()["result"]["tools"]}


READS_FOR_WRITING = {"list_identities"}
"""Tools that only read what those need who may write."""


@pytest.mark.row("DP-11")
async def test_every_tool_of_a_scope_that_writes_asks_first_and_no_other_does() -> None:
    asked: list[str] = []

    async def is_forbidden() -> bool:
        asked.append("asked")
        return True

    server = mailconnect("1")
    guarded = server.asking_before_writing(is_forbidden)
    for before, tool in zip(server.tools, guarded.tools, strict=True):
        by_scope = any(SCOPES[name].writes for name in tool.scopes)
        writes = by_scope and tool.name not in READS_FOR_WRITING
        assert tool.writes is writes
        assert (tool.run is before.run) is not writes
        if writes:
            asked.clear()
            result = await tool.run(None, None)  # type: ignore[arg-type]
            assert (result["isError"], asked) == (True, ["asked"])


async def test_a_scope_that_lets_a_tool_change_something_says_so() -> None:
    writing = {name for name, needs in NEEDED_BY.items() if any(method.endswith("/set") for method in needs.methods)}
    assert {name for name, scope in SCOPES.items() if scope.writes} == writing


# ---------------------------------------------------------------- when nobody knows


@pytest.mark.row("DP-11")
async def test_a_process_that_cannot_read_the_switches_registers_nobody_and_advertises_all(tmp_path: Path) -> None:
    async with running_bridge(tmp_path, switches=Switchboard(Unreadable(), TurnedClock())) as bridge:
        wire = Wire(bridge)
        answer = await wire("POST", "/register", json={"redirect_uris": [REDIRECT_URI]})
        assert (answer.status_code, answer.json()) == (503, {"error": "temporarily_unavailable"})
        assert "registration_endpoint" in (await wire("GET", SERVER_METADATA)).json()


@pytest.mark.row("DP-11")
async def test_a_sign_in_that_comes_back_while_nobody_knows_is_told_to_try_again(
    client: Client, window: Window
) -> None:
    state = parameters((await window.approve(client.query())).headers["location"])["state"]
    bridge = client.wire.bridge
    bridge.clock.now += READ_EVERY
    bridge.adapters.stores.switches._switches = Unreadable()
    bridge.adapters.stores.switches._known_at = None
    finished = await window.send("GET", f"/auth/callback?{urlencode({'state': state, 'code': 'c', 'iss': SANDBOX})}")
    assert answered(finished)["error"] == "temporarily_unavailable"
    assert grants(client.wire) == 0
