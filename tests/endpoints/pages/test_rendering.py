"""The rendered pages, in which no text from outside becomes markup."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from mailconnect.endpoints.pages.boxes import boxes
from mailconnect.endpoints.pages.consent import Again, AskedAgain, ConsentPage
from mailconnect.endpoints.pages.context import PageContext
from mailconnect.endpoints.pages.ladder import STEPS
from mailconnect.endpoints.pages.page_endpoint import page_endpoint
from mailconnect.endpoints.pages.references import reference_of
from mailconnect.endpoints.pages.rendering import PAGE_HEADERS, Pages
from mailconnect.endpoints.pages.stylesheet import STATIC
from mailconnect.grants.sending import SEND
from mailconnect.oauth.authorization_request import AuthorizationRequest
from mailconnect.oauth.clients.client import AuthMethod, Client
from mailconnect.oauth.clients.known_assistants import known_assistants
from mailconnect.oauth.scopes import NEVER, NOTICE_VERSION, SCOPES
from mailconnect.provider.fastmail import ScopeFamily, fastmail
from mailconnect.provider.provider import Provider
from mailconnect.settings import from_environment
from tests.endpoints.reading import Page

SETTINGS = from_environment(
    {"MAILCONNECT_ISSUER": "https://mail.example.com", "MAILCONNECT_CONTACT": "post@example.com"}
)
PAGES = Pages(SETTINGS)
FASTMAIL = fastmail("mailconnect-id", ScopeFamily.MAIL)
API_TOKEN_ONLY = fastmail(None, ScopeFamily.MAIL)
POKE = "https://poke.com/api/v1/mcp/callback"
ELSEWHERE = "https://weather.example/cb"
QUERY = urlencode({"client_id": "mcp_0", "redirect_uri": POKE})

HOSTILE = (
    '"><script>alert(1)</script>',
    "</p></article><h1>Verified</h1>",
    "' onmouseover='alert(1)",
    "{{7*7}}{% raw %}${7*7}",
    "<!--",
    "\u202egro.liame",
    "&lt;b&gt;&#39;",
    "W" * 80,
)

LOOKING = frozenset({"session:read", "mailboxes:read", "emails:metadata", "emails:read", "contacts:read"})


def consent_answer(
    *,
    name: str = "Poke",
    redirect_uri: str = POKE,
    scope: frozenset[str] = LOOKING,
    dropped: frozenset[str] = frozenset(),
    provider: Provider = FASTMAIL,
    query: str = QUERY,
    again: AskedAgain | None = None,
) -> Response:
    client = Client(
        id="mcp_0",
        name=name,
        redirect_uris=(redirect_uri,),
        auth_method=AuthMethod.NONE,
        secret_hash=None,
        grant_types=("authorization_code", "refresh_token"),
        client_uri="https://tracker.example/",
        created_at=0,
        expires_at=1,
    )
    asked = AuthorizationRequest(
        client=client, redirect_uri=redirect_uri, scope=scope, dropped=dropped, state="s", code_challenge="c"
    )
    page = ConsentPage(
        context=PageContext.of(SETTINGS, lambda: 1_800_000_000, bytes), provider=provider, assistants=known_assistants()
    )
    return page.render(asked, query, bytes(32), sign_in_offered=provider.client_id is not None, again=again)


def refused(sentence: str) -> AskedAgain:
    return AskedAgain(why=Again.TOKEN_REFUSED, sentence=sentence)


def consent(**options: object) -> Page:
    return read(consent_answer(**options))  # type: ignore[arg-type]


def read(answer: Response) -> Page:
    return Page.of(bytes(answer.body).decode())


def error(back: str | None = None, back_to: str = "") -> Response:
    return PAGES.error(400, "This cannot be", "Do that.", back=back, back_to=back_to)


def test_every_page_has_exactly_the_headers_that_keep_it_to_itself() -> None:
    expected = {
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; style-src 'self'; font-src data:; img-src 'self'; "
        "frame-ancestors 'none'; base-uri 'none'",
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
    }
    assert {name.lower(): value for name, value in PAGE_HEADERS.items()} == expected
    for answer in (consent_answer(), error()):
        kept = {name: value for name, value in answer.headers.items() if name in expected}
        assert kept == expected
        assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.row("CO-13")
def test_the_page_says_who_asks_for_what_and_for_how_long() -> None:
    page = consent()
    for sentence in (
        "Let Poke into your Fastmail?",
        "poke.com Known assistant",
        "Go on only if you asked Poke for this. If somebody else sent you the link, deny.",
        "Your folders and their counts And your account's name and address. Shared ones too. No messages.",
        (
            "And who writes, when, subject lines Also whom you write to. Some subject lines hold sign-in codes. "
            "What Poke sees goes to its makers."
        ),
        (
            "And the messages, with attachments Also sign-in codes and links that reset passwords. "
            "What Poke reads goes to its makers."
        ),
        "Your contacts Names, addresses and phone numbers of other people. They go to its makers.",
        "Not change. Not send. Fastmail’s page comes next and will say more. Poke gets only this.",
        "I asked Poke at poke.com for this",
        (
            "Next, at Fastmail You sign in there. Its page will say that mailconnect may read, change and send all "
            "your mail: Fastmail has no smaller permission. mailconnect keeps Poke to what you choose here."
        ),
        "Not part of thisTo change, move, delete or send anything. More than this needs your yes again.",
        (
            "KeptNo messages, no contacts, no folders, no password. An access key that Fastmail gives us, encrypted, "
            "for Poke’s questions only; your user name, scrambled so that nobody can read it; your choices; the dates."
        ),
        f"Privacy notice of {NOTICE_VERSION} (new tab)",
        "By itself after 90 days without use, and after 365 days in any case.",
        "Connected apps & API tokens",
        "Run bypost@example.com",
    ):
        assert sentence in page.text, sentence
    for link in (page.one("a", href="/privacy"), page.one("a", href="/account")):
        assert (link["target"], link["rel"]) == ("_blank", "noopener")
    assert not page.all("a", href="/"), "nothing leads away from the question"


@pytest.mark.row("CO-13")
def test_an_unknown_assistant_is_called_by_its_address() -> None:
    page = consent(name="Weather", redirect_uri=ELSEWHERE)
    for sentence in (
        "Let “Weather” into your Fastmail?",
        "weather.example Unknown here",
        "Nobody here knows this assistant. It chose its name; anybody can. All that is certain is where it goes.",
        "weather.example may only look",
        "It gets only this.",
        "I know weather.example",
        "mailconnect keeps it to what you choose here.",
        "for this assistant’s questions only",
    ):
        assert sentence in page.text, sentence
    assert page.text.count("Weather") == 1, "its own name stands in the question alone"
    assert [has["value"] for has in page.all("input", type="radio", checked="")] == ["mailboxes:read"]
    assert not page.all("input", type="checkbox", checked="")


@pytest.mark.row("CO-13")
def test_an_imitation_is_called_one() -> None:
    page = consent(name="Poke", redirect_uri="https://poke.com.evil.example/cb")
    for sentence in (
        "Let “Poke” into your Fastmail?",
        "poke.com.evil.example Not the known Poke",
        "Poke is at poke.com. This goes elsewhere. Anybody can take a name. Deny, unless you know this address.",
        "poke.com.evil.example may only look",
        "I know poke.com.evil.example",
    ):
        assert sentence in page.text, sentence
    assert "evil.example" in "".join(page.words).split("poke.com.")[1]
    assert [has["value"] for has in page.all("input", type="radio", checked="")] == ["mailboxes:read"]


@pytest.mark.row("CO-13")
def test_a_known_assistant_is_called_by_our_name_whatever_it_calls_itself() -> None:
    assert consent(name="Bank of Nowhere").text == consent().text


@pytest.mark.row("CO-13")
def test_every_scope_there_is_stands_on_a_rung_or_has_its_box_or_is_sending() -> None:
    steps = {name for step in STEPS for name in step.own}
    assert set(SCOPES) == steps | {box.scope for box in boxes(frozenset(SCOPES))} | {SEND}


@pytest.mark.row("CO-13")
def test_permissions_to_change_a_mailbox_are_in_plain_words_and_never_ticked() -> None:
    page = consent(scope=frozenset(SCOPES))
    for sentence in (
        "It may change File messages Archive, move, flag, mark as read, put in the Trash. It deletes nothing for good",
        "Write drafts They wait in your Drafts. Nothing leaves.",
        "It may send in your name Nothing What I approve You see each message and press Send.",
        "Not part of thisTo delete a message for good, to change your settings or forwarding, and what you do not",
        "A read-only token is enough to look; to draft, file or send it must be able to.",
    ):
        assert sentence in page.text, sentence
    assert [has["name"] for has in page.all("input", type="checkbox", checked="")] == ["scope:contacts:read"]
    assert [has["value"] for has in page.all("input", type="radio", name="sending", checked="")] == [""]


def test_actions_that_no_scope_allows_are_named_on_the_page() -> None:
    said = consent(scope=frozenset(SCOPES)).text.lower()
    for never in NEVER[:-1]:  # that it gets no key is under "Kept"
        assert never.lower().replace("or your ", "or ") in said


@pytest.mark.row("CO-13")
def test_the_sentence_says_not_only_while_it_is_so() -> None:
    looking = consent(scope=frozenset({"emails:read", "emails:metadata"}))
    assert ". Not change. Not send." in looking.text
    assert not looking.all("span", class_="v not-change")
    writing = consent(scope=frozenset(SCOPES))
    assert [has["class"] for has in writing.all("span") if "not-" in has.get("class", "")] == [
        "v not-change",
        "v not-send",
    ]


@pytest.mark.row("CO-13")
def test_only_what_is_asked_for_is_listed() -> None:
    page = consent(scope=frozenset({"mailboxes:read"}))
    assert "Your folders and their counts Shared ones too. No messages." in page.text
    assert "Poke may see your folders. Not change. Not send." in page.text
    assert "account's name" not in page.text
    assert not page.all("input", type="radio")
    assert not page.all("input", type="checkbox", name="scope:contacts:read")
    alone = consent(scope=frozenset({"contacts:read"}))
    assert "Poke may see your contacts. Not change. Not send." in alone.text
    two = consent(scope=frozenset({"emails:metadata", "emails:read"}))
    assert [has["value"] for has in two.all("input", type="radio")] == ["emails:metadata", "emails:read"]
    assert "It may look at Who writes, when, subject lines" in two.text


@pytest.mark.row("CO-13")
@pytest.mark.parametrize("uri", ["http://127.0.0.1:33418/cb", "http://localhost:1/cb", "http://[::1]:5/cb"])
def test_loopback_is_called_a_program_on_this_computer(uri: str) -> None:
    text = consent(name="Claude Code", redirect_uri=uri).text
    assert "A program on this computer" in text
    assert "Go on only if you started it a moment ago." in text
    assert "When the browser then says that the page cannot be reached, start again in the program." in text
    assert "The program may only look" in text
    assert "I started this program on this computer a moment ago" in text


@pytest.mark.row("CO-13")
def test_a_private_use_scheme_is_called_an_app_on_this_device() -> None:
    text = consent(redirect_uri="cursor://anysphere.cursor-mcp/oauth/callback").text
    assert "An app on this device (cursor:)" in text
    assert "anysphere" not in text


@pytest.mark.row("CO-13")
def test_a_host_in_another_alphabet_is_shown_in_punycode_with_a_warning() -> None:
    text = consent(redirect_uri="https://xn--lude-5ve7d.ai/cb").text
    assert "xn--lude-5ve7d.ai" in text
    assert "Its address has other letters than a to z" in text
    assert "letters than a to z" not in consent().text


def test_scopes_that_are_not_offered_are_mentioned_without_repeating_them() -> None:
    page = consent(dropped=frozenset({"everything", "FREE-MONEY"}))
    assert "It asked for more than mailconnect offers" in page.text
    assert "FREE-MONEY" not in page.text
    assert "It asked for more" not in consent().text


def test_the_decision_is_two_buttons_of_one_form() -> None:
    page = consent()
    form = page.one("form")
    assert (form["method"], form["action"]) == ("post", "/authorize")
    assert [button["value"] for button in page.all("button", name="decision")] == ["approve", "deny"]
    assert page.one("input", name="request", type="hidden")["value"] == QUERY
    assert page.one("input", name="consent", type="hidden")["value"]


def test_enter_in_the_token_field_decides_nothing() -> None:
    """A form's first submit button is what Enter presses; a disabled one does nothing (HTML §4.10.21.2)."""
    for page in (consent(), consent(provider=API_TOKEN_ONLY)):
        first = page.all("button")[0]
        assert "disabled" in first
        assert "hidden" in first
        assert "name" not in first


