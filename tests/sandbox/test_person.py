import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.routing import Route

from mailconnect.sandbox.browser import PageError
from mailconnect.sandbox.person import Person

pytestmark = pytest.mark.anyio

ISSUER = "http://127.0.0.1:8788"
BRIDGE = "http://127.0.0.1:8787"
REDIRECT_URI = "http://127.0.0.1:8787/auth/callback"


async def test_a_person_signs_in_and_stops_at_the_redirect(http, client, parameters_of):
    person = Person("alice", "secret", http)
    redirected = await person.authorize(ISSUER + client.request(), REDIRECT_URI)
    assert redirected.startswith(f"{REDIRECT_URI}?code=")
    answer = parameters_of(httpx.Response(302, headers={"location": redirected}))
    assert (await client.redeem(answer["code"])).status_code == 200


async def test_a_person_can_cancel_at_the_sign_in_page(http, client):
    person = Person("alice", "secret", http)
    redirected = await person.authorize(ISSUER + client.request(), REDIRECT_URI, sign_in="deny")
    assert "error=access_denied" in redirected


async def test_a_wrong_password_is_told_in_the_pages_words(http, client):
    with pytest.raises(PageError, match="Wrong username or password") as raised:
        await Person("alice", "wrong", http).authorize(ISSUER + client.request(), REDIRECT_URI)
    assert raised.value.page.status == 403
    assert "state" not in str(raised.value)


async def test_an_error_page_is_told_in_the_pages_words(http, client):
    with pytest.raises(PageError, match="redirect_uri is missing"):
        await Person("alice", "secret", http).authorize(ISSUER + client.request(redirect_uri="x:y"), "x:y")


@pytest.fixture
async def two_servers(app):
    """The sandbox, and a consent page like the bridge's before it: hidden fields, a cookie, an optional token."""
    seen: dict[str, object] = {}

    async def authorize(request: Request):
        if request.method == "GET":
            page = HTMLResponse(
                "<title>no</title><style>p { color: red }</style><form method=get action=/search><input name=q></form>"
                "<form method=post action=decide><input type=hidden name=csrf value='a&amp;b'>"
                "<input type=checkbox name=agreed required><input type=checkbox name=spam value=1>"
                "<input type=radio name=scope value=all><input type=radio name=scope value=some checked>"
                "<select name=days><option value=1><option value=2 selected></select>"
                "<textarea name=note>as is</textarea><input name=api_token><input name=gone disabled value=x>"
                "<button name=decision value=approve>Yes</button><button name=decision value=deny>No</button></form>"
            )
            if request.query_params.get("referrer"):
                page.headers["referrer-policy"] = "no-referrer"
            page.set_cookie("__Host-consent", "c=1; x", secure=False)
            return page
        return PlainTextResponse("unexpected", 405)

    async def decide(request: Request):
        seen["form"] = dict(await request.form())
        seen["cookie"] = request.cookies.get("__Host-consent")
        seen["origin"] = request.headers.get("origin")
        if seen["form"]["decision"] == "deny":
            return RedirectResponse("http://client.test/cb?error=access_denied", 303)
        if seen["form"]["api_token"]:
            return RedirectResponse("http://client.test/cb?code=pasted", 303)
        answer = RedirectResponse(f"{ISSUER}/cookie?next={request.query_params.get('next', '')}", 303)
        answer.delete_cookie("__Host-consent")
        return answer

    async def callback(request: Request):
        seen["later cookies"] = request.cookies
        return RedirectResponse("http://client.test/cb?code=1", 302)

    async def loop(_: Request):
        return RedirectResponse("/loop")

    async def stuck(_: Request):
        return HTMLResponse("<form method=post><input type=password name=password><button>Go</button></form>")

    async def question(request: Request):
        if request.query_params:
            seen["cookies at the question"] = request.cookies
            return RedirectResponse(f"http://client.test/cb?go={request.query_params['go']}&a=1")
        page = HTMLResponse("<form><input name=a value=1><button name=go value=on>Go</button></form>")
        page.headers.append("set-cookie", "good=1")
        page.headers.append("set-cookie", "bad[=1")
        return page

    bridge = Starlette(
        routes=[
            Route("/authorize", authorize),
            Route("/decide", decide, methods=["POST"]),
            Route("/auth/callback", callback),
            Route("/loop", loop),
            Route("/question", question),
            Route("/stuck", stuck, methods=["GET", "POST"]),
            Route("/text", lambda _: PlainTextResponse("nothing to fill in")),
        ]
    )

    async def cookie(request: Request):
        seen["cookies at the other server"] = request.cookies
        return RedirectResponse(f"{BRIDGE}/auth/callback")

    other = Starlette(routes=[Route("/cookie", cookie)])
    mounts = {BRIDGE: httpx.ASGITransport(bridge), ISSUER: httpx.ASGITransport(other)}
    async with httpx.AsyncClient(mounts=mounts) as http:
        yield http, seen


