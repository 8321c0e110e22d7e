"""`/account`: rows AC of docs/attacks.md, and what an owner sees and does there."""

import asyncio
import logging
from pathlib import Path
from urllib.parse import quote, unquote

import httpx
import pytest

from mailconnect.grants.account_session import FRESH, LIFETIME
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.memory import MemoryClients, MemoryGrants, MemoryLedger
from tests.bridge import Bridge, running_bridge
from tests.endpoints.reading import Page
from tests.endpoints.visitor import HERE, Button, Buttons, Visitor
from tests.endpoints.wire import API_TOKEN, Client, Window, Wire, answered, has_page_headers, is_local_page

pytestmark = pytest.mark.anyio

LESS = "session:read"
"""All but the list of folders."""

ALL = "mailboxes:read session:read"

POSTS = ("change", "disconnect", "disconnect-all", "export", "delete", "sign-out")
PAGES = ("/account", "/account/delete", "/account/export/download")


@pytest.fixture
def visitor(wire: Wire) -> Visitor:
    return Visitor(wire)


async def connected(client: Client, username: str = "alice", **changes: str) -> dict[str, str]:
    code = answered(await Window(client.wire).connect(client.query(**changes), username))["code"]
    tokens: dict[str, str] = (await client.redeem(code)).json()
    return tokens


def grant_ids(wire: Wire) -> list[str]:
    return [
        grant_id for (grant_id,) in wire.bridge.database.read("SELECT id FROM grants ORDER BY created_at, rowid", ())
    ]


def states(wire: Wire) -> list[tuple[str, str]]:
    return wire.bridge.database.read("SELECT state, scope FROM grants ORDER BY created_at, rowid", ())


def leads_to_sign_in(answer: httpx.Response, next_path: str = "/account") -> bool:
    assert (answer.status_code, answer.headers["location"]) == (303, f"/account/sign-in?next={next_path}")
    assert answer.headers["cache-control"] == "no-store"
    return answer.text == ""


def asks_again(answer: httpx.Response, deed: str) -> bool:
    """After the sign-in, by a page that names what was pressed."""
    where = unquote(answer.headers["location"])
    assert where.startswith(f"/account/sign-in?next=/account/again?deed={deed}"), where
    return answer.status_code == 303


# --- who is let in


@pytest.mark.row("AC-01")
async def test_without_a_session_there_is_nothing_to_see_or_do(client: Client, visitor: Visitor) -> None:
    await connected(client)
    before = states(client.wire)
    cookie = "mailconnect-session"
    for value in (None, "", "A" * 43, "A" * 42, "%ff", "A" * 5000):
        visitor.window.cookies = {} if value is None else {cookie: value}
        for path in PAGES:
            assert leads_to_sign_in(await visitor.page(path), path if "download" not in path else "/account")
        for name in POSTS:
            answer = await visitor.send(Button(f"/account/{name}", {"form": "0" * 64, "connection": "x"}))
            assert asks_again(answer, name) if name == "disconnect-all" else leads_to_sign_in(answer)
    assert states(client.wire) == before


@pytest.mark.row("AC-01")
async def test_a_session_ends_after_fifteen_minutes(client: Client, visitor: Visitor) -> None:
    await connected(client, scope=ALL)
    await visitor.sign_in()
    button = next(one for one in await visitor.buttons() if one.action == "/account/disconnect")
    client.wire.bridge.clock.now += LIFETIME - 1
    assert (await visitor.page()).status_code == 200
    client.wire.bridge.clock.now += 1
    assert leads_to_sign_in(await visitor.page())
    assert asks_again(await visitor.send(button), "disconnect&connection=")
    assert states(client.wire) == [("active", ALL)]


@pytest.mark.row("AC-01")
async def test_a_session_shows_its_own_persons_connections_alone(client: Client, visitor: Visitor) -> None:
    other = await client.wire.register(client_name="Bob's own")
    await connected(client)
    await connected(other, "bob")
    await visitor.sign_in()
    text = (await visitor.page()).text
    assert "alice@sandbox.test" in text
    assert "<bdi>App</bdi>" in text
    assert "Bob" not in Page.of(text).text
    for identifying in (other.id, "Bob's own", "Bob&#39;s own", "bob@sandbox.test"):
        assert identifying not in text