def test_an_api_token_can_be_pasted_instead_of_signing_in() -> None:
    page = consent()
    assert "open" not in page.one("details")
    token = page.one("input", name="api_token")
    assert (token["type"], token["autocomplete"]) == ("password", "off")
    assert "required" not in token
    assert "value" not in token
    assert "make one under Settings" in page.text


def test_a_refused_api_token_opens_the_field_and_says_why() -> None:
    answer = consent_answer(again=refused("Fastmail does not accept this API token."))
    assert answer.status_code == 400
    page = read(answer)
    assert "open" in page.one("details")
    assert page.one("p", role="alert")["id"] in page.one("input", name="api_token")["aria-describedby"].split()
    assert "Fastmail does not accept this API token." in page.text


def test_without_a_client_id_at_the_provider_the_api_token_is_the_only_way() -> None:
    page = consent(provider=API_TOKEN_ONLY)
    assert page.all("details") == []
    assert "required" in page.one("input", name="api_token")
    assert "You sign in there" not in page.text
    approve, deny = page.all("button", name="decision")
    assert "formnovalidate" in deny
    assert "formnovalidate" not in approve


@pytest.mark.row("CO-15")
@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_changes_nothing_but_the_name(text: str) -> None:
    page = consent(name=text, redirect_uri=ELSEWHERE)
    assert page.shape == consent(name="Weather", redirect_uri=ELSEWHERE).shape
    assert f"“{' '.join(text.split())}”" in page.text


