"""`POST /authorize`, the decision: rows CO of docs/attacks.md."""

import asyncio
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.bridge import running_bridge
from tests.endpoints.connect.test_client_id_metadata import URL, World
from tests.endpoints.reading import Page
from tests.endpoints.wire import (
    API_TOKEN,
    REDIRECT_URI,
    Client,
    Form,
    Window,
    Wire,
    answered,
    has_page_headers,
    is_local_page,
    parameters,
)

LOOKING = "contacts:read emails:metadata emails:read mailboxes:read session:read"

pytestmark = pytest.mark.anyio

HERE = {"Origin": "http://127.0.0.1:8787", "Sec-Fetch-Site": "same-origin"}


def checked(answer: httpx.Response) -> list[str]:
    """The choices on the page: values of radio buttons, names of boxes."""
    page = Page.of(answer.text)
    radios = [has["value"] for has in page.all("input", type="radio", checked="")]
    return radios + [has["name"] for has in page.all("input", type="checkbox", checked="")]


def asks_anew(answer: httpx.Response) -> bool:
    assert "location" not in answer.headers
    return answer.status_code == 400 and "You took a while, so here is the question again." in answer.text


def nothing_began(wire: Wire) -> bool:
    return not wire.bridge.database.read(
        "SELECT key FROM ledger WHERE key NOT LIKE 'denied:%'", ()
    ) + wire.bridge.database.read("SELECT id FROM grants", ())


@pytest.mark.row("CO-01")
async def test_without_the_page_s_token_a_decision_is_refused(client: Client, window: Window) -> None:
    form = await window.ask(client.query())
    foreign = await Window(client.wire).ask(client.query())
    for consent in ("", "x", "é", "=" * 76, "A" * 76, form.fields["consent"][:-1], foreign.fields["consent"]):
        for decision in ("approve", "deny"):
            assert is_local_page(await window.decide(form, consent=consent, decision=decision), 403)
    without = {"request": form.fields["request"], "decision": "approve"}
    assert is_local_page(await window.send("POST", "/authorize", data=without), 403)
    assert nothing_began(client.wire)


@pytest.mark.row("CO-02")
async def test_the_page_s_token_is_nothing_without_its_cookie(client: Client, window: Window) -> None:
    form = await window.ask(client.query())
    [name] = window.cookies
    other = Window(client.wire)
    await other.ask(client.query())
    for stranger in (Window(client.wire, {name: "A" * 43}), other):
        assert is_local_page(await stranger.decide(form), 403)
        assert is_local_page(await stranger.decide(form, decision="deny"), 403)
    assert nothing_began(client.wire)


@pytest.mark.row("CO-02")
async def test_a_browser_that_kept_no_cookie_is_told_and_asked_anew(client: Client, window: Window) -> None:
    form = await window.ask(client.query(scope="emails:metadata mailboxes:read"))
    [name] = window.cookies
    for cookies in ({}, {name: ""}, {name: window.cookies[name] + "A"}, {"other": window.cookies[name]}):
        for decision in ("approve", "deny"):
            answer = await Window(client.wire, dict(cookies)).decide(form, decision=decision, look="mailboxes:read")
            assert answer.status_code == 400
            assert "keeps no cookies for this page. Allow them for <span" in answer.text
            assert "location" not in answer.headers
            assert checked(answer) == ["mailboxes:read"], "what was chosen stays chosen"
    assert nothing_began(client.wire)
    again = Window(client.wire)
    form = Form.of(await again.decide(form))
    assert "code" in answered(await again.send("GET", await again.sign_in(await again.decide(form))))


@pytest.mark.row("CO-03")
async def test_an_edited_request_gains_nothing(client: Client, window: Window) -> None:
    form = await window.ask(client.query(scope="session:read"))
    evil = await client.wire.register(redirect_uris=["https://evil.example/cb"])
    for request in (
        client.query(),
        client.query(scope="session:read", code_challenge="a" * 43),
        client.query(scope="session:read", redirect_uri="https://evil.example/cb"),
        evil.query(),
        form.fields["request"] + "&",
        "",
    ):
        assert is_local_page(await window.decide(form, request=request, api_token=API_TOKEN), 403)
    assert nothing_began(client.wire)


