"""`GET /auth/callback`: rows CB of docs/attacks.md."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from mailconnect.grants.props import open_props
from mailconnect.sandbox.switches import Fault
from mailconnect.store.ledger import Entry
from mailconnect.store.memory import MemoryLedger
from tests.bridge import SANDBOX, running_bridge
from tests.endpoints.wire import API_TOKEN, Client, Window, Wire, answered, is_local_page, parameters

pytestmark = pytest.mark.anyio


def begun_with(answer: httpx.Response) -> str:
    return parameters(answer.headers["location"])["state"]


async def back(window: Window, **given: str) -> httpx.Response:
    return await window.send("GET", f"/auth/callback?{urlencode(given)}")


def asked_for_tokens(wire: Wire) -> int:
    return wire.bridge.sandbox.counters.requests["token.code"]


def grants(wire: Wire) -> list[tuple[Any, ...]]:
    return wire.bridge.database.read("SELECT id, owner FROM grants ORDER BY created_at, rowid", ())


async def stored_props(wire: Wire) -> Any:
    """By the revocation wrap."""
    [(grant_id, _)] = grants(wire)
    grant = await wire.bridge.adapters.stores.grants.get(grant_id)
    assert grant is not None
    return open_props(grant, await wire.bridge.keys.open_data_key(grant.data_key, grant.id))


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[tuple[str, str | None]]]:
    """Its log events except those of connections and pages, with their reasons."""
    caplog.set_level("INFO", "mailconnect.audit")

    def events() -> list[tuple[str, str | None]]:
        lines = [json.loads(record.message) for record in caplog.records if record.name == "mailconnect.audit"]
        return [
            (line["event"], line.get("reason")) for line in lines if "reason" in line and line["event"] != "connected"
        ]

    return events


async def test_the_log_says_why_an_answer_was_rejected(
    client: Client, window: Window, said: Callable[[], list[tuple[str, str | None]]]
) -> None:
    callback = await window.sign_in(await window.approve(client.query()))
    await window.send("GET", "/auth/callback?%")
    await back(window, state="x")
    await Window(client.wire).send("GET", callback)
    await back(window, **(parameters(callback) | {"iss": "https://evil.example"}))
    assert "code" in answered(await window.send("GET", callback))
    await window.send("GET", callback)
    reasons = ("unreadable", "state_unknown", "not_this_browser", "iss_of_another_server", "state_used")
    assert said() == [("callback_rejected", reason) for reason in reasons]


@pytest.mark.row("CB-01")
async def test_a_state_that_we_did_not_send_is_refused(client: Client, window: Window) -> None:
    state = begun_with(await window.approve(client.query()))
    flipped = state[:-1] + ("A" if state[-1] != "A" else "B")
    for given in ({}, {"state": ""}, {"state": "x"}, {"state": flipped}, {"state": state + "A"}, {"state": "a" * 5000}):
        assert is_local_page(await back(window, code="c", iss=SANDBOX, **given))
    for query in (
        "",
        "state=%ff",
        "%",
        "a=b c",
        f"state={state}&state={state}&code=c",
        f"state={state}&code=c&c%6Fde=d",
    ):
        assert is_local_page(await window.send("GET", f"/auth/callback?{query}"))
    assert asked_for_tokens(client.wire) == 0


@pytest.mark.row("CB-01")
async def test_a_sign_in_takes_at_most_half_an_hour(client: Client, window: Window) -> None:
    begun, late = [await window.approve(client.query()) for _ in range(2)]
    client.wire.bridge.clock.now += 1799
    assert "code" in answered(await window.send("GET", await window.sign_in(begun)))
    callback = await window.sign_in(late)
    client.wire.bridge.clock.now += 1
    assert is_local_page(await window.send("GET", callback))
    assert asked_for_tokens(client.wire) == 1


@pytest.mark.row("CB-02")
async def test_another_browser_cannot_finish_a_sign_in(client: Client, window: Window) -> None:
    """A captured URL of the provider, opened by the victim: signs in there, and must not connect them here."""
    callback = await window.sign_in(await window.approve(client.query()))
    other = Window(client.wire)
    await other.approve(client.query())
    [sign_in] = window.cookies.keys() - {next(iter(window.cookies))}
    for cookies in (
        {},
        {sign_in: ""},
        {sign_in: "A" * 43},
        {"other": window.cookies[sign_in]},
        {sign_in: window.cookies[next(iter(window.cookies))]},
        other.cookies,
    ):
        assert is_local_page(await Window(client.wire, dict(cookies)).send("GET", callback), 403)
    assert asked_for_tokens(client.wire) == 0
    assert "code" in answered(await window.send("GET", callback))  # nothing was used up


@pytest.mark.row("CB-03")
async def test_an_attackers_own_answer_connects_nothing_in_the_victims_browser(client: Client, window: Window) -> None:
    attackers = Window(client.wire)
    callback = await attackers.sign_in(await attackers.approve(client.query()), "bob")
    assert is_local_page(await window.send("GET", callback), 403)
    await window.approve(client.query())
    assert is_local_page(await window.send("GET", callback), 403)
    assert not grants(client.wire)


@pytest.mark.row("CB-05")
async def test_another_sign_ins_code_is_not_redeemed_under_this_state(
    client: Client, window: Window, said: Callable[[], list[tuple[str, str | None]]]
) -> None:
    attackers = Window(client.wire)
    theirs = parameters(await attackers.sign_in(await attackers.approve(client.query()), "bob"))
    state = begun_with(await window.approve(client.query()))
    answer = await back(window, code=theirs["code"], state=state, iss=SANDBOX)
    assert answered(answer) == {"error": "server_error", "state": "s", "iss": client.wire.issuer}
    assert said() == [("sign_in_failed", "GrantEnded")]
    assert not grants(client.wire)


@pytest.mark.row("CB-06")
async def test_an_answer_of_another_issuer_is_not_used(client: Client, window: Window) -> None:
    callback = parameters(await window.sign_in(await window.approve(client.query())))
    for issuer in ("https://evil.example", f"{SANDBOX}/", SANDBOX.upper(), "http://localhost:8788", None, ""):
        given = {name: value for name, value in (callback | {"iss": issuer}).items() if value is not None}
        assert is_local_page(await back(window, **given))
    assert asked_for_tokens(client.wire) == 0
    assert "code" in answered(await back(window, **callback))


@pytest.mark.row("CB-07")
@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("access_denied", "access_denied"),
        ("temporarily_unavailable", "temporarily_unavailable"),
        ("server_error", "server_error"),
        ("invalid_scope", "server_error"),
        ("unauthorized_client", "server_error"),
        ("login_required", "server_error"),
    ],
)
async def test_the_providers_refusal_reaches_the_client_in_our_words(
    client: Client, window: Window, error: str, told: str, said: Callable[[], list[tuple[str, str | None]]]
) -> None:
    state = begun_with(await window.approve(client.query()))
    given = {"error": error, "error_description": "canary <b>", "error_uri": "https://evil.example/", "state": state}
    answer = await back(window, iss=SANDBOX, **given)
    assert answered(answer) == {"error": told, "state": "s", "iss": client.wire.issuer}
    assert is_local_page(await back(window, iss=SANDBOX, **given))  # once
    assert said() == [("sign_in_refused", told), ("callback_rejected", "state_used")]
    assert asked_for_tokens(client.wire) == 0


@pytest.mark.row("CB-07")
@pytest.mark.parametrize("error", ["canary", "<b>canary", "access_denied canary", "invalid_grant"])
async def test_an_error_of_the_providers_own_reaches_the_client_as_one_of_ours(
    client: Client, window: Window, error: str
) -> None:
    callback = parameters(await window.sign_in(await window.approve(client.query())))
    given = {"error": error, "state": callback["state"], "iss": SANDBOX, "error_description": "canary"}
    answer = await back(window, **given)
    assert answered(answer) == {"error": "server_error", "state": "s", "iss": client.wire.issuer}
    assert "canary" not in f"{answer.text}{answer.headers}"
    assert asked_for_tokens(client.wire) == 0


@pytest.mark.row("CB-07")
async def test_an_error_beside_a_code_is_neither(client: Client, window: Window) -> None:
    callback = parameters(await window.sign_in(await window.approve(client.query())))
    assert is_local_page(await back(window, **callback, error="access_denied"))
    assert asked_for_tokens(client.wire) == 0
    assert "code" in answered(await back(window, **callback))


@pytest.mark.row("CB-07")
async def test_a_person_who_refuses_at_the_provider_is_taken_back(client: Client, window: Window) -> None:
    begun = await window.approve(client.query())
    answer = await client.wire.bridge.http.post(begun.headers["location"], data={"decision": "deny"})
    answer = await window.send("GET", answer.headers["location"].removeprefix(client.wire.issuer))
    assert answered(answer)["error"] == "access_denied"


@pytest.mark.row("CB-09")
@pytest.mark.parametrize(
    "fault",
    [
        {"omit": ("access_token",)},
        {"change": {"access_token": ""}},
        {"change": {"access_token": 1}},
        {"change": {"access_token": "a b"}},
        {"change": {"access_token": "a\r\nX: y"}},
        {"change": {"token_type": "mac"}},
        {"change": {"token_type": None}},
        {"answer": "html"},
        {"answer": "invalid_json"},
        {"answer": "empty"},
        {"answer": "huge"},
        {"answer": "gzip_bomb"},
        {"answer": "redirect"},
        {"error": "invalid_grant"},
        {"error": "invalid_client"},
        {"answer": "drop"},
        {"answer": 429},
        {"answer": 503},
    ],
    ids=str,
)
async def test_without_a_bearer_token_nothing_is_connected(
    client: Client, window: Window, fault: dict[str, Any]
) -> None:
    passing = fault.get("answer") in {"drop", 429, 503}
    client.wire.bridge.sandbox.switches.add(Fault("token.code", **fault))
    answer = await window.connect(client.query())
    error = "temporarily_unavailable" if passing else "server_error"
    assert answered(answer) == {"error": error, "state": "s", "iss": client.wire.issuer}
    assert not grants(client.wire)


@pytest.mark.row("CB-09")
@pytest.mark.parametrize(
    ("expires_in", "lifetime"),
    [(-1, 600), (0, 600), ("3600", 3600), (1e18, 86_400), (None, 600), (True, 600), ("soon", 600), (2**70, 86_400)],
)
async def test_an_absurd_lifetime_is_clamped(client: Client, window: Window, expires_in: Any, lifetime: int) -> None:
    client.wire.bridge.sandbox.switches.add(Fault("token.code", change={"expires_in": expires_in}))
    assert "code" in answered(await window.connect(client.query()))
    props = await stored_props(client.wire)
    assert props.expires_at == client.wire.bridge.clock() + lifetime


@pytest.mark.row("CB-09")
@pytest.mark.parametrize("name", ["expires_in", "refresh_token", "scope", "token_type"])
async def test_members_that_a_provider_may_leave_out_are_not_missed(client: Client, window: Window, name: str) -> None:
    client.wire.bridge.sandbox.switches.add(Fault("token.code", omit=(name,)))
    tokens = (await client.redeem(answered(await window.connect(client.query()))["code"])).json()
    answer = await client.wire.mcp(tokens["access_token"], "tools/call", name="list_mailboxes")
    assert answer.json()["result"]["isError"] is False


@pytest.mark.row("CB-09")
async def test_more_of_the_providers_scope_gives_the_assistant_no_more(client: Client, window: Window) -> None:
    client.wire.bridge.sandbox.switches.add(Fault("token.code", change={"scope": "everything mailboxes:read"}))
    code = answered(await window.connect(client.query(scope="session:read")))["code"]
    assert (await client.redeem(code)).json()["scope"] == "session:read"


@pytest.mark.row("CB-10")
@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/jmap/",
        "http://169.254.169.254/",
        "http://127.0.0.1:9/jmap/",
        "//evil.example/jmap/",
        "http://127.0.0.1:8788@evil.example/",
        "http://127.0.0.1:8788\\@evil.example/",
        "javascript:alert(1)",
        "https://[::ffff:127.0.0.1]:8788/",
        7,
        None,
    ],
)
async def test_the_providers_token_goes_to_its_own_hosts_alone(client: Client, window: Window, url: Any) -> None:
    asked: list[str] = []

    async def note(request: httpx.Request) -> None:
        asked.append(request.url.host)

    client.wire.bridge.to_provider.event_hooks = {"request": [note]}
    client.wire.bridge.sandbox.switches.add(Fault("session", change={"apiUrl": url}))
    answer = await window.connect(client.query())
    assert answered(answer)["error"] == "server_error"
    assert set(asked) == {"127.0.0.1"}
    assert not grants(client.wire)
    # The token that was obtained for nothing is given back.
    assert client.wire.bridge.sandbox.state.counted()["revocations"] == 1


@pytest.mark.row("CB-11")
async def test_another_mailbox_in_the_same_browser_is_another_grant(client: Client, window: Window) -> None:
    tokens = []
    for username in ("alice", "bob"):
        code = answered(await window.connect(client.query(), username))["code"]
        tokens.append((await client.redeem(code)).json()["access_token"])
    (_, first_owner), (_, second_owner) = grants(client.wire)
    assert first_owner != second_owner
    for token, username in zip(tokens, ("alice@sandbox.test", "bob@sandbox.test"), strict=True):
        answer = await client.wire.mcp(token, "tools/call", name="get_session")
        assert answer.json()["result"]["structuredContent"]["username"] == username


@pytest.mark.row("CB-13")
async def test_the_code_goes_to_the_client_alone_and_is_kept_by_nobody(client: Client, window: Window) -> None:
    answer = await window.connect(client.query())
    assert answer.headers["location"].startswith(f"{client.redirect_uri}?code=mcc_")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert len(answered(answer)["code"]) >= 4 + 43  # 256 random bits in base62
    client.wire.bridge.clock.now += 60
    assert (await client.redeem(answered(answer)["code"])).json()["error"] == "invalid_grant"


@pytest.mark.row("CB-14")
async def test_the_callback_is_at_our_own_name_alone(client: Client, window: Window) -> None:
    callback = await window.sign_in(await window.approve(client.query()))
    for host in ("abc.execute-api.eu-central-1.amazonaws.com", "localhost:8787", "127.0.0.1"):
        assert (await window.send("GET", callback, {"Host": host})).status_code == 421
    assert asked_for_tokens(client.wire) == 0
    assert "code" in answered(await window.send("GET", callback))


async def test_an_answer_is_used_once(client: Client, window: Window) -> None:
    callback = await window.sign_in(await window.approve(client.query()))
    answers = await asyncio.gather(*(window.send("GET", callback) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [303, 400, 400, 400, 400]
    assert is_local_page(await window.send("GET", callback))
    assert asked_for_tokens(client.wire) == 1
    assert len(grants(client.wire)) == 1


class OvertakenLedger(MemoryLedger):
    """Lets another answer pass between the moment an entry is seen and the moment it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], Awaitable[httpx.Response]] | None = None
        self.overtook: httpx.Response | None = None

    async def take(self, key: str, now: int) -> Entry | None:
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            self.overtook = await meanwhile()
        return await super().take(key, now)