@pytest.mark.row("CO-15")
def test_a_name_that_looks_like_a_template_is_not_computed() -> None:
    assert "49" not in consent(redirect_uri=ELSEWHERE, name="Poke").text  # else it would be no sign
    page = consent(redirect_uri=ELSEWHERE, name="{{7*7}} {% set x = 7 * 7 %}{{x}} ${7*7}")
    assert "49" not in page.text
    assert "{{7*7}}" in page.text


# A browser reads CR as a line feed and NUL as nothing; neither survives registration, so neither is asked of it here.
_TEXT = st.text(st.characters(exclude_characters="\r\x00", exclude_categories=("Cs",)))


@pytest.mark.row("CO-15")
@given(name=_TEXT, refusal=_TEXT, query=_TEXT)
@example(name="<script>", refusal='" autofocus onfocus="x', query='"><input name="consent" value="')
def test_no_text_whatever_changes_the_consent_page(name: str, refusal: str, query: str) -> None:
    page = consent(name=name, redirect_uri="https://a.b.example/cb", again=refused(refusal), query=query)
    imitation = page.all("strong", **{"class": "stamp"}) and "Not the known" in page.text
    assert imitation or page.shape == consent(redirect_uri="https://a.b.example/cb", name="x", again=refused("x")).shape
    assert page.one("input", name="request")["value"] == query
    assert name in "".join(page.words)