@pytest.mark.row("AC-02")
async def test_a_session_has_a_new_id_whatever_the_browser_came_with(visitor: Visitor) -> None:
    await visitor.sign_in()
    [name] = [name for name in visitor.window.cookies if "session" in name]
    ids = [visitor.window.cookies[name]]
    for username in ("alice", "bob"):
        await visitor.sign_in(username)
        ids.append(visitor.window.cookies[name])
    assert len(set(ids)) == 3
    for old in ids[:2]:  # and the one before has ended
        visitor.window.cookies[name] = old
        assert leads_to_sign_in(await visitor.page())
    visitor.window.cookies[name] = "A" * 43  # planted before the sign-in
    await visitor.sign_in()
    assert visitor.window.cookies[name] != "A" * 43


@pytest.mark.row("AC-03")
async def test_another_persons_connection_is_not_there(
    client: Client, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "mailconnect.audit")
    await connected(client, "bob")
    await connected(client, "alice")
    bobs, mine = grant_ids(client.wire)
    await visitor.sign_in()
    buttons = {button.action: button for button in await visitor.buttons() if "connection" in button.fields}
    before = states(client.wire)
    for action in ("/account/disconnect", "/account/change"):
        for strange in (
            bobs,
            mine.swapcase(),
            mine + " ",
            f"../{mine}",
            f"{mine}/",
            "",
            "0" * 22,
            "é",
            "%00",
            "x" * 900,
        ):
            caplog.clear()
            answer = await visitor.send(buttons[action], connection=strange)
            assert is_local_page(answer, 404), strange
            assert '"event": "account_connection_refused"' in caplog.text
    assert states(client.wire) == before


@pytest.mark.row("AC-05")
async def test_to_delete_everything_takes_a_sign_in_of_the_last_five_minutes(client: Client, visitor: Visitor) -> None:
    await connected(client, scope=ALL)
    await visitor.sign_in()
    clock = client.wire.bridge.clock
    clock.now += FRESH
    [button] = await visitor.buttons("/account/delete")
    clock.now += 1
    assert leads_to_sign_in(await visitor.page("/account/delete"), "/account/delete")
    assert leads_to_sign_in(await visitor.send(button), "/account/delete")
    assert states(client.wire) == [("active", ALL)]
    assert (await visitor.page()).status_code == 200  # the session itself goes on

    answer = await visitor.sign_in(next_path="/account/delete")
    assert answer.headers["location"] == "/account/delete"
    assert (
        "Everything is deleted"
        in (await visitor.follow(await visitor.press("/account/delete", "/account/delete"))).text
    )


@pytest.mark.row("AC-06")
@pytest.mark.parametrize(
    "strange",
    [
        "//evil.example",
        "https://evil.example/account",
        "javascript:alert(1)",
        "/\\evil.example",
        "/account/../authorize",
        "/account//evil.example",
        "/account?next=x",
        "/account%0d%0aSet-Cookie:x",
        "/account/",
        "/account/export",
        "/accounts",
        "/authorize",
        "account",
        "/account\n",
        "",
    ],
)
async def test_a_sign_in_leads_to_our_own_pages_alone(visitor: Visitor, strange: str) -> None:
    page = await visitor.window.send("GET", "/account/sign-in", params={"next": strange})
    field = Page.of(page.text).one("input", name="next")
    assert field["value"] == "/account"
    consent = Page.of(page.text).one("input", name="consent")["value"]
    fields = {"next": strange, "consent": consent, "api_token": API_TOKEN}
    answer = await visitor.window.send("POST", "/account/sign-in", HERE, data=fields)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/account"


@pytest.mark.row("AC-06")
async def test_where_a_sign_in_leads_cannot_be_changed_on_the_way(visitor: Visitor) -> None:
    page = await visitor.window.send("GET", "/account/sign-in?next=/account")
    fields = {"next": "/account/delete", "consent": Page.of(page.text).one("input", name="consent")["value"]}
    assert is_local_page(await visitor.window.send("POST", "/account/sign-in", HERE, data=fields), 403)


