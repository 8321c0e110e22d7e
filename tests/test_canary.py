"""Whole journeys are run, every secret that crosses the wire is noted, and none of them may be found afterwards.

Neither in the database (ST-01) nor in the log (LG-01), in clear or in any form that a thief would read back.
"""

import base64
import logging
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from mailconnect.grants.errors import MalformedToken
from mailconnect.grants.tokens.token import TokenKind, parse
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.switches import Fault
from tests.bridge import Bridge
from tests.endpoints.reading import Page
from tests.endpoints.visitor import Visitor
from tests.endpoints.wire import Window, Wire, answered

pytestmark = pytest.mark.anyio

API_TOKENS = ("fmu1-sandbox-alice-full", "fmu1-sandbox-alice-readonly")
PEOPLE = ("alice@sandbox.test", "bob@sandbox.test", "alice", "bob@")
SECRET_FIELDS = {
    "access_token",
    "api_token",
    "client_secret",
    "code",
    "code_verifier",
    "consent",
    "refresh_token",
    "sealed_api_token",
    "state",
    "token",
}


class Ear:
    """Hears every secret that a client of ours, a browser or we ourselves send or are sent."""

    def __init__(self, bridge: Bridge) -> None:
        self.secrets: set[str] = set()
        self.asked_of_provider: set[str] = set()
        self._bridge = bridge
        bridge.http.event_hooks = {"request": [self._request], "response": [self._response]}
        bridge.to_provider.event_hooks = {"request": [self._request, self._note_address]}

    def all(self) -> set[str]:
        issued = self._bridge.sandbox.state._connection.execute
        tables = {"codes": "code", "access_tokens": "token", "refresh_tokens": "token"}
        at_provider = {row[0] for table, name in tables.items() for row in issued(f"SELECT {name} FROM {table}")}
        return self.secrets | at_provider | {*API_TOKENS}

    async def _note_address(self, request: httpx.Request) -> None:
        self.asked_of_provider.add(str(request.url))

    async def _request(self, request: httpx.Request) -> None:
        self._pairs(request.url.query.decode())
        if "urlencoded" in request.headers.get("content-type", ""):
            self._pairs((await request.aread()).decode())
        _, _, credentials = request.headers.get("authorization", "").partition(" ")
        cookies = [pair.partition("=")[2] for pair in request.headers.get("cookie", "").split("; ")]
        self._hear(credentials, *cookies)

    async def _response(self, response: httpx.Response) -> None:
        self._pairs(urlsplit(response.headers.get("location", "")).query)
        for header in response.headers.get_list("set-cookie"):
            self._hear(header.partition(";")[0].partition("=")[2])
        if response.headers.get("content-type") == "application/json":
            await response.aread()
            document = response.json()
            if isinstance(document, dict):
                self._hear(*(value for name, value in document.items() if name in SECRET_FIELDS))

    def _pairs(self, text: str) -> None:
        self._hear(*(value for name, value in parse_qsl(text) if name in SECRET_FIELDS))

    def _hear(self, *values: str) -> None:
        self.secrets.update(value for value in values if len(value) > 15)


def forms(secret: str) -> set[bytes]:
    """In clear, and as it could be written down again."""
    return {secret.encode()} | {form for octets in (secret.encode(), *meant_by(secret)) for form in _encoded(octets)}


def _encoded(octets: bytes) -> Iterator[bytes]:
    yield octets
    yield octets.hex().encode()
    yield octets.hex().upper().encode()
    for shift in range(3):  # wherever it stands in a longer text
        encoded = base64.b64encode(b"\0" * shift + octets)[4 if shift else 0 : -4]
        if len(encoded) > 11:
            yield encoded
            yield encoded.translate(bytes.maketrans(b"+/", b"-_"))


def meant_by(secret: str) -> Iterator[bytes]:
    """The random bytes behind what was sent."""
    for kind in TokenKind:
        try:
            yield parse(secret, kind).secret
        except MalformedToken:
            continue
    for decode in (bytes.fromhex, base64.urlsafe_b64decode, lambda text: base64.urlsafe_b64decode(f"{text}=")):
        try:
            decoded = decode(secret)
        except ValueError:
            continue
        if len(decoded) > 11:
            yield decoded


def found(bridge: Bridge, secrets: set[str]) -> set[str]:
    """Which secrets the database holds, in itself or in its write-ahead log."""
    files = [file.read_bytes() for file in bridge.database_path.parent.glob("mailconnect.sqlite3*")]
    assert len(files) == 3
    assert sum(map(len, files)) > 10_000
    return {secret for secret in secrets if any(form in file for form in forms(secret) for file in files)}


SEARCHED = "harbour canary-of-a-search"
"""The words of a search, one of which no message has."""


async def read_mail(assistant: Assistant) -> set[str]:
    """The words that the assistant searched for and read: subjects, people, ids, sentences."""
    hits = text_of(await assistant.call_tool("search_emails", {"query": "subject:harbour"}))
    await assistant.call_tool("search_emails", {"query": SEARCHED})
    [(email, thread)] = re.findall(r"emailId (\S+) threadId (\S+)", hits)[:1]
    read = text_of(await assistant.call_tool("read_emails", {"emailIds": [email]}))
    await assistant.call_tool("read_emails", {"threadId": thread})
    await assistant.call_tool("find_contacts", {"name": "canary-of-a-contact"})
    hits = text_of(await assistant.call_tool("search_emails", {"query": "subject:invoice from:nimbus", "limit": 1}))
    invoice = re.findall(r"emailId (\S+)", hits)[0]
    wanted = {"emailId": invoice, "attachmentId": "2"}
    text_of(await assistant.call_tool("read_emails", {"emailIds": [invoice]}))
    file = text_of(await assistant.call_tool("read_attachment", wanted))
    await assistant.call_tool("read_attachment", wanted | {"attachmentId": "canary-of-an-attachment"})
    assert "Harbour" in read
    said = {
        line.removeprefix("│ ").strip() for text in (hits, read, file) for line in text.splitlines() if line[:2] == "│ "
    }
    return {line for line in said if len(line) > 12} | {
        *(thread, email, invoice, "canary-of-a-search", "canary-of-a-contact", "canary-of-an-attachment")
    }