@pytest.mark.row("CO-15")
def test_a_long_name_cannot_push_the_host_out_of_sight() -> None:
    """The stylesheet holds a name to a line; the host follows it at once, above everything else."""
    page = consent(name="W" * 80, redirect_uri=ELSEWHERE)
    assert page.text.index("W" * 80) < page.text.index("weather.example") < page.text.index("It may look at")
    rule = (STATIC / "style.css").read_text().partition(".own-name bdi {")[2].partition("}")[0]
    assert "text-overflow: ellipsis" in rule
    assert "overflow: hidden" in rule
    assert "white-space: nowrap" in rule


def test_a_wide_api_token_is_told_at_the_top_and_used_after_a_tick_alone() -> None:
    again = AskedAgain(
        why=Again.SURPLUS, surplus=("change, move and delete mail", "send mail"), api_token="fmu1-canary"
    )
    page = consent(again=again)
    alert = page.one("div", role="alert")
    assert (alert["id"], alert["tabindex"], "autofocus" in alert) == ("problem", "-1", True)
    assert page.text.index("This token can also") < page.text.index("Let Poke into")
    assert (
        "This token can also change, move and delete mail, send mail. mailconnect will not, but a thief of the token "
        "could. Better: make a read-only one and paste it below. Use this one all the same" in page.text
    )
    assert "checked" not in page.one("input", name="knowingly")
    assert page.text.startswith("Problem: Let Poke in? – mailconnect")
    assert "canary" not in page.text
    assert len([has for _, has in page.elements if "autofocus" in has]) == 1


