"""The play assistant: served beside the sandbox alone, at its own address alone, and with no more than it was given."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from mailconnect.endpoints.pages.offer import offer
from mailconnect.endpoints.pages.rendering import Pages
from mailconnect.local.bridge import CannotStart, Store, bridge, bridge_application, listening
from mailconnect.local.demo.routes import PATH, Demo
from mailconnect.mcp.tools import TOOLS
from mailconnect.oauth.scopes import NEVER
from mailconnect.sandbox.browser import Browser, Page
from mailconnect.sandbox.person import Person
from mailconnect.settings import from_environment
from tests.bridge import ISSUER, SANDBOX, Bridge, running_bridge

pytestmark = pytest.mark.anyio

BACK = f"{SANDBOX}{PATH}/back"


class AtABrowser:
    """At a browser, before the play assistant of a bridge in this process."""

    def __init__(self, running: Bridge, demo: Demo) -> None:
        self.running, self.demo = running, demo
        here = httpx.ASGITransport(Starlette(routes=demo.routes()))
        self.http = httpx.AsyncClient(mounts={f"{SANDBOX}/": here})
        self.browser = Browser(self.http)

    async def press(self, button: str, **fields: str) -> Page:
        page = await self.browser.open(f"{SANDBOX}{PATH}")
        [form] = [one for one in page.forms if one.action == f"{PATH}/{button}" and _fits(one.fields, fields)]
        return await self.browser.submit(page, form, fields)

    async def connect(self) -> Page:
        sent = await self.press("begin")
        assert sent.location
        alice = Person("alice", "secret", self.running.http)
        await self.browser.open(await alice.authorize(sent.location, BACK))
        return await self.browser.open(f"{SANDBOX}{PATH}")


def _fits(fields: dict[str, str], wanted: dict[str, str]) -> bool:
    return wanted.get("tool", fields.get("tool")) == fields.get("tool")


@asynccontextmanager
async def at_a_browser(folder: Path) -> AsyncIterator[AtABrowser]:
    async with running_bridge(folder) as running:
        settings = running.adapters.stores.settings

        def over() -> Any:
            return _Kept(running.http)

        person = AtABrowser(running, Demo(settings=settings, origin=SANDBOX, entropy=os.urandom, http=over))
        yield person
        await person.http.aclose()


class _Kept:
    """The bridge's own way in this process, which a context does not close."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def __aenter__(self) -> httpx.AsyncClient:
        return self._http

    async def __aexit__(self, *_: object) -> None:
        pass


async def test_a_call_shows_the_text_that_a_model_reads(tmp_path: Path) -> None:
    async with at_a_browser(tmp_path) as person:
        page = await person.connect()
        assert f"The {len(TOOLS) - 1} tools that it was given" in page.text  # all but request_access
        await person.press("call", tool="list_mailboxes")
        assert "18 mailboxes, 309 emails" in (await person.browser.open(f"{SANDBOX}{PATH}")).text


async def test_an_expired_access_token_is_refreshed_as_every_assistant_does(tmp_path: Path) -> None:
    async with at_a_browser(tmp_path) as person:
        await person.connect()
        person.running.clock.now += person.running.adapters.stores.settings.access_lifetime + 1
        await person.press("call", tool="get_session")
        assert "alice@sandbox.test" in (await person.browser.open(f"{SANDBOX}{PATH}")).text


async def test_a_connection_that_its_owner_ended_is_told(tmp_path: Path) -> None:
    async with at_a_browser(tmp_path) as person:
        await person.connect()
        [trial] = person.demo.trials.values()
        await trial.assistant.revoke()
        await person.press("call", tool="get_session")
        assert "The connection has ended" in (await person.browser.open(f"{SANDBOX}{PATH}")).text