def text_of(result: dict[str, Any]) -> str:
    assert not result["isError"], result
    text: str = result["content"][0]["text"]
    return text


async def test_the_search_finds_what_is_there(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    [(code_hash,)] = bridge.database.read("SELECT code_hash FROM grants", ())
    stored = {assistant.client_id, code_hash, base64.b64encode(bytes.fromhex(code_hash)).decode()}
    assert found(bridge, stored | {"a canary in a mine"}) == stored
    assert base64.b64encode(b"xx" + b"a canary in a mine")[4:-4] in forms("a canary in a mine")


@pytest.mark.row("ST-01", "LG-01")
async def test_no_secret_is_kept_or_logged(bridge: Bridge, caplog: pytest.LogCaptureFixture) -> None:
    # httpx logs the addresses that it asks. Here it is the browser too, whose addresses are secret.
    caplog.set_level(logging.WARNING, "httpx")
    caplog.set_level(logging.WARNING, "httpcore")
    caplog.set_level(logging.DEBUG)
    ear = Ear(bridge)

    def nothing_is_found() -> bool:
        secrets = ear.all()
        assert not found(bridge, secrets | {*PEOPLE})
        assert not [secret for secret in secrets | {*PEOPLE} if secret in caplog.text]
        return True

    # A person who has approved and not yet signed in.
    waiting = bridge.assistant()
    await waiting.discover()
    await waiting.register()
    browser = bridge.person("bob").browser
    page = await browser.open(waiting.authorization_url())
    at_provider = await browser.submit(page, page.forms[0], {"decision": "approve"})
    assert nothing_is_found()

    # An owner who connects, whose assistant works and refreshes, and whose provider token is refreshed.
    assistant = await bridge.connected()
    assert nothing_is_found()
    for name in ("get_session", "list_mailboxes"):
        assert not (await assistant.call_tool(name))["isError"]
    ear.secrets |= await read_mail(assistant)
    assert nothing_is_found()
    await assistant.refresh()
    bridge.sandbox.state.expire_access_tokens()
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]
    bridge.sandbox.switches.session_epoch += 1
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]
    assert nothing_is_found()

    # Others by an API token; clients with secrets; and what goes wrong.
    pasted = bridge.assistant()
    await pasted.connect(bridge.person(api_token=API_TOKENS[1]))
    for method in ("client_secret_basic", "client_secret_post"):
        client = await Wire(bridge).register(token_endpoint_auth_method=method)
        ear.secrets |= {client.secret or "", code := await client.code(API_TOKENS[1])}
        answer = await client.redeem(code)
        ear.secrets |= {answer.json()[name] for name in ("access_token", "refresh_token") if answer.is_success}
    window = Window(Wire(bridge))
    bridge.sandbox.switches.add(Fault("token.code", answer="html", times=1))
    assert answered(await window.connect(client.query(state="a canary in a mine")))["error"] == "server_error"
    ear.secrets |= {"a canary in a mine", *window.cookies.values()}
    for fault in ("drop", 401, 429, 500, "invalid_json"):
        bridge.sandbox.switches.add(Fault("jmap", answer=fault, times=1))
        await assistant.call_tool("list_mailboxes")
    assert nothing_is_found()

    # One who looks at their account, in one browser by the provider and in another by an API token.
    visitor, pasting = Visitor(Wire(bridge)), Visitor(Wire(bridge))
    await visitor.sign_in()
    await pasting.begin(api_token=API_TOKENS[0])
    assert nothing_is_found()
    [card, *_] = re.findall(r'href="(/account\?change=[^"#]+)', (await visitor.page()).text)
    await visitor.change("session:read", card)
    href = Page.of((await visitor.press("/account/export")).text).one("a", download="mailconnect-export.json")["href"]
    assert (await visitor.page(href)).status_code == 200
    ear.secrets |= {href.partition("=")[2], *visitor.window.cookies.values(), *pasting.window.cookies.values()}
    ear.secrets |= {button.fields["form"] for button in await visitor.buttons()}
    assert nothing_is_found()
    await pasting.press("/account/sign-out")
    assert nothing_is_found()

    # The end: one gives back, one is replayed, one is ended at the provider.
    assert assistant.tokens is not None
    await assistant.revoke()
    await bridge.sweep.run()
    assert nothing_is_found()
    bridge.clock.now += 601
    await browser.open(at_provider.location or "")
    await bridge.sweep.run()
    assert nothing_is_found()

    kinds = {secret[:4] for secret in ear.all()}
    assert kinds >= {"mcc_", "mca_", "mcr_", "fmu1", "fmr1"}
    assert len(ear.all()) > 40
    assert not [url for url in ear.asked_of_provider for secret in ear.all() if secret in url]
    for event in ("connected", "grant_retired", "erased", "sign_in_failed", "operator_door_opened"):
        assert f'"event": "{event}"' in caplog.text