@given(title=_TEXT, sentence=_TEXT, back=_TEXT, back_to=_TEXT)
def test_no_text_whatever_changes_an_error_page(title: str, sentence: str, back: str, back_to: str) -> None:
    address = f"https://a.example/?{back}"
    page = read(PAGES.error(400, title, sentence, back=address, back_to=back_to))
    assert page.shape == read(error("https://a.example/", "a.example")).shape
    assert page.one("a", rel="noreferrer")["href"] == address


def test_an_error_page_says_what_happened_and_what_to_do() -> None:
    answer = error()
    assert answer.status_code == 400
    page = read(answer)
    assert "This cannot be" in page.text
    assert "Do that." in page.text
    assert page.all("a", rel="noreferrer") == []
    assert "Back to" not in page.text


REFERENCE = reference_of("This cannot be", "", bytes)


def test_an_error_page_has_a_reference_that_the_log_has_too(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "mailconnect.audit"):
        page = read(Pages(SETTINGS, lambda count: b"\xab" * count).error(400, "This cannot be", "Do that."))
    reference = f"{REFERENCE[:4]}abab"
    assert f"Reference {reference}. Quote it when you write to post@example.com" in page.text
    [line] = [json.loads(record.message) for record in caplog.records]
    assert line == {"event": "page_refused", "status": 400, "page": "This cannot be", "reference": reference}


@pytest.mark.anyio
async def test_a_fault_is_a_page_with_the_reference_that_the_log_has(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_: Request) -> Response:
        raise ValueError("canary")

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [(b"host", b"mail.example.com")],
    }
    with caplog.at_level("INFO", "mailconnect.audit"):
        answer = await page_endpoint(PAGES, broken)(Request(scope))
    assert answer.status_code == 500
    text = read(answer).text
    [line] = [json.loads(record.message) for record in caplog.records]
    assert line["event"] == "fault"
    assert f"Reference {line['reference']}" in text
    assert "canary" not in text
    assert "ValueError" not in text


def test_the_decision_s_two_buttons_weigh_the_same() -> None:
    """Neither is first in colour or size: no rule tells one from the other."""
    approve, deny = consent().all("button", name="decision")
    assert approve.get("class") == deny.get("class")
    assert 'value="approve"' not in (STATIC / "style.css").read_text()


@pytest.mark.row("AZ-18")
def test_the_way_back_is_a_link_that_the_person_may_follow() -> None:
    answer = error("https://poke.com/cb?error=invalid_scope&iss=https%3A%2F%2Fmail.example.com", "poke.com")
    assert "location" not in answer.headers
    page = read(answer)
    assert page.one("a", rel="noreferrer")["href"].startswith("https://poke.com/cb?error=invalid_scope&iss=")
    assert "Back to poke.com" in page.text


@pytest.mark.parametrize(
    "answer",
    [consent_answer(), consent_answer(provider=API_TOKEN_ONLY), error(), error("https://a.example/", "a.example")],
)
def test_a_page_loads_its_stylesheet_and_nothing_else(answer: Response) -> None:
    page = read(answer)
    stylesheet, icon = page.loaded
    assert stylesheet.startswith("/static/style.css?v=")
    assert icon == "/favicon.svg"
    assert page.inert