@asynccontextmanager
async def overtaken(folder: Path) -> AsyncIterator[tuple[OvertakenLedger, Client, Window]]:
    ledger = OvertakenLedger()
    async with running_bridge(folder, ledger=ledger) as bridge:
        client = await Wire(bridge).register()
        yield ledger, client, Window(client.wire)


async def test_an_answer_that_is_overtaken_by_its_twin_is_not_used(
    tmp_path: Path, said: Callable[[], list[tuple[str, str | None]]]
) -> None:
    async with overtaken(tmp_path) as (ledger, client, window):
        callback = await window.sign_in(await window.approve(client.query()))
        ledger.meanwhile = partial(window.send, "GET", callback)
        assert is_local_page(await window.send("GET", callback))
        assert ledger.overtook is not None
        assert "code" in answered(ledger.overtook)
        assert said() == [("callback_rejected", "state_used")]
        assert is_local_page(await window.send("GET", callback))
        assert asked_for_tokens(client.wire) == 1


@pytest.mark.row("CB-07")
async def test_a_refusal_that_is_overtaken_by_its_twin_is_told_once(
    tmp_path: Path, said: Callable[[], list[tuple[str, str | None]]]
) -> None:
    async with overtaken(tmp_path) as (ledger, client, window):
        given = {"error": "access_denied", "state": begun_with(await window.approve(client.query())), "iss": SANDBOX}
        ledger.meanwhile = partial(back, window, **given)
        assert is_local_page(await back(window, **given))
        assert ledger.overtook is not None
        assert answered(ledger.overtook)["error"] == "access_denied"
        assert said() == [("sign_in_refused", "access_denied"), ("callback_rejected", "state_used")]


