"""A new capability comes with a new notice: old connections keep what they had, and get the rest by a new consent."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from mailconnect.composition import mcp as composed
from mailconnect.composition.edge import application
from mailconnect.composition.mcp import mcp_routes
from mailconnect.composition.oauth import oauth_routes
from mailconnect.composition.web import web_routes
from mailconnect.endpoints.connect import sign_in
from mailconnect.endpoints.pages import consent, ladder
from mailconnect.endpoints.pages.boxes import boxes
from mailconnect.grants.sending import SEND
from mailconnect.mcp.mailconnect import mailconnect
from mailconnect.mcp.message import tool_result
from mailconnect.mcp.tool import Call, Tool
from mailconnect.mcp.tools import TOOLS
from mailconnect.mcp.tools.account import request_access
from mailconnect.oauth.scopes import NOTICE_VERSION, SCOPES, TOLD_BY, Scope, format_scope
from tests.any_arguments import any_arguments
from tests.bridge import Bridge
from tests.endpoints.wire import ALL_SCOPES, Window, Wire
from tests.integrations import written as assistants_documents

pytestmark = pytest.mark.anyio

ALL = format_scope(frozenset(SCOPES))
NEW_NOTICE = "2099-01-01"
NEW_SCOPE = Scope("weather:read", "See the weather", "Where your mailbox is.", NEW_NOTICE)


async def _weather(_: Call, __: Any) -> Mapping[str, Any]:
    return tool_result("It rains.", {"rain": True})


NEW_TOOL = Tool(
    name="get_weather",
    title="Weather",
    description="Tells the weather.",
    arguments=any_arguments({"type": "object"}),
    output_schema=None,
    scopes=(NEW_SCOPE.name,),
    run=_weather,
)


def with_new_release(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> Bridge:
    """The next release of the program, on the same data."""
    monkeypatch.setitem(SCOPES, NEW_SCOPE.name, NEW_SCOPE)
    for module in (sign_in, consent):
        monkeypatch.setattr(module, "NOTICE_VERSION", NEW_NOTICE)

    monkeypatch.setattr(composed, "mailconnect", partial(mailconnect, tools=(*TOOLS, NEW_TOOL)))
    a = bridge.adapters
    routes = [*oauth_routes(a.stores), *web_routes(a, sealer=bridge.keys, owners=bridge.keys), *mcp_routes(a)]
    return replace(bridge, app=application(routes, a.stores.settings))


@pytest.fixture(autouse=True)
def arguments_made_anew() -> Iterator[None]:
    """The scopes that request_access names are read once a process."""
    request_access._arguments.cache_clear()
    yield
    request_access._arguments.cache_clear()


async def test_a_new_capability_waits_for_a_new_consent(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await Wire(bridge).register()
    old = await client.tokens()
    wire = Wire(with_new_release(bridge, monkeypatch))

    async def call(token: str, tool: str) -> Any:
        return await wire.mcp(token, "tools/call", name=tool, arguments={})

    # The earlier consent stays as it was, also after a refresh.
    client = replace(client, wire=wire)
    for tokens in (old, (await client.refresh(old["refresh_token"])).json()):
        assert tokens["scope"] == ALL_SCOPES
        assert (await call(tokens["access_token"], "list_mailboxes")).status_code == 200
        refused = await call(tokens["access_token"], "get_weather")
        assert refused.status_code == 403
        challenge = refused.headers["www-authenticate"]
        assert 'error="insufficient_scope"' in challenge
        assert f'scope="{ALL_SCOPES} weather:read"' in challenge

    # The person sees the new notice and what is new, and consents.
    new = await client.tokens(scope=f"{ALL_SCOPES} weather:read")
    assert (await call(new["access_token"], "get_weather")).json()["result"]["structuredContent"] == {"rain": True}
    assert (await call(old["access_token"], "get_weather")).status_code in (401, 403)
    versions = bridge.database.read("SELECT notice_version FROM grants ORDER BY notice_version", ())
    assert [version for (version,) in versions] == [NOTICE_VERSION, NEW_NOTICE]


async def test_a_tool_in_the_list_and_a_scope_in_its_row_are_said_everywhere_and_kept(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """docs/adding-a-tool.md: what the server can do is never said by hand in a second place."""
    wire = Wire(with_new_release(bridge, monkeypatch))
    client = await wire.register()

    async def listed(token: str) -> dict[str, Any]:
        tools = (await wire.mcp(token)).json()["result"]["tools"]
        return {tool["name"]: tool for tool in tools}

    async def call(token: str, tool: str) -> Any:
        return await wire.mcp(token, "tools/call", name=tool, arguments={})

    without = (await client.tokens(scope="session:read"))["access_token"]
    tools = await listed(without)
    assert tools.keys() == {"get_session", "request_access"}
    assert NEW_SCOPE.name in tools["request_access"]["inputSchema"]["properties"]["scope"]["enum"]
    [missing] = (await call(without, "request_access")).json()["result"]["content"]
    assert "- weather:read: See the weather. Where your mailbox is." in missing["text"]
    refused = await call(without, "get_weather")
    assert refused.status_code == 403
    assert NEW_SCOPE.name in refused.headers["www-authenticate"]

    about = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "a", "version": "1"}}
    assert (
        "- Weather: get_weather." in (await wire.mcp(without, "initialize", **about)).json()["result"]["instructions"]
    )
    metadata = (await wire("GET", "/.well-known/oauth-authorization-server")).json()
    assert NEW_SCOPE.name in metadata["scopes_supported"]
    assert "- `weather:read`: See the weather. Where your mailbox is.\n" in (await wire("GET", "/connect.md")).text
    assert "see the weather" in (await wire("GET", "/")).text
    assert "see the weather" in assistants_documents.parts()["limits"]
    asked = await Window(wire).send("GET", f"/authorize?{client.query()}")
    for said in ('name="scope:weather:read"', "See the weather", "Where your mailbox is."):
        assert said in asked.text

    allowed = (await client.tokens(scope="session:read weather:read"))["access_token"]
    assert "get_weather" in await listed(allowed)
    assert (await call(allowed, "get_weather")).json()["result"]["structuredContent"] == {"rain": True}


async def test_a_scope_in_the_record_of_an_older_consent_opens_nothing(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await Wire(bridge).register()
    old = await client.tokens()
    wire = Wire(with_new_release(bridge, monkeypatch))
    every = f"{ALL_SCOPES} weather:read"
    await bridge.database.write("UPDATE grants SET scope = ?, access_scope = ?", (every, every))
    refused = await wire.mcp(old["access_token"], "tools/call", name="get_weather", arguments={})
    assert refused.status_code == 403


def test_a_notice_tells_of_no_newer_scope() -> None:
    assert TOLD_BY[NOTICE_VERSION] == frozenset(SCOPES)
    assert TOLD_BY["2000-01-01"] == frozenset()


def test_every_scope_can_be_chosen_on_the_page() -> None:
    """A new scope has a place there: else no person could ever allow it."""
    every = frozenset(SCOPES)
    assert ladder.rungs(every)[-1].scopes | {SEND, *(box.scope for box in boxes(every))} == every


def test_a_tool_that_shows_more_needs_a_scope_of_its_own() -> None:
    """A new tool here means: a scope with the notice that tells of it, or a proof that its scope's words cover it."""
    assert {tool.name: tool.scopes for tool in TOOLS} == {
        "get_session": ("session:read",),
        "list_mailboxes": ("mailboxes:read",),
        "search_emails": ("emails:metadata", "emails:read"),
        "read_emails": ("emails:read", "emails:metadata"),
        "read_attachment": ("emails:read",),
        "find_contacts": ("contacts:read",),
        "list_identities": ("drafts:write",),
        "write_draft": ("drafts:write",),
        "update_emails": ("emails:organize",),
        "manage_mailbox": ("mailboxes:write",),
        "list_masked_emails": ("masked:read",),
        "write_masked_email": ("masked:write",),
        "send_draft": ("emails:send",),
        "undo_send": ("emails:send",),
        "request_access": (),
    }