@pytest.mark.row("CO-03")
async def test_the_request_is_checked_again_when_it_is_decided(client: Client, window: Window) -> None:
    """A page that was honest when it was shown: since then the registration has gone."""
    form = await window.ask(client.query())
    await client.wire.bridge.database.write("DELETE FROM clients", ())
    answer = await window.decide(form)
    assert is_local_page(answer)
    assert REDIRECT_URI not in answer.text


@pytest.mark.row("CO-05")
async def test_a_page_is_good_for_ten_minutes(client: Client, window: Window) -> None:
    clock = client.wire.bridge.clock
    form, other = await window.ask(client.query()), await window.ask(client.query())
    clock.now += 600
    assert (await window.decide(form)).status_code == 303
    clock.now += 1
    for decision in ("approve", "deny"):
        assert asks_anew(await window.decide(other, decision=decision))


@pytest.mark.row("CO-05")
async def test_a_page_that_is_older_than_its_cookie_asks_anew(client: Client, window: Window) -> None:
    """As a browser does it: after an hour it sends no cookie, or that of a page in another tab."""
    form = await window.ask(client.query())
    client.wire.bridge.clock.now += 3601
    another_tab = Window(client.wire)
    await another_tab.ask(client.query())
    for browser in (Window(client.wire), another_tab):
        answer = await browser.decide(form)
        assert asks_anew(answer)
        assert "code" in answered(
            await browser.send("GET", await browser.sign_in(await browser.decide(Form.of(answer))))
        )


@pytest.mark.row("CO-05")
async def test_a_late_decision_of_another_site_is_refused(client: Client, window: Window) -> None:
    form = await window.ask(client.query())
    client.wire.bridge.clock.now += 3601
    assert is_local_page(await window.decide(form, {"Origin": "https://evil.example"}), 403)


@pytest.mark.row("CO-05")
async def test_a_late_decision_about_a_request_that_is_none_is_refused(client: Client, window: Window) -> None:
    form = await window.ask(client.query())
    client.wire.bridge.clock.now += 601
    assert is_local_page(await window.decide(form, request="client_id=nobody"))
    assert nothing_began(client.wire)


@pytest.mark.row("CO-06")
async def test_a_double_click_starts_one_sign_in(client: Client, window: Window) -> None:
    form = await window.ask(client.query())
    first, second = await asyncio.gather(window.decide(form), window.decide(form))
    assert first.headers["location"] == second.headers["location"]
    assert len(client.wire.bridge.database.read("SELECT key FROM ledger", ())) == 1
    assert "code" in answered(await window.send("GET", await window.sign_in(first)))
    assert is_local_page(await window.decide(form))
    assert is_local_page(await window.decide(form, api_token=API_TOKEN))


