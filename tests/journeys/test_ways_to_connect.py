"""The three ways to get connected, each through the pages: a client id, one that we register, and an API token."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from mailconnect.local.registration import registration_of
from mailconnect.sandbox.browser import Form, Page
from tests.bridge import SANDBOX, Bridge, running_bridge

pytestmark = pytest.mark.anyio

WITHOUT_CLIENT_ID = {"MAILCONNECT_PROVIDER": "jmap", "MAILCONNECT_SESSION_URL": f"{SANDBOX}/jmap/session"}
FULL, READ_ONLY = "fmu1-sandbox-alice-full", "fmu1-sandbox-alice-readonly"


@pytest.fixture
async def unregistered(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Bridge]:
    async with running_bridge(tmp_path, environment=WITHOUT_CLIENT_ID) as running:
        yield running


def decision(page: Page) -> Form:
    [form] = [form for form in page.forms if ("decision", "approve") in form.buttons]
    return form


class Visit:
    """One assistant's consent page, and what the person does there."""

    def __init__(self, bridge: Bridge) -> None:
        self.assistant = bridge.assistant()
        self.person = bridge.person()
        self.browser = self.person.browser
        self.page: Page

    async def opened(self) -> Page:
        await self.assistant.discover()
        await self.assistant.register()
        self.page = await self.browser.open(self.assistant.authorization_url())
        return self.page

    async def decides(self, **fields: str) -> Page:
        self.page = await self.browser.submit(self.page, decision(self.page), {"decision": "approve", **fields})
        return self.page

    async def signs_in(self) -> None:
        """At the provider, and back."""
        back = await self.person.authorize(self.page.location or "", self.assistant.redirect_uri)
        self.page = replace(self.page, location=back)

    async def finished(self) -> str:
        """The connected account's name for the person."""
        await self.assistant.finish(self.page.location or "")
        return str((await self.assistant.call_tool("get_session"))["structuredContent"]["username"])


def said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str | None]]:
    """The log's events of refused tokens."""
    lines = [json.loads(record.message) for record in caplog.records if record.name == "mailconnect.audit"]
    return [(line["event"], line.get("reason")) for line in lines if not line["event"].startswith("connect")]


def grants(bridge: Bridge) -> int:
    return len(bridge.database.read("SELECT id FROM grants", ()))


# A client id


@pytest.mark.parametrize(
    "scopes",
    [
        "urn:ietf:params:oauth:scope:mail offline_access",
        "urn:ietf:params:jmap:core urn:ietf:params:jmap:mail",
    ],
)
@pytest.mark.parametrize("resource", ["yes", "no"])
async def test_a_registered_client_connects_with_either_family_of_scopes(
    tmp_path: Path, scopes: str, resource: str
) -> None:
    environment = WITHOUT_CLIENT_ID | {
        "MAILCONNECT_CLIENT_ID": "mailconnect-sandbox",
        "MAILCONNECT_SCOPES": scopes,
        "MAILCONNECT_SEND_RESOURCE": resource,
    }
    async with running_bridge(tmp_path, environment=environment) as bridge:
        assistant = await bridge.connected()
        assert not (await assistant.call_tool("list_mailboxes"))["isError"]


# Registering ourselves


async def test_without_a_client_id_the_bridge_registers_itself_once_and_keeps_that(tmp_path: Path) -> None:
    async with running_bridge(tmp_path, environment=WITHOUT_CLIENT_ID) as bridge:
        visit = Visit(bridge)
        assert "You sign in there" in (await visit.opened()).text
        assert bridge.sandbox.counters.requests["register"] == 0
        for assistant in (await bridge.connected(), await bridge.connected("bob")):
            assert not (await assistant.call_tool("list_mailboxes"))["isError"]
        assert bridge.sandbox.counters.requests["register"] == 1
    kept = (tmp_path / "provider_client.json").read_text()
    assert "127.0.0.1:8788" in kept
    assert "fmr1" not in kept


async def test_a_connection_of_a_client_that_registered_itself_is_refreshed_and_given_back(
    unregistered: Bridge,
) -> None:
    assistant = await unregistered.connected()
    unregistered.clock.now += 3600
    await assistant.refresh()
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]
    assert unregistered.sandbox.counters.requests["token.refresh"] == 1
    await assistant.revoke()
    assert await unregistered.sweep.run() >= 1
    assert unregistered.sandbox.counters.requests["revoke"] == 1


async def test_a_connection_outlives_a_change_of_our_client_id(tmp_path: Path) -> None:
    """The provider's tokens serve the client alone that got them: with another's name they would be a dead grant."""
    async with running_bridge(tmp_path, environment=WITHOUT_CLIENT_ID) as bridge:
        assistant = await bridge.connected()
        (tmp_path / "provider_client.json").unlink()
        bridge.adapters.oauth._registration = registration_of(
            bridge.adapters.stores.settings, bridge.adapters.oauth.provider, bridge.clock
        )
        await bridge.connected("bob")
        assert bridge.sandbox.counters.requests["register"] == 2
        bridge.clock.now += 3600
        await assistant.refresh()
        assert not (await assistant.call_tool("list_mailboxes"))["isError"]
        assert bridge.sandbox.counters.requests["token.refresh"] == 1
        await assistant.revoke()
        await bridge.sweep.run()
        assert bridge.sandbox.counters.requests["revoke"] == 1


