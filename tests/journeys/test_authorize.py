"""An owner is asked whether an assistant may see their mailbox, and says yes, or no, or both, or leaves."""

import asyncio
from urllib.parse import urlsplit

import pytest

from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.assistant.errors import Denied, ErrorStatus
from mailconnect.sandbox.browser import Browser, Page, PageError
from mailconnect.sandbox.person import Person
from mailconnect.sandbox.switches import Fault
from tests.bridge import ISSUER, SANDBOX, Bridge
from tests.endpoints.wire import ALL_SCOPES

pytestmark = pytest.mark.anyio

SIGN_IN = {"username": "alice", "password": "secret", "decision": "approve"}


async def asking(bridge: Bridge, name: str = "An assistant") -> Assistant:
    """An assistant that has registered and waits for a person."""
    assistant = bridge.assistant(name=name)
    await assistant.discover()
    await assistant.register()
    return assistant


async def decided(browser: Browser, page: Page, **fields: str) -> Page:
    [form] = [form for form in page.forms if ("decision", "approve") in form.buttons]
    return await browser.submit(page, form, {"decision": "approve"} | fields)


async def followed(browser: Browser, page: Page) -> Page:
    assert page.location is not None, page
    return await browser.open(page.location)


async def signed_in(browser: Browser, approved: Page) -> Page:
    """The end of the way by the provider: the redirect to the assistant, or a page of ours that says why not."""
    answer = await decided(browser, await followed(browser, approved), **SIGN_IN)
    return await followed(browser, answer)


def grants(bridge: Bridge) -> int:
    return len(bridge.database.read("SELECT id FROM grants", ()))


async def test_yes_connects_the_mailbox(bridge: Bridge) -> None:
    assistant = await asking(bridge, "Weather")
    browser = bridge.person().browser
    page = await browser.open(assistant.authorization_url())
    assert "Weather" in page.text
    assert "127.0.0.1" in page.text
    [form] = page.forms
    approved = await decided(browser, page, **form.everything)
    assert (approved.location or "").startswith(f"{SANDBOX}/oauth/authorize?")
    end = await signed_in(browser, approved)
    assert (end.location or "").startswith(f"{assistant.redirect_uri}?code=")
    tokens = await assistant.finish(end.location or "")
    assert tokens.scope == ALL_SCOPES  # the form was sent with all that the page offers
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]


async def test_an_unknown_assistant_gets_the_least_if_the_owner_changes_nothing(bridge: Bridge) -> None:
    assistant = await asking(bridge, "Weather")
    browser = bridge.person().browser
    approved = await decided(browser, await browser.open(assistant.authorization_url()))
    tokens = await assistant.finish((await signed_in(browser, approved)).location or "")
    assert tokens.scope == "mailboxes:read session:read"


async def test_no_tells_the_assistant_and_never_asks_the_provider(bridge: Bridge) -> None:
    assistant = await asking(bridge)
    with pytest.raises(Denied) as denied:
        await assistant.finish(
            await bridge.person().authorize(assistant.authorization_url(), assistant.redirect_uri, consent="deny")
        )
    assert denied.value.code == "access_denied"
    assert bridge.sandbox.counters.requests["authorize.page"] == 0
    assert grants(bridge) == 0


async def test_no_at_the_provider_is_a_no_too(bridge: Bridge) -> None:
    assistant = await asking(bridge)
    with pytest.raises(Denied) as denied:
        await assistant.finish(
            await bridge.person().authorize(assistant.authorization_url(), assistant.redirect_uri, sign_in="deny")
        )
    assert denied.value.code == "access_denied"
    assert grants(bridge) == 0
    await assistant.connect(bridge.person())
    assert grants(bridge) == 1


async def test_a_wrong_password_is_the_providers_business_and_can_be_mended(bridge: Bridge) -> None:
    assistant = await asking(bridge)
    browser = bridge.person().browser
    approved = await decided(browser, await browser.open(assistant.authorization_url()))
    wrong = await decided(browser, await followed(browser, approved), **SIGN_IN | {"password": "wrong"})
    assert wrong.status == 403
    right = await decided(browser, wrong, **SIGN_IN)
    assert await assistant.finish((await followed(browser, right)).location or "")


async def test_an_api_token_connects_without_a_sign_in(bridge: Bridge) -> None:
    assistant = await asking(bridge)
    person = bridge.person(api_token="fmu1-sandbox-alice-readonly")
    await assistant.finish(await person.authorize(assistant.authorization_url(), assistant.redirect_uri))
    session = await assistant.call_tool("get_session")
    assert session["structuredContent"]["username"] == "alice@sandbox.test"
    assert bridge.sandbox.counters.requests["authorize.page"] == 0
    assert bridge.sandbox.counters.requests["token.code"] == 0


async def test_a_read_only_api_token_is_enough(bridge: Bridge) -> None:
    assistant = await asking(bridge)
    person = bridge.person(api_token="fmu1-sandbox-alice-readonly")
    await assistant.finish(await person.authorize(assistant.authorization_url(), assistant.redirect_uri))
    session = await assistant.call_tool("get_session")
    assert session["structuredContent"]["isReadOnly"] is True
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]


async def test_a_mistyped_api_token_can_be_typed_again(bridge: Bridge) -> None:
    assistant = await asking(bridge)
    browser = bridge.person().browser
    page = await browser.open(assistant.authorization_url())
    refused = await decided(browser, page, api_token="fmu1-sandbox-nobody-full")
    assert refused.status == 400
    assert "Check it, or make a new one" in refused.text
    assert grants(bridge) == 0
    end = await decided(browser, refused, api_token="fmu1-sandbox-alice-readonly")
    assert await assistant.finish(end.location or "")


