"""Browsers that may approve without a sign-in, and can do nothing else."""

import pytest

from mailconnect.endpoints.approvals.browser_name import browser_name
from tests.approvals.waiting import ANNA, Owner, Waiting, path_of, title_of
from tests.bridge import Bridge

pytestmark = pytest.mark.anyio


async def remembered(bridge: Bridge) -> tuple[Waiting, Owner]:
    """A browser that was remembered an hour ago: its session is over."""
    waiting = await Waiting.connected(bridge)
    owner = Owner.at(bridge)
    await owner.sign_in(path_of(await waiting.ask(await waiting.draft(ANNA))), remember="yes")
    bridge.clock.now += 3600
    return waiting, owner


async def test_it_reads_and_sends_without_a_sign_in(bridge: Bridge) -> None:
    waiting, owner = await remembered(bridge)
    path = path_of(await waiting.ask(await waiting.draft(ANNA)))
    assert title_of(await owner.page(path)) == "Send this as you?"
    assert title_of(await owner.press(path, "send", know="yes")) == "Sent in a minute"
    assert waiting.submitted == 1
    [browser] = await bridge.adapters.stores.browsers.of_owner(waiting.grant.owner, bridge.clock())
    assert browser.used_at == bridge.clock() - bridge.clock() % 3600


async def test_it_sees_no_account_page(bridge: Bridge) -> None:
    _, owner = await remembered(bridge)
    for path in ("/account", "/account/delete", "/account/export"):
        assert (await owner.visitor.window.send("GET", path)).status_code in (303, 405)


async def test_it_is_of_one_owner(bridge: Bridge) -> None:
    _, owner = await remembered(bridge)
    bob = await Waiting.connected(bridge, "bob")
    # Bob's message: alice's browser is nobody's for it.
    path = path_of(await bob.ask(await bob.draft(ANNA)))
    answer = await owner.visitor.window.send("GET", path)
    assert answer.headers["location"].startswith("/account/sign-in")


async def test_it_ends_after_thirty_days(bridge: Bridge) -> None:
    waiting, owner = await remembered(bridge)
    bridge.clock.now += 30 * 86_400
    found = await bridge.adapters.stores.browsers.of_owner(waiting.grant.owner, bridge.clock())
    assert found == []
    assert (await owner.visitor.window.send("GET", "/account")).status_code == 303


async def test_it_is_listed_and_forgotten_on_the_account_page(bridge: Bridge) -> None:
    waiting, owner = await remembered(bridge)
    path = path_of(await waiting.ask(await waiting.draft(ANNA)))
    await owner.visitor.sign_in()
    page = await owner.page("/account")
    assert "Browsers that may approve" in page
    assert "<strong>this one</strong>" in page
    assert "1 message waits for your approval." in page
    assert "may approve messages, for 30 days." in page
    await owner.visitor.press("/account/browsers")
    page = await owner.page("/account")
    assert "No browser may approve without signing in." in page
    assert "A browser may not approve any more." in page
    bridge.clock.now += 1000
    assert (await owner.visitor.window.send("GET", path)).status_code == 303


async def test_another_owner_forgets_nothing_of_it(bridge: Bridge) -> None:
    waiting, _ = await remembered(bridge)
    [browser] = await bridge.adapters.stores.browsers.of_owner(waiting.grant.owner, bridge.clock())
    bob = Owner.at(bridge)
    await bob.sign_in(path_of(await (await Waiting.connected(bridge, "bob")).ask(await waiting.draft(ANNA))), "bob")
    await bob.visitor.sign_in("bob")
    page = await bob.page("/account")
    assert "No browser may approve" in page
    assert await bridge.adapters.stores.browsers.get(browser.id, bridge.clock()) is not None


async def test_an_api_token_approves_nothing_where_there_is_a_sign_in(bridge: Bridge) -> None:
    """It may be one that may only read."""
    waiting = await Waiting.connected(bridge)
    path = path_of(await waiting.ask(await waiting.draft(ANNA)))
    owner = Owner.at(bridge)
    begun = await owner.visitor.begin("/account", api_token="fmu1-sandbox-alice-readonly")
    assert begun.status_code == 303
    answer = await owner.visitor.window.send("GET", path)
    assert answer.headers["location"].startswith("/account/sign-in")
    refused = await owner.visitor.begin(
        answer.headers["location"].partition("next=")[2], api_token="fmu1-sandbox-alice-full"
    )
    assert refused.status_code == 400
    assert "not enough to send a message" in refused.text


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("<script>", "A browser"),
    ],
)
def test_a_browser_is_called_as_its_owner_would(agent: str, name: str) -> None:
    assert browser_name(agent) == name