async def test_a_sign_in_is_finished_as_the_client_that_began_it(tmp_path: Path) -> None:
    """The provider's code serves it alone; another of our processes, or we after a restart, may be another client."""
    async with running_bridge(tmp_path, environment=WITHOUT_CLIENT_ID) as bridge:
        visit = Visit(bridge)
        await visit.opened()
        await visit.decides()
        (tmp_path / "provider_client.json").unlink()
        bridge.adapters.oauth._registration = registration_of(
            bridge.adapters.stores.settings, bridge.adapters.oauth.provider, bridge.clock
        )
        await bridge.connected("bob")
        assert bridge.sandbox.counters.requests["register"] == 2
        await visit.signs_in()
        assert await visit.finished() == "alice@sandbox.test"


async def test_where_the_provider_does_not_register_us_the_page_says_so_and_takes_an_api_token(
    unregistered: Bridge, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "mailconnect.audit")
    unregistered.sandbox.switches.loopback_registration = False
    visit = Visit(unregistered)
    await visit.opened()
    refused = await visit.decides()
    assert refused.status == 400
    assert "does not register this service by itself (invalid_redirect_uri)" in refused.text
    assert "Paste an API token instead." in refused.text
    assert "You sign in there" not in refused.text
    await visit.decides(api_token=READ_ONLY)
    assert await visit.finished() == "alice@sandbox.test"
    assert said(caplog) == [("registration_refused", "invalid_redirect_uri")]

    later = Visit(unregistered)
    assert "You sign in there" not in (await later.opened()).text
    again = await later.decides(look="mailboxes:read")
    assert again.status == 400
    assert "Paste an API token to connect." in again.text
    assert decision(again).fields["look"] == "mailboxes:read"
    await later.decides(api_token=READ_ONLY)
    assert await later.finished() == "alice@sandbox.test"
    assert unregistered.sandbox.counters.requests["register"] == 1


async def test_a_provider_that_cannot_register_us_just_now_is_tried_again(unregistered: Bridge) -> None:
    unregistered.sandbox.switches.apply({"faults": [{"endpoint": "register", "answer": 503, "times": 1}]})
    visit = Visit(unregistered)
    await visit.opened()
    assert "error=temporarily_unavailable" in ((await visit.decides()).location or "")
    assert not (await (await unregistered.connected()).call_tool("list_mailboxes"))["isError"]


# An API token


async def test_a_read_only_token_connects_without_a_further_word(bridge: Bridge) -> None:
    visit = Visit(bridge)
    await visit.opened()
    assert (await visit.decides(api_token=READ_ONLY)).status == 303
    assert await visit.finished() == "alice@sandbox.test"


async def test_a_token_with_more_rights_than_needed_is_pointed_out_before_it_is_stored(
    bridge: Bridge, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "mailconnect.audit")
    visit = Visit(bridge)
    await visit.opened()
    asking = await visit.decides(api_token=FULL)
    assert asking.status == 400
    assert "This token can also change, move and delete mail, send mail" in asking.text
    assert FULL not in str(decision(asking).fields)
    assert grants(bridge) == 0
    assert said(caplog) == [("api_token_may_do_more", None)]

    assert "This token can also" in (await visit.decides()).text
    assert grants(bridge) == 0
    await visit.decides(knowingly="yes")
    assert await visit.finished() == "alice@sandbox.test"
    assert grants(bridge) == 1


async def test_a_narrower_token_can_be_pasted_in_its_place(bridge: Bridge) -> None:
    visit = Visit(bridge)
    await visit.opened()
    await visit.decides(api_token=FULL)
    assert (await visit.decides(api_token=READ_ONLY)).status == 303
    session = await _session(visit)
    assert session["isReadOnly"]


async def test_another_wide_token_is_pointed_out_again(bridge: Bridge) -> None:
    visit = Visit(bridge)
    await visit.opened()
    await visit.decides(api_token=FULL)
    again = await visit.decides(api_token="fmu1-sandbox-bob-full")
    assert "This token can also" in again.text
    assert grants(bridge) == 0


@pytest.mark.row("CO-03")
async def test_a_token_of_another_page_is_not_taken(bridge: Bridge) -> None:
    """An attacker's token, sealed for the attacker's page, does not connect a victim to the attacker's mailbox."""
    attacker, victim = Visit(bridge), Visit(bridge)
    await attacker.opened()
    await victim.opened()
    sealed = decision(await attacker.decides(api_token=FULL)).fields["sealed_api_token"]
    for forged in (sealed, sealed[:-2] + "AA", "AAAA", "?", "x" * 5000):
        assert (await victim.decides(sealed_api_token=forged)).status == 403
        await victim.opened()
    assert grants(bridge) == 0


@pytest.mark.parametrize(
    ("api_token", "sentence"),
    [
        ("fmu1-sandbox-alice-mcp", "is not one that the sandbox mailbox accepts for mail"),
        ("secret", "is not one that the sandbox mailbox accepts for mail"),
    ],
)
async def test_a_token_of_the_wrong_kind_is_refused_with_a_clear_sentence(
    bridge: Bridge, api_token: str, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "mailconnect.audit")
    visit = Visit(bridge)
    await visit.opened()
    refused = await visit.decides(api_token=api_token)
    assert refused.status == 400
    assert sentence in refused.text
    assert said(caplog) == [("api_token_refused", "Unauthorized")]
    assert grants(bridge) == 0


async def _session(visit: Visit) -> dict[str, object]:
    await visit.assistant.finish(visit.page.location or "")
    return dict((await visit.assistant.call_tool("get_session"))["structuredContent"])