CLIENT = "http://client.test/cb"


async def test_a_person_fills_in_a_form_as_a_browser_would(two_servers):
    http, seen = two_servers
    person = Person("alice", "secret", http, allows_all=False)
    assert await person.authorize(f"{BRIDGE}/authorize", CLIENT) == f"{CLIENT}?code=1"
    assert seen["form"] == {
        "csrf": "a&b",
        "agreed": "on",
        "scope": "some",
        "days": "2",
        "note": "as is",
        "api_token": "",
        "decision": "approve",
    }
    assert seen["origin"] == BRIDGE


async def test_a_person_who_allows_all_ticks_every_box(two_servers):
    http, seen = two_servers
    await Person("alice", "secret", http).authorize(f"{BRIDGE}/authorize", CLIENT)
    assert (seen["form"]["agreed"], seen["form"]["spam"], seen["form"]["decision"]) == ("on", "1", "approve")


async def test_a_page_that_tells_no_referrer_tells_no_origin(two_servers):
    http, seen = two_servers
    await Person("alice", "secret", http).authorize(f"{BRIDGE}/authorize?referrer=none", CLIENT)
    assert seen["origin"] == "null"


async def test_cookies_are_kept_by_origin_and_deleted_when_told(two_servers):
    http, seen = two_servers
    await Person("alice", "secret", http).authorize(f"{BRIDGE}/authorize", CLIENT)
    assert seen["cookie"] == "c=1; x"
    assert seen["cookies at the other server"] == {}
    assert seen["later cookies"] == {}
    assert len(http.cookies) == 0


async def test_a_person_can_refuse_consent_or_paste_a_token(two_servers):
    http, seen = two_servers
    person = Person("alice", "secret", http)
    refused = await person.authorize(f"{BRIDGE}/authorize", CLIENT, consent="deny")
    assert refused == f"{CLIENT}?error=access_denied"
    pasting = Person("alice", "secret", http, api_token="fmu1-sandbox-alice-readonly")
    assert await pasting.authorize(f"{BRIDGE}/authorize", CLIENT) == f"{CLIENT}?code=pasted"
    assert seen["form"]["api_token"] == "fmu1-sandbox-alice-readonly"


async def test_a_form_may_be_a_question_in_the_url_with_a_button_of_its_own(two_servers):
    http, seen = two_servers
    assert await Person("alice", "secret", http).authorize(f"{BRIDGE}/question", CLIENT) == f"{CLIENT}?go=on&a=1"
    assert seen["cookies at the question"] == {"good": "1"}


@pytest.mark.parametrize(
    ("path", "reason"),
    [("loop", "no end after"), ("stuck", "signing in did not work"), ("text", "without a form to fill in: .*nothing")],
)
async def test_a_person_gives_up_where_nothing_leads_on(two_servers, path, reason):
    http, _ = two_servers
    with pytest.raises(PageError, match=reason):
        await Person("alice", "secret", http).authorize(f"{BRIDGE}/{path}", CLIENT)