@pytest.mark.row("AC-07")
async def test_no_page_is_framed_kept_or_told_of(client: Client, visitor: Visitor) -> None:
    await connected(client)
    assert has_page_headers(await visitor.page("/account/sign-in"))
    assert has_page_headers(await visitor.sign_in())
    for path in ("/account", "/account/delete"):
        assert has_page_headers(await visitor.page(path))
    export = await visitor.press("/account/export")
    assert has_page_headers(export)
    assert has_page_headers(
        await visitor.page(Page.of(export.text).one("a", download="mailconnect-export.json")["href"])
    )
    ended = await visitor.press("/account/disconnect")
    assert has_page_headers(ended)
    assert has_page_headers(await visitor.follow(ended))


@pytest.mark.row("AC-07")
async def test_after_signing_out_nothing_is_left_to_go_back_to(visitor: Visitor) -> None:
    await visitor.sign_in()
    kept = dict(visitor.window.cookies)
    answer = await visitor.press("/account/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert has_page_headers(answer)
    assert not [name for name in visitor.window.cookies if "session" in name]
    visitor.window.cookies = kept  # by a thief who has copied the cookie
    assert leads_to_sign_in(await visitor.page())


async def test_only_our_own_pages_forms_do_anything(client: Client, visitor: Visitor) -> None:
    await connected(client)
    await connected(await client.wire.register(client_name="Other"))
    other = Visitor(client.wire)
    await visitor.sign_in()
    await other.sign_in()
    buttons = {button.action: button for button in await visitor.buttons()}
    buttons |= {button.action: button for button in await visitor.buttons("/account/delete")}
    buttons |= {"/account/change": await visitor.change_button()}
    foreign = {button.action: button for button in await other.buttons()}
    foreign |= {button.action: button for button in await other.buttons("/account/delete")}
    foreign |= {"/account/change": await other.change_button()}
    assert buttons.keys() == {f"/account/{name}" for name in POSTS}
    before = states(client.wire)
    for action, button in buttons.items():
        for headers in (
            {"Origin": "https://evil.example"},
            {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
            {"Origin": "http://127.0.0.1:8788", "Sec-Fetch-Site": "same-site"},
        ):
            assert is_local_page(await visitor.send(button, headers), 403)
        another = next(one for one in buttons.values() if one is not button)
        for token in ("", "0" * 64, "é", foreign[action].fields["form"], another.fields["form"]):
            assert is_local_page(await visitor.send(button, form=token), 403)
        assert is_local_page(await visitor.window.send("POST", action, HERE, json=button.fields))
        assert (await visitor.window.send("GET", action, params=button.fields)).status_code in (200, 405)
        assert (await visitor.window.send("PUT", action, HERE, data=button.fields)).status_code == 405
        assert (await visitor.send(button, {"Host": "localhost:8787"})).status_code == 421
    assert states(client.wire) == before
    assert (await visitor.page()).status_code == 200


# --- the sign-in


async def test_the_tokens_of_a_sign_in_are_no_lasting_key_and_never_kept(wire: Wire, visitor: Visitor) -> None:
    """Nothing is revoked: a provider may end with one token all that the person has connected (RFC 7009 §2.1)."""
    answer = await visitor.sign_in()
    assert answer.headers["location"] == "/account"
    assert wire.bridge.sandbox.counters.requests["revoke"] == 0
    assert not wire.bridge.database.read("SELECT id FROM grants", ())
    assert wire.bridge.sandbox.counters.requests["token.code"] == 1


async def test_a_sign_in_for_the_account_connects_nobody_and_the_other_way_round(
    client: Client, visitor: Visitor
) -> None:
    """One callback serves both: what was begun decides which it is, and it is sealed."""
    await connected(client)
    assert not [name for name in visitor.window.cookies if "session" in name]
    await visitor.sign_in()
    assert len(grant_ids(client.wire)) == 1


async def test_an_api_token_shows_who_it_is_and_is_not_kept(wire: Wire, visitor: Visitor) -> None:
    answer = await visitor.begin(api_token=f" {API_TOKEN} ")
    assert answer.headers["location"] == "/account"
    assert "alice@sandbox.test" in (await visitor.page()).text
    assert wire.bridge.sandbox.counters.requests["token.code"] == 0


async def test_a_refused_api_token_is_said_and_not_shown_again(visitor: Visitor) -> None:
    for token in ("fmu1-canary", "canary token", "canäry", "fmu1-sandbox-alice-mcp"):
        answer = await visitor.begin(api_token=token)
        assert answer.status_code == 400
        assert "canary" not in answer.text
        assert Page.of(answer.text).one("p", role="alert")
        assert not [name for name in visitor.window.cookies if "session" in name]


async def test_where_only_api_tokens_connect_one_has_to_be_pasted(tmp_path: Path) -> None:
    async with running_bridge(tmp_path) as bridge:
        object.__setattr__(bridge.adapters.oauth.provider, "client_id", None)
        visitor = Visitor(Wire(bridge))
        answer = await visitor.begin()
        assert answer.status_code == 400
        assert "Paste an API token" in answer.text
        assert (await visitor.begin(api_token=API_TOKEN)).headers["location"] == "/account"


async def test_a_person_who_refuses_at_the_provider_is_told_so(wire: Wire, visitor: Visitor) -> None:
    begun = await visitor.begin()
    answer = await wire.bridge.http.post(begun.headers["location"], data={"decision": "deny"})
    answer = await visitor.window.send("GET", answer.headers["location"].removeprefix(wire.issuer))
    assert is_local_page(answer)
    assert "You did not sign in" in answer.text
    assert "Try again" in answer.text
    assert "Cannot sign in?" in answer.text


async def test_another_browser_cannot_finish_a_sign_in_for_the_account(wire: Wire, visitor: Visitor) -> None:
    callback = await visitor.window.sign_in(await visitor.begin())
    other = Visitor(wire)
    assert is_local_page(await other.window.send("GET", callback), 403)
    await other.begin()
    assert is_local_page(await other.window.send("GET", callback), 403)
    assert (await visitor.window.send("GET", callback)).headers["location"] == "/account"
    assert is_local_page(await visitor.window.send("GET", callback))


async def test_sign_ins_are_limited_by_address_and_by_nothing_else(tmp_path: Path) -> None:
    """Each leaves a record before anybody has signed in; and nobody's flood keeps another from ending a connection."""
    few = {"MAILCONNECT_DECISIONS_PER_HOUR": "3", "MAILCONNECT_ALL_DECISIONS_PER_HOUR": "3"}
    async with running_bridge(tmp_path, environment=few) as bridge:
        stranger = Visitor(Wire(bridge, "198.18.0.1"))
        for _ in range(3):
            assert (await stranger.begin()).status_code == 303
        for fields in ({}, {"api_token": API_TOKEN}):
            answer = await stranger.begin(**fields)
            assert is_local_page(answer, 429)
            assert int(answer.headers["retry-after"]) > 0
        assert len(bridge.database.read("SELECT * FROM ledger WHERE key LIKE 'pending:%'", ())) == 3
        for number in range(2, 8):
            assert (await Visitor(Wire(bridge, f"198.18.0.{number}")).begin()).status_code == 303


async def test_a_sign_in_page_is_good_for_ten_minutes_and_one_sign_in(wire: Wire, visitor: Visitor) -> None:
    page = await visitor.page("/account/sign-in")
    fields = {name: Page.of(page.text).one("input", name=name)["value"] for name in ("next", "consent")}
    wire.bridge.clock.now += 601
    assert leads_to_sign_in(await visitor.window.send("POST", "/account/sign-in", HERE, data=fields))
    page = await visitor.page("/account/sign-in")
    fields = {name: Page.of(page.text).one("input", name=name)["value"] for name in ("next", "consent")}
    begun = await visitor.window.send("POST", "/account/sign-in", HERE, data=fields)
    assert (await visitor.window.send("GET", await visitor.window.sign_in(begun))).headers["location"] == "/account"
    assert leads_to_sign_in(await visitor.window.send("POST", "/account/sign-in", HERE, data=fields))


async def test_cookies_are_few_small_and_for_this_host_alone(tmp_path: Path) -> None:
    async with running_bridge(tmp_path, environment={"MAILCONNECT_ISSUER": "https://mail.example"}) as bridge:
        wire = Wire(bridge)
        client, visitor = await wire.register(), Visitor(wire)
        for _ in range(3):
            await visitor.begin(api_token=API_TOKEN)
            await visitor.window.approve(client.query())
        assert {*visitor.window.cookies} == {f"__Host-mailconnect-{name}" for name in ("consent", "session", "sign-in")}
        assert {len(value) for value in visitor.window.cookies.values()} == {43}
        answer = await visitor.begin(api_token=API_TOKEN)
        [cookie] = answer.headers.get_list("set-cookie")
        attributes = {part.lower() for part in cookie.split("; ")[1:]}
        assert attributes == {"secure", "httponly", "samesite=lax", "path=/", f"max-age={LIFETIME}"}


async def test_a_stored_session_names_nobody_and_opens_nothing(bridge: Bridge, visitor: Visitor) -> None:
    await visitor.sign_in()
    [secret] = [value for name, value in visitor.window.cookies.items() if "session" in name]
    stored = b"".join(key.encode() + value for key, value in bridge.database.read("SELECT key, value FROM ledger", ()))
    assert b"session:" in stored
    for trace in (b"alice", b"sandbox.test", secret.encode()):
        assert trace not in stored


# --- what is shown and done


async def test_the_page_shows_each_connection_in_plain_words(client: Client, visitor: Visitor) -> None:
    tokens = await connected(client)
    client.wire.bridge.clock.now += 7200
    refreshed = (await client.refresh(tokens["refresh_token"])).json()
    await visitor.sign_in()
    assert "Connected 2 hours ago. Not used yet." in Page.of((await visitor.page()).text).text
    await client.wire.mcp(refreshed["access_token"], "tools/call", name="get_session")
    text = Page.of((await visitor.page()).text).text
    for sentence in (
        "1 assistant is connected.",
        "App app.example",
        "See which mailbox this is",
        "See the list of your folders",
        "Connected 2 hours ago. Used in the last hour.",
        "Ends by itself on 15 April 2027 if unused, in any case on 15 January 2028.",
    ):
        assert sentence in text, sentence


async def test_connections_of_one_name_say_how_they_differ(client: Client, visitor: Visitor) -> None:
    """As after a step-up: the assistant asked for more, and the older connection lives on."""
    await connected(client, scope="session:read")
    client.wire.bridge.clock.now += 300
    await connected(await client.wire.register(client_name="Other"))
    client.wire.bridge.clock.now += 300
    await connected(client, scope="session:read mailboxes:read")
    await visitor.sign_in()
    page = Page.of((await visitor.page()).text)
    newest = "App 1 of 2 app.example Connected just now. Not used yet. The newest of 2 that go there under this name."
    assert newest in page.text
    assert (
        "App 2 of 2 app.example Connected 10 minutes ago. Not used yet. It was connected again just now. "
        "The newer connection may also: See the list of your folders. "
        "If the assistant works, you can disconnect this one."
    ) in page.text
    said = [has["aria-label"] for has in page.all("button", **{"class": "danger"}) if "aria-label" in has]
    assert said == ["Disconnect App 1 of 2", "Disconnect App 2 of 2", "Disconnect Other"]
    await visitor.change("session:read")
    assert "The newer connection may do the same." in Page.of((await visitor.page()).text).text
    deleting = Page.of((await visitor.page("/account/delete")).text).text
    assert "App (app.example), 1 of 2, made just now" in deleting
    assert "App (app.example), 2 of 2, made 10 minutes ago" in deleting


@pytest.mark.row("AC-17")
async def test_an_imitator_of_a_name_is_told_from_the_genuine_one_by_its_host(client: Client, visitor: Visitor) -> None:
    await connected(client)
    client.wire.bridge.clock.now += 300
    await connected(await client.wire.register(redirect_uris=["https://app.example.evil.example/cb"]))
    await visitor.sign_in()
    page = Page.of((await visitor.page()).text)
    other = "Another connection has this name but goes elsewhere"
    assert f"App app.example {other}: app.example.evil.example." in page.text
    assert f"App app.example.evil.example {other}: app.example." in page.text
    assert "you can disconnect this one" not in page.text
    assert "newest" not in page.text
    said = [has["aria-label"] for has in page.all("button", **{"class": "danger"}) if "aria-label" in has]
    assert said == ["Disconnect App at app.example.evil.example", "Disconnect App at app.example"]
    deleting = Page.of((await visitor.page("/account/delete")).text).text
    assert "App (app.example)" in deleting


@pytest.mark.row("AC-17")
@pytest.mark.parametrize(
    ("redirect_uris", "place"),
    [
        (["http://127.0.0.1/cb"], "an app on this computer"),
        (["http://localhost/cb"], "an app on this computer"),
        (["cursor://anysphere/cb"], "an app on this device (cursor:)"),
    ],
)
async def test_a_connection_whose_codes_go_to_an_app_says_so(
    wire: Wire, visitor: Visitor, redirect_uris: list[str], place: str
) -> None:
    await connected(await wire.register(redirect_uris=redirect_uris))
    await visitor.sign_in()
    assert f"App {place} Connected" in Page.of((await visitor.page()).text).text


async def test_a_connection_more_adds_little_to_the_page(client: Client, visitor: Visitor) -> None:
    """A browser gets the page as it is: with a token in it, it is not compressed."""
    weights = []
    for number in range(1, 9):
        await client.refresh((await connected(client))["refresh_token"])
        client.wire.bridge.clock.now += 60
        if number in (2, 8):
            await visitor.sign_in()
            weights.append(len((await visitor.page()).content))
    assert (weights[1] - weights[0]) / 6 < 3500


async def test_the_page_tells_what_happened_lately(client: Client, visitor: Visitor) -> None:
    tokens = await connected(client, scope=ALL)
    other = await client.wire.register(client_name="Other")
    replayed = await connected(other)
    clock = client.wire.bridge.clock
    for _ in range(2):
        await other.refresh(replayed["refresh_token"])
        clock.now += 600
    await client.revoke(tokens["access_token"])
    await visitor.sign_in()
    answer = await visitor.change(LESS)
    said = Page.of((await visitor.follow(answer)).text).text
    for sentence in (
        "You allowed it.",
        "You switched off: See the list of your folders.",
        "The assistant signed out.",
        "Other: Replay detected. It ended: a used token was presented again",
        "You signed in on this page.",
    ):
        assert sentence in said, sentence
    bob = Visitor(client.wire)
    await bob.sign_in("bob")
    assert "App" not in Page.of((await bob.page()).text).text


async def test_no_text_whatever_changes_the_page(wire: Wire, visitor: Visitor) -> None:
    plain, hostile = await wire.register(client_name="App"), await wire.register(client_name='"><script>x</script>')
    await connected(plain)
    await visitor.sign_in()
    shape = Page.of((await visitor.page()).text).shape
    await connected(hostile)
    for button in await visitor.buttons():
        if button.action == "/account/disconnect" and button.fields["connection"] == grant_ids(wire)[0]:
            await visitor.send(button)
    await wire.bridge.sweep.run()
    page = Page.of((await visitor.page()).text)
    assert page.inert
    assert "script" not in {tag for tag, _ in page.elements}
    assert {tag for tag, _ in page.elements} == {tag for tag, _ in shape}


async def test_a_scope_that_is_switched_off_is_gone_at_the_next_call(client: Client, visitor: Visitor) -> None:
    tokens = await connected(client, scope=ALL)
    assert (await client.wire.mcp(tokens["access_token"], "tools/call", name="list_mailboxes")).status_code == 200
    await visitor.sign_in()
    answer = await visitor.change(LESS)
    page = Page.of((await visitor.follow(answer)).text)
    assert "Saved. App may no longer: See the list of your folders." in page.text
    refused = await client.wire.mcp(tokens["access_token"], "tools/call", name="list_mailboxes")
    assert refused.status_code == 403
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    assert "mailboxes:read" in refused.headers["www-authenticate"]
    assert (await client.wire.mcp(tokens["access_token"], "tools/call", name="get_session")).status_code == 200
    refreshed = (await client.refresh(tokens["refresh_token"], scope="mailboxes:read session:read")).json()
    assert refreshed["scope"] == "session:read"


async def test_saving_what_it_may_already_or_what_is_unknown_or_nothing_changes_nothing(
    client: Client, visitor: Visitor
) -> None:
    await connected(client)
    await visitor.sign_in()
    button = next(one for one in await visitor.buttons() if one.action == "/account/change")
    for fields in (
        {"scope": ALL},
        {"scope": f"{ALL} junk"},
        {"scope": ALL.upper()},
        {"scope": " "},
        {"look": "junk"},
        {"look": "emails:metadata emails:read"},
    ):
        assert (await visitor.send(button, **fields)).headers["location"].startswith("/account")
    assert states(client.wire) == [("active", ALL)]


async def test_a_scope_that_was_switched_off_is_allowed_again_at_the_next_call(
    client: Client, visitor: Visitor
) -> None:
    tokens = await connected(client)
    await visitor.sign_in()
    await visitor.change(LESS)
    answer = await visitor.change(ALL)
    assert (
        "Saved. App may now, from its next call on: See the list of your folders."
        in Page.of((await visitor.follow(answer)).text).text
    )
    # The call is answered 401, so the assistant refreshes, and has what its owner has allowed.
    assert (await client.wire.mcp(tokens["access_token"], "tools/call", name="list_mailboxes")).status_code == 401
    refreshed = (await client.refresh(tokens["refresh_token"])).json()
    assert refreshed["scope"] == ALL
    call = await client.wire.mcp(refreshed["access_token"], "tools/call", name="list_mailboxes")
    assert call.status_code == 200


async def test_an_assistant_is_allowed_what_it_never_asked_for(client: Client, visitor: Visitor) -> None:
    tokens = await connected(client, scope="session:read mailboxes:read")
    await visitor.sign_in()
    button = next(one for one in await visitor.buttons() if one.action == "/account/change")
    button.fields = {name: button.fields[name] for name in ("form", "connection")}
    await visitor.send(button, look="emails:read")
    refreshed = (await client.refresh(tokens["refresh_token"])).json()
    assert refreshed["scope"] == "emails:metadata emails:read mailboxes:read session:read"


async def test_contacts_are_allowed_here_only_where_the_provider_was_asked_for_them(
    client: Client, visitor: Visitor
) -> None:
    """Fastmail has a scope of its own for contacts, and a token that came without it never gets it."""
    await connected(client, scope="session:read mailboxes:read")
    page = await visitor.follow(await visitor.sign_in())
    assert "To allow your contacts, connect it again in the assistant" in Page.of(page.text).text
    button = next(one for one in await visitor.buttons() if one.action == "/account/change")
    assert "scope:contacts:read" not in page.text
    button.fields = {name: button.fields[name] for name in ("form", "connection")}
    await visitor.send(button, look="mailboxes:read", **{"scope:contacts:read": "yes"})
    assert states(client.wire) == [("active", "mailboxes:read session:read")]


async def test_contacts_that_were_switched_off_can_be_allowed_again(client: Client, visitor: Visitor) -> None:
    tokens = await connected(client, scope="session:read mailboxes:read contacts:read")
    await visitor.sign_in()
    button = next(one for one in await visitor.buttons() if one.action == "/account/change")
    button.fields = {name: button.fields[name] for name in ("form", "connection")}
    await visitor.send(button, look="mailboxes:read")
    assert states(client.wire) == [("active", "mailboxes:read session:read")]
    await visitor.send(button, look="mailboxes:read", **{"scope:contacts:read": "yes"})
    refreshed = (await client.refresh(tokens["refresh_token"])).json()
    assert refreshed["scope"] == "contacts:read mailboxes:read session:read"


async def test_more_takes_a_sign_in_of_the_last_five_minutes_and_less_works_at_once(
    client: Client, visitor: Visitor
) -> None:
    tokens = await connected(client, scope="session:read mailboxes:read")
    await visitor.sign_in()
    client.wire.bridge.clock.now += FRESH + 1
    answer = await visitor.change("emails:metadata session:read")
    assert asks_again(answer, "change&connection=")
    assert states(client.wire) == [("active", "session:read")]
    again = unquote(answer.headers["location"]).removeprefix("/account/sign-in?next=")
    assert "Sign in to change that" in (await visitor.window.send("GET", answer.headers["location"])).text
    page = await visitor.follow(await visitor.sign_in(next_path=quote(again)))
    assert "may then also: See who writes to you, when and about what." in Page.of(page.text).text
    [button] = [one for one in Buttons.of(page) if one.action == "/account/change"]
    await visitor.send(button)
    refreshed = (await client.refresh(tokens["refresh_token"])).json()
    assert refreshed["scope"] == "emails:metadata session:read"


async def test_a_deed_of_a_lost_session_is_asked_for_once_more_and_named(client: Client, visitor: Visitor) -> None:
    await connected(client)
    await visitor.sign_in()
    button = next(one for one in await visitor.buttons() if one.action == "/account/disconnect")
    visitor.window.cookies = {}
    answer = await visitor.send(button)
    assert "You were signed out So nothing was disconnected." in Page.of((await visitor.follow(answer)).text).text
    again = unquote(answer.headers["location"]).removeprefix("/account/sign-in?next=")
    page = await visitor.follow(await visitor.sign_in(next_path=quote(again)))
    assert "Disconnect App? Nothing is disconnected yet." in Page.of(page.text).text
    assert [state for state, _ in states(client.wire)] == ["active"]
    [button] = [one for one in Buttons.of(page) if one.action == "/account/disconnect"]
    assert "App is disconnected" in Page.of((await visitor.follow(await visitor.send(button))).text).text


@pytest.mark.row("AC-12")
@pytest.mark.parametrize(
    "path",
    [
        "/account/again",
        "/account/again?deed=delete",
        "/account/again?deed=disconnect&connection=../x",
        "/account/again?deed=disconnect-all&connection=//evil.example",
        "/account/again?deed=change&connection=0000000000000000000000&scope=%22%3E",
        "/account/again?next=//evil.example",
        "/account/again?deed=\xed",
        "/account/again?deed=disconnect-all#//evil.example",
    ],
)
async def test_only_our_own_deeds_are_gone_on_with(visitor: Visitor, path: str) -> None:
    answer = await visitor.sign_in(next_path=quote(path))
    assert answer.headers["location"] in ("/account", "/account/again?deed=disconnect-all")


@pytest.mark.row("AC-03")
async def test_another_persons_deed_is_not_there(client: Client, visitor: Visitor) -> None:
    await connected(client, "bob")
    await visitor.sign_in()
    for deed in ("disconnect", "change"):
        path = f"/account/again?deed={deed}&connection={grant_ids(client.wire)[0]}&scope=session:read"
        assert is_local_page(await visitor.page(path), 404)


async def test_without_a_store_the_page_says_so_and_nobody_is_signed_out(tmp_path: Path) -> None:
    async with running_bridge(tmp_path) as bridge:
        visitor = Visitor(Wire(bridge))
        await visitor.sign_in()
        ledger = bridge.adapters.stores.ledger
        get, ledger.get = ledger.get, unavailable  # type: ignore[method-assign]
        answer = await visitor.page()
        assert is_local_page(answer, 503)
        assert answer.headers["retry-after"] == "5"
        ledger.get = get  # type: ignore[method-assign]
        assert (await visitor.page()).status_code == 200


async def unavailable(*_: object) -> None:
    raise StoreUnavailable


async def test_a_session_never_outlives_the_word_that_can_end_it(wire: Wire, visitor: Visitor) -> None:
    """The word lies there for a day: who signs in at its end gets another, with the whole fifteen minutes."""
    elsewhere = Visitor(wire)
    await visitor.sign_in()
    wire.bridge.clock.now += 86_400 - LIFETIME
    await visitor.sign_in()
    assert (await visitor.page()).status_code == 200
    wire.bridge.clock.now += 1
    await elsewhere.sign_in()
    wire.bridge.clock.now += LIFETIME - 1
    assert (await elsewhere.page()).status_code == 200
    assert leads_to_sign_in(await visitor.page())


async def test_two_browsers_that_sign_in_at_once_are_both_let_in(wire: Wire) -> None:
    visitors = [Visitor(wire) for _ in range(4)]
    callbacks = [await one.window.sign_in(await one.begin()) for one in visitors]
    await asyncio.gather(*(one.window.send("GET", callback) for one, callback in zip(visitors, callbacks, strict=True)))
    assert [(await one.page()).status_code for one in visitors] == [200] * 4


async def test_the_account_is_the_same_on_stores_in_memory(tmp_path: Path) -> None:
    async with running_bridge(
        tmp_path, grants=MemoryGrants(), ledger=MemoryLedger(), clients=MemoryClients()
    ) as bridge:
        client = await Wire(bridge).register()
        tokens = await connected(client)
        visitor, elsewhere = Visitor(client.wire), Visitor(client.wire)
        await visitor.sign_in()
        await elsewhere.sign_in()
        await visitor.change(LESS)
        refused = await client.wire.mcp(tokens["access_token"], "tools/call", name="list_mailboxes")
        assert refused.status_code == 403
        answer = await visitor.press("/account/delete", "/account/delete")
        assert (await client.wire.mcp(tokens["access_token"])).status_code == 401
        assert leads_to_sign_in(await elsewhere.page())
        await bridge.sweep.run()
        assert "has confirmed" in (await visitor.follow(answer)).text