@pytest.mark.row("CO-06")
async def test_a_double_click_with_an_api_token_makes_one_grant(client: Client, window: Window) -> None:
    form = await window.ask(client.query())
    answers = await asyncio.gather(*(window.decide(form, api_token=API_TOKEN) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [303, 400, 400]
    assert is_local_page(await window.decide(form))
    assert len(client.wire.bridge.database.read("SELECT id FROM grants", ())) == 1


@pytest.mark.row("CO-07")
async def test_two_tabs_do_not_disturb_each_other(wire: Wire, window: Window) -> None:
    one, two = await wire.register(), await wire.register()
    first, second, third = [await window.ask(client.query()) for client in (one, two, one)]
    begun = [await window.decide(form) for form in (first, second, third)]
    assert len({parameters(answer.headers["location"])["state"] for answer in begun}) == 3
    for answer, client in zip(reversed(begun), (one, two, one), strict=True):
        code = answered(await window.send("GET", await window.sign_in(answer)))["code"]
        assert (await client.redeem(code)).status_code == 200


@pytest.mark.row("CO-09")
async def test_the_cookies_are_for_this_host_alone_and_for_an_hour_or_half_of_it(tmp_path: Path) -> None:
    async with running_bridge(tmp_path, environment={"MAILCONNECT_ISSUER": "https://mail.example"}) as bridge:
        wire = Wire(bridge)
        client, window = await wire.register(), Window(wire)
        page = await window.send("GET", f"/authorize?{client.query()}")
        approved = await window.decide(Form.of(page))
        assert approved.status_code == 303
        cookies = page.headers.get_list("set-cookie") + approved.headers.get_list("set-cookie")
        assert len(cookies) == 2
        for cookie, seconds in zip(cookies, (3600, 1800), strict=True):
            name_and_value, *attributes = cookie.split("; ")
            assert name_and_value.startswith("__Host-")
            assert {attribute.lower() for attribute in attributes} == {
                "secure",
                "httponly",
                "samesite=lax",
                "path=/",
                f"max-age={seconds}",
            }


@pytest.mark.row("CO-09")
async def test_on_one_machine_there_is_no_https_to_ask_for(client: Client, window: Window) -> None:
    answer = await window.send("GET", f"/authorize?{client.query()}")
    [cookie] = answer.headers.get_list("set-cookie")
    assert {"httponly", "samesite=lax", "path=/", "max-age=3600"} == {part.lower() for part in cookie.split("; ")[1:]}


@pytest.mark.row("CO-10")
async def test_the_cookie_that_ties_the_sign_in_to_the_browser_is_set_on_approval_alone(
    client: Client, window: Window
) -> None:
    form = await window.ask(client.query())
    [consent] = window.cookies
    denied = await window.decide(form, decision="deny")
    assert "set-cookie" not in denied.headers
    approved = await window.decide(form)
    [cookie] = approved.headers.get_list("set-cookie")
    assert not cookie.startswith(f"{consent}=")
    # Not to be guessed from the page, nor from the other cookie's value in clear.
    assert window.cookies[consent] not in cookie


@pytest.mark.row("CO-11")
async def test_only_our_own_page_can_decide(client: Client, window: Window) -> None:
    form = await window.ask(client.query())
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:8788"},
        {"Origin": "http://127.0.0.1:8787.evil.example"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        HERE | {"Sec-Fetch-Site": "cross-site"},
    ):
        assert is_local_page(await window.decide(form, headers), 403)
    assert nothing_began(client.wire)
    fields = form.fields | {"decision": "approve"}
    for method in ("PUT", "PATCH", "DELETE"):
        assert (await window.send(method, "/authorize", data=fields)).status_code == 405
    by_get = await window.send("GET", f"/authorize?{client.query()}&decision=approve&consent={form.fields['consent']}")
    assert by_get.status_code == 200
    assert nothing_began(client.wire)
    for headers in (HERE, {"Origin": "null"}, {"Origin": "null", "Sec-Fetch-Site": "same-origin"}, {}):
        assert (await window.decide(form, headers)).status_code == 303


@pytest.mark.row("CO-13")
async def test_the_page_says_who_asks_and_where_the_answer_goes(wire: Wire, window: Window) -> None:
    client = await wire.register(client_name="Weather", redirect_uris=["https://xn--clude-wqd.ai/cb"])
    text = (await window.send("GET", f"/authorize?{client.query()}")).text
    assert "Weather" in text
    assert "xn--clude-wqd.ai" in text
    assert "Unknown here" in text


@pytest.mark.row("CO-14")
async def test_consent_is_asked_for_every_time(client: Client, window: Window) -> None:
    for _ in range(2):
        form = await window.ask(client.query())
        assert form.action == "/authorize"
        assert "code" in answered(await window.send("GET", await window.sign_in(await window.decide(form))))


@pytest.mark.row("CO-15")
@pytest.mark.parametrize(
    ("name", "harm"),
    [
        ('"><script>alert(1)</script>', "<script"),
        ("{{71917191*3}}{% raw %}", "215751573"),
        ("\u202eevil", "\u202e"),
        ("<b>x", "<b>x"),
        ("&lt;b&gt;x", "&lt;b&gt;x"),
        ("' onload='x", "' onload='x"),
        ("M" * 300, "M" * 81),
    ],
)
async def test_a_name_is_inert(wire: Wire, window: Window, name: str, harm: str) -> None:
    client = await wire.register(client_name=name)
    answer = await window.send("GET", f"/authorize?{client.query()}")
    assert answer.status_code == 200
    assert has_page_headers(answer)
    assert harm not in answer.text
    assert "app.example" in answer.text


@pytest.mark.row("CO-15")
async def test_all_other_parameters_of_the_request_are_inert(client: Client, window: Window) -> None:
    harm = '"><script>alert(1)</script>'
    for changes in ({"state": harm}, {"scope": "session:read <script>alert(1)</script>"}, {"x": harm}):
        answer = await window.send("GET", f"/authorize?{client.query(**changes)}")
        assert answer.status_code == 200
        assert "<script" not in answer.text
    refused = await window.send("GET", f"/authorize?{client.query(state=harm, response_type=harm)}")
    assert is_local_page(refused)
    assert "<script" not in refused.text


@pytest.mark.row("CO-17")
async def test_after_the_decision_the_page_cannot_be_sent_again(client: Client, window: Window) -> None:
    page = await window.send("GET", f"/authorize?{client.query()}")
    assert page.headers["cache-control"] == "no-store"
    assert "code" in answered(await window.send("GET", await window.sign_in(await window.decide(Form.of(page)))))
    for _ in range(2):
        assert is_local_page(await window.decide(Form.of(page)))


async def test_denying_is_remembered_and_nobody_with_it(client: Client, window: Window) -> None:
    await window.approve(client.query(), decision="deny")
    kept = client.wire.bridge.database.read("SELECT owner, what, actor, client_id, client_name FROM audit", ())
    assert kept == [("-", "consent_denied", "owner", client.id, "App")]


async def test_denying_tells_the_client_and_begins_nothing(client: Client, window: Window) -> None:
    answer = await window.approve(client.query(), decision="deny")
    assert answered(answer) == {"error": "access_denied", "state": "s", "iss": client.wire.issuer}
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert nothing_began(client.wire)


async def test_a_decision_that_is_neither_is_none(client: Client, window: Window) -> None:
    form = await window.ask(client.query())
    for decision in ("", "yes", "APPROVE", "approve "):
        assert is_local_page(await window.decide(form, decision=decision))
    assert nothing_began(client.wire)


async def test_a_form_that_cannot_be_read_is_refused(client: Client, window: Window) -> None:
    form = await window.ask(client.query())
    fields = form.fields | {"decision": "approve"}
    assert is_local_page(await window.send("POST", "/authorize", json=fields))
    assert is_local_page(await window.send("POST", "/authorize", data=fields | {"decision": ["deny", "approve"]}))
    assert is_local_page(await window.send("POST", "/authorize", files={"decision": b"approve"}))
    urlencoded = {"Content-Type": "application/x-www-form-urlencoded"}
    for content in (b"\xff", b"a=%zz", b"decision=approve&decision=deny", b"&".join([b"a=1"] * 99)):
        assert is_local_page(await window.send("POST", "/authorize", urlencoded, content=content))
    assert (await window.send("POST", "/authorize", data={"request": "x" * 40_000})).status_code == 413
    assert nothing_began(client.wire)


async def test_an_api_token_that_the_provider_refuses_is_said_on_a_new_page_and_not_shown_again(
    client: Client, window: Window
) -> None:
    form = await window.ask(client.query())
    for token in ("fmu1-canary", "canary token", "canäry", "fmu1-sandbox-alice-mcp", "canary" * 2000):
        answer = await window.decide(form, api_token=token)
        assert answer.status_code == 400
        assert "canary" not in answer.text
        again = Form.of(answer)
        assert again.action == "/authorize"
        # Each page is good for one try.
        assert is_local_page(await window.decide(form, api_token=API_TOKEN))
        form = again
    assert not client.wire.bridge.database.read("SELECT id FROM grants", ())
    assert "code" in answered(await window.decide(form, api_token=f"  {API_TOKEN} "))


async def test_a_scope_that_is_not_chosen_is_not_granted(client: Client, window: Window) -> None:
    form = await window.ask(client.query(scope=LOOKING))
    del form.fields["scope:contacts:read"]
    begun = await window.decide(form, look="mailboxes:read")
    code = answered(await window.send("GET", await window.sign_in(begun)))["code"]
    tokens = (await client.redeem(code)).json()
    assert tokens["scope"] == "mailboxes:read session:read"
    assert (await client.refresh(tokens["refresh_token"])).json()["scope"] == "mailboxes:read session:read"


@pytest.mark.parametrize(
    ("look", "granted"),
    [
        ("mailboxes:read", "mailboxes:read session:read"),
        ("emails:metadata", "emails:metadata mailboxes:read session:read"),
        ("emails:read", "emails:metadata emails:read mailboxes:read session:read"),
    ],
)
async def test_a_rung_is_granted_with_all_below_it_and_the_contacts_apart(
    client: Client, window: Window, look: str, granted: str
) -> None:
    for contacts in ("no", "yes"):
        form = await window.ask(client.query(scope=LOOKING))
        code = answered(await window.decide(form, look=look, api_token=API_TOKEN, **{"scope:contacts:read": contacts}))[
            "code"
        ]
        scope = (await client.redeem(code)).json()["scope"]
        assert scope == (f"contacts:read {granted}" if contacts == "yes" else granted)


async def test_a_plain_client_may_name_each_scope_instead(client: Client, window: Window) -> None:
    form = await window.ask(client.query(scope=LOOKING))
    del form.fields["look"], form.fields["scope:contacts:read"]
    begun = await window.decide(form, **{"scope:session:read": "yes", "scope:emails:metadata": "yes"})
    code = answered(await window.send("GET", await window.sign_in(begun)))["code"]
    tokens = (await client.redeem(code)).json()
    assert tokens["scope"] == "emails:metadata session:read"
    refused = await client.wire.mcp(tokens["access_token"], "tools/call", name="list_mailboxes")
    assert refused.status_code == 403


async def test_an_unknown_assistant_finds_the_lowest_rung_chosen_and_a_known_one_what_it_asked(
    wire: Wire, window: Window
) -> None:
    poke = await wire.register(client_name="P", redirect_uris=["https://poke.com/api/v1/mcp/callback"])
    imitation = await wire.register(client_name="Poke", redirect_uris=["https://poke.example/cb"])
    for client, chosen in (
        (poke, ["emails:read", "scope:contacts:read"]),
        (imitation, ["mailboxes:read"]),
        (await wire.register(), ["mailboxes:read"]),
    ):
        assert checked(await window.send("GET", f"/authorize?{client.query(scope=LOOKING)}")) == chosen


async def test_an_owner_who_pastes_an_api_token_may_choose_too(client: Client, window: Window) -> None:
    form = await window.ask(client.query(scope=LOOKING))
    refused = await window.decide(form, look="emails:metadata", api_token="fmu1-canary")
    assert checked(refused) == ["emails:metadata", "scope:contacts:read"]
    code = answered(await window.decide(Form.of(refused), look="mailboxes:read", api_token=API_TOKEN))["code"]
    assert (await client.redeem(code)).json()["scope"] == "contacts:read mailboxes:read session:read"


@pytest.mark.parametrize("value", [None, "", "no", "mailboxes:read session:read", "everything"])
async def test_with_nothing_chosen_the_page_asks_again(client: Client, window: Window, value: str | None) -> None:
    form = await window.ask(client.query(scope=LOOKING))
    del form.fields["scope:contacts:read"], form.fields["look"]
    answer = await window.decide(form, **({} if value is None else {"look": value}))
    assert answer.status_code == 400
    assert "Choose what it may do, or deny." in answer.text
    assert "<title>\nProblem:" in answer.text or "<title>Problem:" in answer.text
    assert nothing_began(client.wire)
    assert "error" in answered(await window.decide(Form.of(answer), decision="deny"))


async def test_a_single_scope_has_nothing_to_untick(client: Client, window: Window) -> None:
    form = await window.ask(client.query(scope="session:read"))
    assert not [name for name in form.fields if name.startswith("scope:")]
    code = answered(await window.send("GET", await window.sign_in(await window.decide(form))))["code"]
    assert (await client.redeem(code)).json()["scope"] == "session:read"


async def test_nothing_can_be_ticked_that_was_not_asked_for(client: Client, window: Window) -> None:
    form = await window.ask(client.query(scope="session:read"))
    begun = await window.decide(form, look="emails:read", **{"scope:mailboxes:read": "yes", "scope:everything": "yes"})
    code = answered(await window.send("GET", await window.sign_in(begun)))["code"]
    assert (await client.redeem(code)).json()["scope"] == "session:read"


async def test_an_owner_who_goes_back_and_decides_otherwise_is_taken_at_the_last_word(
    client: Client, window: Window
) -> None:
    """The page as the browser kept it, sent a second time with less ticked: both sign-ins have one state."""
    form = await window.ask(client.query(scope=LOOKING))
    first = await window.decide(form)
    second = await window.decide(form, look="mailboxes:read", **{"scope:contacts:read": "no"})
    sent = [parse_qs(urlsplit(one.headers["location"]).query) for one in (first, second)]
    assert sent[0]["state"] == sent[1]["state"]
    assert ["urn:ietf:params:oauth:scope:contacts" in one["scope"][0].split() for one in sent] == [True, False]
    code = answered(await window.send("GET", await window.sign_in(first)))["code"]
    assert (await client.redeem(code)).json()["scope"] == "mailboxes:read session:read"
    assert is_local_page(await window.decide(form))  # and that was the page's one sign-in


async def test_a_page_that_is_loaded_again_is_another_page(client: Client, window: Window) -> None:
    """After a reload, or Back and forward again: whichever of them is sent, its own ticks count."""
    first, second = await window.ask(client.query(scope=LOOKING)), await window.ask(client.query(scope=LOOKING))
    first.fields |= {"look": "mailboxes:read", "scope:contacts:read": "no"}
    codes = [
        answered(await window.send("GET", await window.sign_in(await window.decide(form))))["code"]
        for form in (second, first)
    ]
    scopes = [(await client.redeem(code)).json()["scope"] for code in codes]
    assert scopes == [LOOKING, "mailboxes:read session:read"]


@pytest.mark.row("CI-18")
async def test_a_published_client_s_document_is_read_for_the_page_and_for_the_decision(tmp_path: Path) -> None:
    world = World()
    world.publish()
    async with running_bridge(tmp_path, fetch_document=world.fetch) as bridge:
        client = Client(Wire(bridge, "198.18.0.1"), URL, None, REDIRECT_URI)
        assert await client.code()
        assert world.fetched == [URL, URL]


@pytest.mark.row("CO-18")
async def test_to_allow_takes_a_tick_at_the_box_that_names_where_the_answer_goes(
    client: Client, window: Window
) -> None:
    for confirmed in (None, "", "no", "YES"):
        form = await window.ask(client.query(scope=LOOKING))
        assert form.fields.pop("confirmed") == "yes"
        form.fields |= {"look": "emails:metadata"}
        asked_again = await window.decide(form, **({} if confirmed is None else {"confirmed": confirmed}))
        assert asked_again.status_code == 400
        assert "Tick this box to allow, or deny." in asked_again.text
        assert checked(asked_again) == ["emails:metadata", "scope:contacts:read"]
    fields = Form.of(asked_again).fields
    assert (await window.decide(Form.of(asked_again), **fields)).status_code == 303


@pytest.mark.row("CO-18")
async def test_no_fragment_scrolls_the_question_and_no_other_page_minds(client: Client, window: Window) -> None:
    form = await window.ask(client.query())
    del form.fields["confirmed"]
    for answer in (await window.send("GET", f"/authorize?{client.query()}"), await window.decide(form)):
        assert answer.headers["document-policy"] == "force-load-at-top"
    assert "document-policy" not in (await window.send("GET", "/connect")).headers


@pytest.mark.row("CO-18")
async def test_to_deny_takes_no_tick(client: Client, window: Window) -> None:
    form = await window.ask(client.query())
    del form.fields["confirmed"]
    assert answered(await window.decide(form, decision="deny"))["error"] == "access_denied"
