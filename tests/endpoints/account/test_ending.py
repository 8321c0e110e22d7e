"""Disconnecting, deleting and their receipts: at once here, then at the provider."""

import asyncio
import base64
import json
import logging
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from mailconnect import pseudonyms
from mailconnect.endpoints.account.ending import end_number
from mailconnect.grants.account_session import form_token
from mailconnect.grants.update import Update
from mailconnect.sandbox.switches import Fault
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.memory import MemoryGrants
from mailconnect.sweep.receipts import RECEIPT_LIFETIME
from tests.bridge import Bridge, running_bridge
from tests.endpoints.account.test_overview import connected, grant_ids, leads_to_sign_in, states
from tests.endpoints.reading import Page
from tests.endpoints.visitor import Visitor
from tests.endpoints.wire import API_TOKEN, Client, Window, Wire, answered, is_local_page

pytestmark = pytest.mark.anyio

DELETE = "/account/delete"


@pytest.fixture
async def visitor(wire: Wire) -> Visitor:
    visitor = Visitor(wire)
    await visitor.sign_in()
    return visitor


async def text(visitor: Visitor, answer: httpx.Response) -> str:
    return Page.of((await visitor.follow(answer)).text).text


async def is_out(client: Client, tokens: dict[str, str]) -> bool:
    assert (await client.wire.mcp(tokens["access_token"])).status_code == 401
    assert (await client.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    return True


def at_provider(wire: Wire) -> list[str | None]:
    """The reason for which each refreshable grant ended; a sign-in for the account makes none."""
    return [one["ended_because"] for one in wire.bridge.sandbox.state.counted()["grants"] if one["presented"]]


def ends(wire: Wire) -> list[dict[str, Any]]:
    rows = wire.bridge.database.read("SELECT value FROM ledger WHERE key LIKE 'ended:%'", ())
    return [json.loads(value) for (value,) in rows]


async def test_disconnecting_works_at_once_and_the_page_says_when_the_provider_has_confirmed(
    client: Client, visitor: Visitor
) -> None:
    mine, other = await connected(client), await connected(client, "bob")
    answer = await visitor.press("/account/disconnect")
    assert await is_out(client, mine)
    assert client.wire.bridge.woken == [client.wire.bridge.clock()]
    assert "has yet to confirm" in await text(visitor, answer)
    assert "Ended, and not yet erased" in (await visitor.page()).text
    assert pseudonyms.grant_hash(grant_ids(client.wire)[0]) in (await visitor.page()).text

    await client.wire.bridge.sweep.run()
    confirmed = await text(visitor, answer)
    assert "has confirmed that our key opens nothing any more" in confirmed
    assert "you ended it" in confirmed
    assert "No assistant is connected" in (await visitor.page()).text
    assert (await client.wire.mcp(other["access_token"])).status_code == 200


async def test_a_receipt_is_found_by_its_number_and_names_nobody(client: Client, visitor: Visitor) -> None:
    await connected(client)
    answer = await visitor.press("/account/disconnect")
    await client.wire.bridge.sweep.run()
    shown = (await Visitor(client.wire).page(answer.headers["location"])).text
    for name in ("alice", "sandbox.test", "App<", client.id):
        assert name not in shown
    client.wire.bridge.clock.now += RECEIPT_LIFETIME
    assert is_local_page(await visitor.page(answer.headers["location"]), 404)


@pytest.mark.parametrize("number", ["", "x", "0" * 32, "0" * 31, "A" * 32, "../receipt", "%ff", "é"])
async def test_a_number_without_a_receipt_says_so(visitor: Visitor, number: str) -> None:
    assert is_local_page(await visitor.page(f"/account/receipt?number={number}"), 404)


async def test_a_connection_that_an_assistant_gave_back_has_a_receipt_too(client: Client, visitor: Visitor) -> None:
    tokens = await connected(client)
    number = pseudonyms.grant_hash(grant_ids(client.wire)[0])
    await client.revoke(tokens["refresh_token"])
    assert "Ended, and not yet erased" in (await visitor.page()).text
    await client.wire.bridge.sweep.run()
    assert "the assistant gave it back" in (await visitor.page(f"/account/receipt?number={number}")).text


async def test_disconnecting_all_ends_every_connection_and_every_session_of_this_person(
    client: Client, visitor: Visitor
) -> None:
    mine = [await connected(client), await connected(client)]
    waiting = await client.code()
    bobs = await connected(client, "bob")
    elsewhere, bob = Visitor(client.wire), Visitor(client.wire)
    await elsewhere.sign_in()
    await bob.sign_in("bob")

    client.wire.bridge.woken.clear()
    answer = await visitor.press("/account/disconnect-all")
    assert len(client.wire.bridge.woken) == 1  # the sweep, after the last of them
    for tokens in mine:
        assert await is_out(client, tokens)
    assert (await client.redeem(waiting)).json()["error"] == "invalid_grant"
    assert (await client.wire.mcp(bobs["access_token"])).status_code == 200
    assert leads_to_sign_in(await visitor.page())
    assert leads_to_sign_in(await elsewhere.page())
    assert (await bob.page()).status_code == 200

    said = await text(visitor, answer)
    assert "App and Other are disconnected" in said or "App is disconnected" in said
    assert said.count("Not confirmed yet.") == 3
    await client.wire.bridge.sweep.run()
    said = await text(visitor, answer)
    assert said.count("has confirmed") == 3  # together, and of each
    assert said.count("The API token is forgotten here") == 2
    await visitor.sign_in()
    assert "No assistant is connected" in (await visitor.page()).text


class Lagging(MemoryGrants):
    """Its owner index is as another store may have it: a moment behind."""

    lags = False

    async def owned_by(self, owner: str) -> list[str]:
        return [] if self.lags else await super().owned_by(owner)


@pytest.mark.row("AC-13")
async def test_an_index_that_lags_lets_no_connection_survive_a_deletion(tmp_path: Path) -> None:
    grants = Lagging()
    async with running_bridge(tmp_path, grants=grants) as bridge:
        client = await Wire(bridge).register()
        visitor = Visitor(client.wire)
        await visitor.sign_in()
        tokens, bobs = await connected(client), await connected(client, "bob")
        bridge.clock.now += 1
        grants.lags = True
        assert (await visitor.press(DELETE, DELETE)).status_code == 303
        grants.lags = False
        await bridge.sweep.run()
        assert await is_out(client, tokens)
        await bridge.sweep.run()
        assert at_provider(client.wire) == ["revoked", None]
        assert (await client.wire.mcp(bobs["access_token"])).status_code == 200


@pytest.mark.row("F-42")
async def test_a_connection_that_a_newer_version_wrote_keeps_nobody_from_the_rest(
    client: Client, visitor: Visitor
) -> None:
    wire, mine = client.wire, [await connected(client) for _ in range(2)]
    newer = grant_ids(wire)[0]
    await wire.bridge.database.write("UPDATE grants SET state = 'paused' WHERE id = ?", (newer,))
    page = Page.of((await visitor.page()).text).text
    assert "1 more cannot be shown just now" in page
    assert (await visitor.page(DELETE)).status_code == 200
    assert is_local_page(await visitor.press("/account/disconnect-all"), 503), "not all has ended, and it says so"
    assert await is_out(client, mine[1])

    again = Visitor(wire)
    await again.sign_in()
    assert "No other assistant is connected" in Page.of((await again.page()).text).text
    assert (await again.press(DELETE, DELETE)).status_code == 303
    await wire.bridge.sweep.run()
    await wire.bridge.database.write("UPDATE grants SET state = 'active' WHERE id = ?", (newer,))
    for _ in range(2):
        await wire.bridge.sweep.run()
    assert await is_out(client, mine[0])
    assert grant_ids(wire) == []


@pytest.mark.row("AC-13")
async def test_tokens_codes_and_forms_from_before_a_deletion_are_refused(client: Client, visitor: Visitor) -> None:
    tokens, code = await connected(client), await client.code()
    under_way = Window(client.wire)
    callback = await under_way.sign_in(await under_way.approve(client.query()))
    elsewhere = Visitor(client.wire)
    await elsewhere.sign_in()
    old = {button.action: button for button in await visitor.buttons()}
    kept = dict(visitor.window.cookies)
    export = Page.of((await visitor.press("/account/export")).text).one("a", download="mailconnect-export.json")["href"]

    answer = await visitor.press(DELETE, DELETE)
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert await is_out(client, tokens)
    assert (await client.redeem(code)).json()["error"] == "invalid_grant"
    assert answered(await under_way.send("GET", callback))["error"] == "access_denied"
    visitor.window.cookies = kept
    for path in ("/account", DELETE):
        assert leads_to_sign_in(await visitor.page(path), path)
    assert leads_to_sign_in(await visitor.page(export))
    for button in old.values():
        refused = await visitor.send(button)
        assert refused.headers["location"].startswith("/account/sign-in?next=/account")
    assert leads_to_sign_in(await elsewhere.page())

    await client.wire.bridge.sweep.run()
    assert not states(client.wire)
    assert not [because for because in at_provider(client.wire) if because is None]
    said = await text(visitor, answer)
    assert "Everything is deleted" in said
    assert "What is kept" in said
    assert "400 days" in said


@pytest.mark.row("AC-13")
async def test_the_page_says_beforehand_what_is_erased_and_what_is_kept(client: Client, visitor: Visitor) -> None:
    await connected(client)
    said = Page.of((await visitor.page(DELETE)).text).text
    for sentence in (
        "App (app.example)",
        "after asking for 7 days at the latest",
        "for 400 days",
        "It names nobody",
        "Log lines",
    ):
        assert sentence in said, sentence


@pytest.mark.row("AC-13")
async def test_an_owner_who_connects_again_afterwards_is_connected(client: Client, visitor: Visitor) -> None:
    await connected(client)
    await visitor.press(DELETE, DELETE)
    await client.wire.bridge.sweep.run()
    client.wire.bridge.clock.now += 1
    assert await connected(client)
    assert await client.tokens()
    await visitor.sign_in()
    assert Page.of((await visitor.page()).text).text.count("Connected just now.") == 2


@pytest.mark.row("AC-13")
async def test_an_api_token_that_was_being_tried_meanwhile_connects_nothing(client: Client, visitor: Visitor) -> None:
    trying, go_on = anyio.Event(), anyio.Event()

    async def hold(response: httpx.Response) -> None:
        if response.url.path == "/jmap/session":
            trying.set()
            await go_on.wait()

    answers: list[httpx.Response] = []

    async def connect() -> None:
        answers.append(await Window(client.wire).approve(client.query(), api_token=API_TOKEN))

    client.wire.bridge.to_provider.event_hooks = {"response": [hold]}
    async with anyio.create_task_group() as group:
        group.start_soon(connect)
        await trying.wait()
        await visitor.press(DELETE, DELETE)
        go_on.set()
    assert answered(answers[0])["error"] == "access_denied"
    assert {state for state, _ in states(client.wire)} == {"retired"}


@pytest.mark.row("AC-14")
async def test_deleting_twice_and_in_parallel_makes_one_end(client: Client, visitor: Visitor) -> None:
    await connected(client)
    await connected(client)
    [button] = await visitor.buttons(DELETE)
    kept = dict(visitor.window.cookies)
    answers = await asyncio.gather(*(Visitor.send(copy(visitor, kept), button) for _ in range(4)))
    assert len(ends(client.wire)) == 1
    assert {answer.status_code for answer in answers} <= {200, 303}
    assert {state for state, _ in states(client.wire)} == {"retired"}

    late = await Visitor.send(copy(visitor, kept), button)
    assert late.status_code == 200
    assert "Already done" in late.text
    await client.wire.bridge.sweep.run()
    late = await Visitor.send(copy(visitor, kept), button)
    assert Page.of(late.text).text.count("has confirmed") == 3  # together, and of each
    assert len(ends(client.wire)) == 1
    assert not states(client.wire)


def copy(visitor: Visitor, cookies: dict[str, str]) -> Visitor:
    other = Visitor(visitor.wire)
    other.window.cookies = dict(cookies)
    return other


@pytest.mark.row("AC-14")
async def test_an_end_that_died_half_way_is_finished_by_asking_again(client: Client, tmp_path: Path) -> None:
    """The record of the end is written, and the process is killed before the first grant is ended."""
    visitor = Visitor(client.wire)
    tokens = await connected(client)
    await visitor.sign_in()
    [button] = await visitor.buttons(DELETE)
    update, client.wire.bridge.adapters.stores.grants.update = client.wire.bridge.adapters.stores.grants.update, killed  # type: ignore[method-assign]
    assert (await visitor.send(button)).status_code == 500
    client.wire.bridge.adapters.stores.grants.update = update  # type: ignore[method-assign]
    assert (await client.wire.mcp(tokens["access_token"])).status_code == 200
    assert "Everything is deleted" in await text(visitor, await visitor.send(button))
    assert await is_out(client, tokens)
    assert len(ends(client.wire)) == 1


async def killed(*_: Any) -> bool:
    raise ZeroDivisionError


@pytest.mark.row("AC-14")
async def test_a_deletion_during_a_refresh_brings_nothing_back(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    visitor = Visitor(Wire(bridge))
    await visitor.sign_in()
    bridge.sandbox.state.expire_access_tokens()
    renewing, go_on = anyio.Event(), anyio.Event()

    async def hold(response: httpx.Response) -> None:
        if response.url.path == "/oauth/refresh":
            renewing.set()
            await go_on.wait()

    results: list[dict[str, Any]] = []

    async def call() -> None:
        results.append(await assistant.call_tool("list_mailboxes"))

    bridge.to_provider.event_hooks = {"response": [hold]}
    async with anyio.create_task_group() as group:
        group.start_soon(call)
        await renewing.wait()
        await visitor.press(DELETE, DELETE)
        go_on.set()
    assert results[0]["isError"]
    await bridge.sweep.run()
    assert not bridge.database.read("SELECT id FROM grants", ())
    assert at_provider(visitor.wire) == ["revoked"]


@pytest.mark.row("AC-15")
async def test_while_the_provider_cannot_be_told_access_is_gone_and_the_page_says_pending(
    client: Client, visitor: Visitor
) -> None:
    tokens = await connected(client)
    client.wire.bridge.sandbox.switches.add(Fault("revoke", answer=503))
    answer = await visitor.press(DELETE, DELETE)
    await client.wire.bridge.sweep.run()
    assert await is_out(client, tokens)
    assert "has yet to confirm" in await text(visitor, answer)
    [(data_key, props)] = client.wire.bridge.database.read("SELECT data_key, props FROM grants", ())
    assert data_key  # still sealed, and of use to the sweep alone
    assert props
    client.wire.bridge.clock.now += 120
    await visitor.sign_in()
    assert "asked 1 time." in Page.of((await visitor.page()).text).text

    client.wire.bridge.sandbox.switches.clear()
    await client.wire.bridge.sweep.run()
    assert "has confirmed" in await text(visitor, answer)
    assert not client.wire.bridge.database.read("SELECT id FROM grants", ())


@pytest.mark.row("AC-15")
async def test_after_a_week_it_is_erased_and_the_receipt_says_that_nobody_confirmed(
    client: Client, visitor: Visitor
) -> None:
    await connected(client)
    client.wire.bridge.sandbox.switches.add(Fault("revoke", answer="drop"))
    answer = await visitor.press(DELETE, DELETE)
    for _ in range(8 * 24):
        await client.wire.bridge.sweep.run()
        client.wire.bridge.clock.now += 3600
    assert not states(client.wire)
    assert "could not be reached for seven days" in await text(visitor, answer)


async def test_an_end_that_is_written_down_names_nobody(
    client: Client, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "mailconnect.audit")
    await connected(client)
    [(owner,)] = client.wire.bridge.database.read("SELECT owner FROM grants", ())
    number = (await visitor.press(DELETE, DELETE)).headers["location"].partition("=")[2]
    await client.wire.bridge.sweep.run()
    [end] = ends(client.wire)
    assert end.keys() == {"what", "at", "connections"}
    assert owner not in str(end) + number
    for name in (owner, "alice", "sandbox.test"):
        assert name not in caplog.text


def test_a_connections_end_and_everythings_have_numbers_of_their_own() -> None:
    from mailconnect.endpoints.account.ending import End  # noqa: PLC0415 - for this alone
    from mailconnect.grants.account_session import AccountSession  # noqa: PLC0415

    one, other = (AccountSession(owner="o", username="u", series=series, signed_in_at=0) for series in "ab")
    assert len({end_number(session, end) for session in (one, other) for end in End}) == 6


@pytest.mark.row("F-17")
@pytest.mark.parametrize("swept", [False, True])
async def test_an_end_whose_answer_was_lost_is_an_end(client: Client, visitor: Visitor, swept: bool) -> None:
    """Also where the sweep has erased the grant before anybody could look again."""
    grants = client.wire.bridge.adapters.stores.grants
    update = grants.update

    async def lost(grant_id: str, change: Update) -> bool:
        await update(grant_id, change)
        grants.update = update  # type: ignore[method-assign]
        if swept:
            await client.wire.bridge.sweep.run()
        raise StoreUnavailable

    tokens = await connected(client)
    grants.update = lost  # type: ignore[method-assign]
    answer = await visitor.press("/account/disconnect")
    assert "App is disconnected" in await text(visitor, answer)
    assert await is_out(client, tokens)


async def test_an_end_that_did_not_happen_is_not_said_to_have(client: Client, visitor: Visitor) -> None:
    tokens = await connected(client)
    grants = client.wire.bridge.adapters.stores.grants
    update = grants.update

    async def away(*_: object) -> bool:
        raise StoreUnavailable

    grants.update = away  # type: ignore[method-assign]
    assert is_local_page(await visitor.press("/account/disconnect"), 503)
    grants.update = update  # type: ignore[method-assign]
    assert (await client.wire.mcp(tokens["access_token"])).status_code == 200


async def test_nothing_ends_whose_receipt_could_not_be_found_again(
    client: Client, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = await connected(client)

    async def away(*_: object) -> None:
        raise StoreUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(client.wire.bridge.adapters.stores.ledger, "put", away)
        assert is_local_page(await visitor.press("/account/disconnect"), 503)
    assert (await client.wire.mcp(tokens["access_token"])).status_code == 200


@pytest.mark.row("FL-16")
async def test_an_api_token_shows_and_ends_connections_and_deletes_nothing(client: Client) -> None:
    """The token may be read-only. If sign-in is offered, deleting needs it."""
    wire, _ = client.wire, await connected(client)
    visitor = Visitor(wire)
    assert (await visitor.begin(api_token=API_TOKEN)).headers["location"] == "/account"
    assert leads_to_sign_in(await visitor.page(DELETE), DELETE)
    refused = await visitor.begin(DELETE, api_token=API_TOKEN)
    assert refused.status_code == 400
    assert "may only read" in refused.text
    assert 'name="api_token"' not in refused.text
    assert [state for state, _ in states(wire)] == ["active"]
    assert (await visitor.press("/account/disconnect")).status_code == 303
    assert [state for state, _ in states(wire)] == ["retired"]


@pytest.mark.row("FL-16")
async def test_a_made_up_form_in_an_api_token_session_deletes_nothing(client: Client) -> None:
    wire, _ = client.wire, await connected(client)
    by_provider, by_token = Visitor(wire), Visitor(wire)
    await by_provider.sign_in()
    [button] = [one for one in await by_provider.buttons(DELETE) if one.action == DELETE]
    await by_token.begin(api_token=API_TOKEN)
    assert is_local_page(await by_token.send(button), 403)
    secret = base64.urlsafe_b64decode(by_token.window.cookies["mailconnect-session"] + "=")
    assert leads_to_sign_in(await by_token.send(button, form=form_token(secret, DELETE)), DELETE)
    assert [state for state, _ in states(wire)] == ["active"]


@pytest.mark.row("FL-16")
async def test_where_no_sign_in_is_offered_the_api_token_is_what_deletes(tmp_path: Path) -> None:
    async with running_bridge(tmp_path) as bridge:
        object.__setattr__(bridge.adapters.oauth.provider, "client_id", None)
        visitor = Visitor(Wire(bridge))
        await visitor.begin()  # for which the bridge would have to register, and learns that it cannot
        assert (await visitor.begin(DELETE, api_token=API_TOKEN)).headers["location"] == DELETE
        assert (await visitor.page(DELETE)).status_code == 200
        answer = await visitor.press(DELETE, DELETE)
        assert answer.headers["location"].startswith("/account/receipt?")


async def test_an_erasure_that_breaks_off_amid_the_ends_is_finished_by_the_sweep(
    client: Client, visitor: Visitor
) -> None:
    tokens = await connected(client)
    grants = client.wire.bridge.adapters.stores.grants
    update = grants.update

    async def away(*_: object) -> bool:
        raise StoreUnavailable

    grants.update = away  # type: ignore[method-assign]
    assert is_local_page(await visitor.press(DELETE, DELETE), 503)
    grants.update = update  # type: ignore[method-assign]
    await client.wire.bridge.sweep.run()
    assert await is_out(client, tokens)