async def test_it_gives_its_connection_back_and_says_how_the_next_call_was_refused(tmp_path: Path) -> None:
    async with at_a_browser(tmp_path) as person:
        await person.connect()
        await person.press("end")
        page = await person.browser.open(f"{SANDBOX}{PATH}")
        assert "Given back" in page.text
        assert "refused with 401" in page.text
        [trial] = person.demo.trials.values()
        assert not trial.connected


@pytest.mark.parametrize("arguments", ["[]", "{", "nothing", "[" * 5000])
async def test_arguments_that_are_no_json_object_call_nothing(tmp_path: Path, arguments: str) -> None:
    async with at_a_browser(tmp_path) as person:
        await person.connect()
        await person.press("call", tool="get_session", arguments=arguments)
        assert "Nothing was called" in (await person.browser.open(f"{SANDBOX}{PATH}")).text


async def test_another_browser_sees_and_does_nothing(tmp_path: Path) -> None:
    async with at_a_browser(tmp_path) as person:
        await person.connect()
        person.browser = Browser(person.http)
        page = await person.browser.open(f"{SANDBOX}{PATH}")
        assert "tools that it was given" not in page.text
        assert [form.action for form in page.forms] == [f"{PATH}/begin"]


async def test_it_answers_at_its_own_host_and_to_its_own_forms(tmp_path: Path) -> None:
    async with at_a_browser(tmp_path) as person:
        rebound = await person.http.get(f"{SANDBOX}{PATH}", headers={"host": "rebound.example:8788"})
        assert rebound.status_code == 421
        foreign = await person.http.post(f"{SANDBOX}{PATH}/begin", headers={"sec-fetch-site": "cross-site"})
        assert foreign.status_code == 403
        large = await person.http.post(f"{SANDBOX}{PATH}/call", content=b"x" * 70_000)
        assert large.status_code == 413
        assert not person.demo.trials


async def test_its_pages_have_the_headers_of_the_bridge_s_pages(tmp_path: Path) -> None:
    async with at_a_browser(tmp_path) as person:
        page = await person.http.get(f"{SANDBOX}{PATH}")
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; ")
        assert policy.endswith(f"form-action 'self' {ISSUER}")
        assert "script" not in page.text


async def test_the_oldest_trial_makes_room(tmp_path: Path) -> None:
    async with at_a_browser(tmp_path) as person:
        for _ in range(52):
            person.browser = Browser(person.http)
            await person.press("begin")
        assert len(person.demo.trials) == 50


PRODUCTION = [
    {"PROVIDER": "fastmail", "ISSUER": "https://mail.example.com"},
    {"PROVIDER": "fastmail"},
    {"PROVIDER": "jmap", "SESSION_URL": "https://mail.example.com/jmap"},
]


@pytest.mark.parametrize("given", PRODUCTION)
async def test_it_is_neither_offered_nor_served_before_a_real_mailbox(given: dict[str, str], tmp_path: Path) -> None:
    environment = {"DATA_DIR": str(tmp_path)} | given
    settings = from_environment({f"MAILCONNECT_{name}": value for name, value in environment.items()})
    store = Store.open(settings)
    async with bridge(settings, store) as (adapters, _):
        application = httpx.ASGITransport(bridge_application(adapters, store))
        async with httpx.AsyncClient(transport=application, base_url=settings.issuer) as http:
            assert (await http.get("/")).status_code == 200
            assert "Try it in this browser" not in (await http.get("/")).text
            for path in (PATH, f"{PATH}/back", f"{PATH}/style.css"):
                assert (await http.get(path)).status_code == 404
    await store.database.close()


def test_a_sandbox_under_a_public_name_does_not_start_and_offers_nothing(tmp_path: Path) -> None:
    settings = from_environment(
        {"MAILCONNECT_DATA_DIR": str(tmp_path), "MAILCONNECT_ISSUER": "https://mail.example.com"}
    )
    with pytest.raises(CannotStart):
        listening(settings)
    page = Pages(settings).text("home.html", assistants=[], idle_days=90, here="/", offer=offer(), never=NEVER)
    assert "Try it in this browser" not in page