async def test_if_the_provider_is_not_there_when_a_sign_in_begins_the_client_hears_of_it(
    client: Client, window: Window
) -> None:
    client.wire.bridge.sandbox.switches.add(Fault("metadata", answer=503))
    answer = await window.approve(client.query())
    assert answered(answer) == {"error": "temporarily_unavailable", "state": "s", "iss": client.wire.issuer}


def fault_of(place: str) -> Fault:
    if place == "metadata":
        return Fault("metadata", change={"code_challenge_methods_supported": ["plain"]})
    return Fault("session", change={"apiUrl": "https://api.example.com/jmap"})


async def test_a_lasting_fault_is_told_on_the_page_with_its_cause_before_the_person_signs_in(
    client: Client, window: Window, said: Callable[[], list[tuple[str, str | None]]]
) -> None:
    client.wire.bridge.sandbox.switches.add(fault_of("metadata"))
    page = await window.approve(client.query())
    assert page.status_code == 400
    assert "does not announce PKCE with S256" in page.text
    assert said() == [("sign_in_failed", "MetadataUnusable")]


async def test_a_lasting_fault_after_the_sign_in_is_a_server_error_with_its_cause(
    client: Client, window: Window, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "mailconnect.audit")
    client.wire.bridge.sandbox.switches.add(fault_of("session"))
    told = answered(await window.connect(client.query()))
    assert told["error"] == "server_error"
    assert told["error_description"].endswith("this service may not contact: api.example.com.")
    [event] = [json.loads(one.message) for one in caplog.records if "sign_in_failed" in one.message]
    assert (event["reason"], event["detail"]) == ("UntrustedAddress", "the host is not on the list")
    assert "api.example.com" not in caplog.text


async def test_the_callback_is_read_alone(wire: Wire) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert (await wire(method, "/auth/callback")).status_code == 405


async def test_an_api_token_needs_no_sign_in(client: Client) -> None:
    assert (await client.redeem(await client.code(API_TOKEN))).status_code == 200
    props = await stored_props(client.wire)
    assert props.access_token == API_TOKEN
    assert props.refresh_token is None
