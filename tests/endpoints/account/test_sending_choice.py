"""How a connection may send: chosen on the consent page, changed on `/account`."""

from urllib.parse import quote, unquote

import pytest

from mailconnect.grants.account_session import FRESH
from mailconnect.grants.sending import FIRST, Choice, SendingPolicy, said
from mailconnect.store.sqlite.grants import SqliteGrants
from tests.endpoints.reading import Page
from tests.endpoints.visitor import Buttons, Visitor
from tests.endpoints.wire import Client, Window, Wire, answered

pytestmark = pytest.mark.anyio

SENDS = "session:read drafts:write emails:send"


@pytest.fixture
def visitor(wire: Wire) -> Visitor:
    return Visitor(wire)


async def connected(client: Client, sending: str, **fields: str) -> None:
    window = Window(client.wire)
    decided = await window.decide(await window.ask(client.query(scope=SENDS)), sending=sending, **fields)
    code = answered(await window.send("GET", await window.sign_in(decided, "alice")))["code"]
    assert (await client.redeem(code)).status_code == 200


async def choice(client: Client) -> tuple[str | None, Choice]:
    grants = SqliteGrants(client.wire.bridge.database)
    [grant_id] = await grants.everybodys()
    grant = await grants.get(grant_id)
    assert grant is not None
    return grant.scope, said(grant)


async def save(visitor: Visitor, **fields: str):
    button = next(one for one in await visitor.buttons() if one.action == "/account/change")
    button.fields = {name: button.fields[name] for name in ("form", "connection")}
    return await visitor.send(button, **{"look": "mailboxes:read", "scope:drafts:write": "yes", **fields})


@pytest.mark.parametrize("sending", ["approve", "known", "free"])
async def test_the_consent_page_decides_how_it_may_send(client: Client, sending: str) -> None:
    await connected(client, sending)
    assert await choice(client) == ("drafts:write emails:send session:read", Choice(SendingPolicy(sending), 20))


@pytest.mark.parametrize("sending", ["", "everything"])
async def test_a_way_that_there_is_not_is_none(client: Client, sending: str) -> None:
    await connected(client, sending, **{"scope:drafts:write": "yes", "scope:emails:send": ""})
    assert await choice(client) == ("drafts:write session:read", FIRST)


async def test_on_the_consent_page_nothing_is_chosen_and_the_worst_is_said(client: Client) -> None:
    answer = await client.wire("GET", f"/authorize?{client.query(scope=SENDS)}")
    page = Page.of(answer.text)
    assert [one["value"] for one in page.all("input", type="radio", name="sending", checked="")] == [""]
    assert "It could make this one write to strangers as you." in page.text
    assert "At most 20 a day." in page.text


async def test_a_stricter_way_works_at_once_and_is_in_the_history(client: Client, visitor: Visitor) -> None:
    await connected(client, "free")
    await visitor.sign_in()
    client.wire.bridge.clock.now += FRESH + 1
    answer = await visitor.follow(await save(visitor, sending="known", a_day="5"))
    assert "Saved. App may send: to people I know, without asking, at most 5 a day." in Page.of(answer.text).text
    assert (await choice(client))[1] == Choice(SendingPolicy.KNOWN, 5)
    assert "You let it send: to people you know, without asking, at most 5 a day." in Page.of(answer.text).text


@pytest.mark.parametrize("looser", [{"sending": "free", "a_day": "20"}, {"sending": "known", "a_day": "21"}])
async def test_a_looser_way_takes_a_sign_in_of_the_last_five_minutes(
    client: Client, visitor: Visitor, looser: dict[str, str]
) -> None:
    await connected(client, "known")
    await visitor.sign_in()
    client.wire.bridge.clock.now += FRESH + 1
    answer = await save(visitor, **looser)
    assert (await choice(client))[1] == Choice(SendingPolicy.KNOWN, 20)
    again = unquote(answer.headers["location"]).removeprefix("/account/sign-in?next=")
    page = await visitor.follow(await visitor.sign_in(next_path=quote(again)))
    assert "It may send:" in Page.of(page.text).text
    [button] = [one for one in Buttons.of(page) if one.action == "/account/change"]
    await visitor.send(button)
    assert (await choice(client))[1] == Choice(SendingPolicy(looser["sending"]), int(looser["a_day"]))


async def test_a_connection_that_begins_to_send_again_begins_with_the_strictest_way(
    client: Client, visitor: Visitor
) -> None:
    await connected(client, "free")
    await visitor.sign_in()
    await save(visitor, sending="")
    assert (await choice(client))[0] == "drafts:write session:read"
    button = next(one for one in await visitor.buttons() if one.action == "/account/change")
    button.fields = {name: button.fields[name] for name in ("form", "connection")}
    await visitor.send(button, scope=SENDS)
    assert await choice(client) == ("drafts:write emails:send session:read", FIRST)


@pytest.mark.parametrize(("given", "kept"), [("0", 1), ("1000", 20), ("101", 100), ("-5", 20), ("", 20), ("x", 20)])
async def test_a_number_a_day_stays_within_its_bounds(client: Client, visitor: Visitor, given: str, kept: int) -> None:
    await connected(client, "free")
    await visitor.sign_in()
    await save(visitor, sending="free", a_day=given)
    assert (await choice(client))[1] == Choice(SendingPolicy.FREE, kept)