async def test_an_api_token_that_the_provider_cannot_check_just_now_is_not_called_wrong(bridge: Bridge) -> None:
    assistant = await asking(bridge)
    browser = bridge.person().browser
    page = await browser.open(assistant.authorization_url())
    bridge.sandbox.switches.add(Fault("session", answer=503, times=1))
    waiting = await decided(browser, page, api_token="fmu1-sandbox-alice-readonly")
    assert waiting.status == 400
    assert "Try again in a minute" in waiting.text
    assert grants(bridge) == 0
    assert await assistant.finish(
        (await decided(browser, waiting, api_token="fmu1-sandbox-alice-readonly")).location or ""
    )


async def test_two_tabs_for_two_assistants_both_arrive_in_whatever_order(bridge: Bridge) -> None:
    browser = bridge.person().browser
    one, two = await asking(bridge, "One"), await asking(bridge, "Two")
    pages = [await browser.open(assistant.authorization_url()) for assistant in (one, two)]
    approved = [await decided(browser, page) for page in pages]
    for assistant, at_provider in ((two, approved[1]), (one, approved[0])):
        await assistant.finish((await signed_in(browser, at_provider)).location or "")
        assert not (await assistant.call_tool("get_session"))["isError"]
    assert grants(bridge) == 2


async def test_an_assistant_that_fetches_the_page_first_takes_nothing_from_the_person(bridge: Bridge) -> None:
    """fastmcp's client asks for the URL itself before it opens the browser there."""
    assistant = await asking(bridge)
    url = assistant.authorization_url()
    assert (await bridge.http.get(url)).status_code == 200
    await assistant.finish(await bridge.person().authorize(url, assistant.redirect_uri))


async def test_a_double_click_connects_once(bridge: Bridge) -> None:
    assistant = await asking(bridge)
    browser = bridge.person().browser
    page = await browser.open(assistant.authorization_url())
    first, second = await asyncio.gather(decided(browser, page), decided(browser, page))
    assert first.location == second.location
    end = await signed_in(browser, second)
    assert await assistant.finish(end.location or "")
    assert grants(bridge) == 1


async def test_back_and_yes_again_after_the_end_says_that_it_is_over(bridge: Bridge) -> None:
    assistant = await asking(bridge)
    browser = bridge.person().browser
    page = await browser.open(assistant.authorization_url())
    answer = await decided(browser, await followed(browser, await decided(browser, page)), **SIGN_IN)
    assert await assistant.finish((await followed(browser, answer)).location or "")
    for old in (await decided(browser, page), await followed(browser, answer)):
        assert (old.status, old.location) == (400, None)
        assert "already signed in" in old.text or "start again" in old.text.lower()
    assert not (await assistant.call_tool("get_session"))["isError"]
    assert grants(bridge) == 1


async def test_back_before_the_sign_in_and_no_is_still_a_no(bridge: Bridge) -> None:
    assistant = await asking(bridge)
    browser = bridge.person().browser
    page = await browser.open(assistant.authorization_url())
    await decided(browser, page)
    end = await decided(browser, page, decision="deny")
    with pytest.raises(Denied):
        await assistant.finish(end.location or "")
    assert grants(bridge) == 0


async def test_a_sign_in_is_finished_where_it_was_begun(bridge: Bridge) -> None:
    """An attacker sends a victim the provider's address, to connect the victim's mailbox to the attacker's
    assistant.
    """
    assistant = await asking(bridge)
    attacker, victim = bridge.person().browser, bridge.person("bob").browser
    approved = await decided(attacker, await attacker.open(assistant.authorization_url()))
    page = await signed_in(victim, approved)
    assert (page.status, page.location) == (403, None)
    assert "another browser" in page.text
    assert grants(bridge) == 0
    assert bridge.sandbox.counters.requests["token.code"] == 0


async def test_a_page_left_open_over_lunch_asks_again(bridge: Bridge) -> None:
    assistant = await asking(bridge)
    browser = bridge.person().browser
    page = await browser.open(assistant.authorization_url())
    bridge.clock.now += 3600
    expired = await decided(browser, page)
    assert expired.status == 400
    assert "here is the question again" in expired.text
    await assistant.finish(await bridge.person().authorize(assistant.authorization_url(), assistant.redirect_uri))


async def test_two_people_connect_the_same_assistant_to_their_own_mailboxes(bridge: Bridge) -> None:
    alices = await bridge.connected("alice")
    bobs = await bridge.connected("bob", client_id=alices.client_id)
    for assistant, username in ((alices, "alice@sandbox.test"), (bobs, "bob@sandbox.test")):
        assert (await assistant.call_tool("get_session"))["structuredContent"]["username"] == username


async def test_a_refused_request_leads_back_only_if_the_owner_wants(bridge: Bridge) -> None:
    assistant = await asking(bridge)
    url = assistant.authorization_url()
    browser: Browser = bridge.person().browser
    page = await browser.open(url.replace("code_challenge_method=S256", "code_challenge_method=plain"))
    assert (page.status, page.location) == (400, None)
    assert "Back to 127.0.0.1" in page.text
    with pytest.raises(PageError):
        await Person("alice", "secret", bridge.http).authorize(
            url.replace("client_id=", "client_id=x"), assistant.redirect_uri
        )
    assert urlsplit(page.url).netloc == urlsplit(ISSUER).netloc
    with pytest.raises(ErrorStatus):
        await assistant.finish(
            f"{assistant.redirect_uri}?code=x&state={url.split('state=')[1].split('&')[0]}&iss={ISSUER}"
        )
