"""`GET /authorize`: rows AZ of docs/attacks.md.

An attacker can register a client. So a refused request is shown on our page, with a link that would tell the client
(AZ-18). The checks of the request itself are tested in tests/oauth/test_authorization_request.py.
"""

from html import unescape
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlsplit

import httpx
import pytest

from tests.endpoints.wire import Client, Form, Window, Wire, answered, is_local_page, parameters

pytestmark = pytest.mark.anyio


async def get(client: Client, **changes: str | None) -> httpx.Response:
    return await client.wire("GET", f"/authorize?{client.query(**changes)}")


def stored(wire: Wire) -> dict[str, Any]:
    tables = ("ledger", "grants", "clients")
    return {table: wire.bridge.database.read(f"SELECT * FROM {table} ORDER BY 1", ()) for table in tables}


def told(answer: httpx.Response, client: Client) -> dict[str, str]:
    """The error that the client gets if the owner follows the link back."""
    assert is_local_page(answer)
    [link] = [link for link in Form.of(answer).links if link.startswith(client.redirect_uri)]
    given = parameters(link)
    assert f'Back to <bdi translate="no">{urlsplit(link).hostname}</bdi>' in answer.text
    assert given["iss"] == client.wire.issuer
    assert "code" not in given
    return given


async def test_a_good_request_is_a_page_that_asks(client: Client) -> None:
    answer = await get(client)
    assert answer.status_code == 200
    form = Form.of(answer)
    assert form.action == "/authorize"
    assert form.fields.keys() >= {"request", "consent", "api_token"}
    assert "app.example" in answer.text


@pytest.mark.row("AZ-01")
async def test_an_unknown_client_is_told_nothing(client: Client) -> None:
    for client_id in (None, "", "mcp_unknown", client.id.upper(), f"{client.id} ", "a" * 600, "\x00", "é", "'--", "[]"):
        answer = await get(client, client_id=client_id)
        assert is_local_page(answer)
        assert client.redirect_uri not in answer.text
    for query in ("", "%", "client_id=%ff", "a=b c", "&".join(f"a{n}=1" for n in range(60)), "client_id"):
        assert is_local_page(await client.wire("GET", f"/authorize?{query}"))
    assert is_local_page(await client.wire("GET", f"/authorize?{client.query(client_id=None)}&client_id=%FF"))


@pytest.mark.row("AZ-02")
@pytest.mark.parametrize(
    "change",
    [
        "{}/", "{}?a=b", "{}#x", "{}%20", "{}%2f", "{}\x00", "{}/../cb", "{}/" + "x" * 7000,
        "https://app.example/CB", "https://app.example/c%62", "http://app.example/cb", "https://app.example:8443/cb",
        "https://evil.app.example/cb", "https://app.example.evil.example/cb", "https://app.example@evil.example/cb",
        "https://x@app.example/cb", "https://аpp.example/cb", "//app.example/cb", "/cb", "javascript:alert(1)",
        "https://evil.example/cb",
    ],
)  # fmt: skip
async def test_a_redirect_uri_that_was_not_registered_is_never_used(client: Client, change: str) -> None:
    answer = await get(client, redirect_uri=change.format(client.redirect_uri))
    assert is_local_page(answer)
    assert not [link for link in Form.of(answer).links if not link.startswith(("/", "#"))]
    assert "evil.example" not in answer.text


@pytest.mark.row("AZ-03")
async def test_on_loopback_the_port_is_free(wire: Wire, window: Window) -> None:
    for host in ("127.0.0.1", "[::1]", "localhost"):
        client = await wire.register(redirect_uris=[f"http://{host}/cb", f"http://{host}:33418/cb"])
        presented = f"http://{host}:51234/cb"
        answer = await window.approve(client.query(redirect_uri=presented), api_token="fmu1-sandbox-alice-readonly")
        assert answer.headers["location"].startswith(f"{presented}?code=")
        code = answered(answer)["code"]
        assert (await client.redeem(code)).json()["error"] == "invalid_grant"
        assert (await client.redeem(code, redirect_uri=presented)).status_code == 200


@pytest.mark.row("AZ-05")
async def test_a_redirect_uri_is_required(client: Client) -> None:
    for redirect_uri in (None, ""):
        assert is_local_page(await get(client, redirect_uri=redirect_uri))


@pytest.mark.row("AZ-06")
async def test_a_parameter_of_an_authorization_request_comes_once(client: Client) -> None:
    query = client.query()
    for again in (
        f"client_id={client.id}",
        "client_id=other",
        "client%5Fid=x",
        f"redirect_uri={quote(client.redirect_uri)}",
    ):
        answer = await client.wire("GET", f"/authorize?{query}&{again}")
        assert is_local_page(answer)
        assert client.redirect_uri not in answer.text
    for again, error in (
        ("scope=x&scope=x", "invalid_request"),
        ("code_challenge=x", "invalid_request"),
        ("resource=x&resource=x", "invalid_target"),
        ("resource=http%3A%2F%2F127.0.0.1%3A8787%2Fmcp&resource=x", "invalid_target"),
        ("response_type=code", "invalid_request"),
        ("c%6Fde_challenge=x", "invalid_request"),
    ):
        answer = await client.wire("GET", f"/authorize?{query}&{again}")
        assert told(answer, client) == {"error": error, "state": "s", "iss": client.wire.issuer}
    twice = told(await client.wire("GET", f"/authorize?{query}&%73tate=x"), client)
    assert twice == {"error": "invalid_request", "iss": client.wire.issuer}


@pytest.mark.row("AZ-18")
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"response_type": None}, "invalid_request", id="az_07"),
        pytest.param({"response_type": "token"}, "unsupported_response_type", id="az_07_token"),
        pytest.param({"code_challenge": None}, "invalid_request", id="az_09"),
        pytest.param({"code_challenge_method": "plain"}, "invalid_request", id="az_10_plain"),
        pytest.param({"code_challenge_method": None}, "invalid_request", id="az_10_omitted"),
        pytest.param({"code_challenge_method": "s256"}, "invalid_request", id="az_10_lower_case"),
        pytest.param({"code_challenge_method": "S512"}, "invalid_request", id="az_10_unknown"),
        pytest.param({"code_challenge": "a" * 42}, "invalid_request", id="az_11_short"),
        pytest.param({"code_challenge": "a" * 44}, "invalid_request", id="az_11_long"),
        pytest.param({"code_challenge": "a" * 42 + "="}, "invalid_request", id="az_11_padded"),
        pytest.param({"scope": "mail:send"}, "invalid_scope", id="az_13_unknown"),
        pytest.param({"scope": 'session:read "'}, "invalid_scope", id="az_13_malformed"),
        pytest.param({"scope": "a" * 4096}, "invalid_scope", id="az_13_long"),
        pytest.param({"resource": "https://evil.example/mcp"}, "invalid_target", id="az_14_host"),
        pytest.param({"resource": "http://127.0.0.1:8787/other"}, "invalid_target", id="az_14_path"),
        pytest.param({"resource": "http://127.0.0.1:8787/mcp#x"}, "invalid_target", id="az_14_fragment"),
        pytest.param({"resource": "javascript:alert(1)"}, "invalid_target", id="az_14_scheme"),
        pytest.param({"prompt": "none"}, "interaction_required", id="az_17"),
    ],
)
async def test_a_refusal_is_shown_and_the_person_decides_about_going_back(
    client: Client, changes: dict[str, str | None], error: str
) -> None:
    before = stored(client.wire)
    answer = await get(client, **changes)
    assert told(answer, client) == {"error": error, "state": "s", "iss": client.wire.issuer}
    assert "evil.example" not in answer.text
    assert stored(client.wire) == before


@pytest.mark.row("AZ-09")
async def test_a_confidential_client_too_must_use_pkce(wire: Wire) -> None:
    client = await wire.register(token_endpoint_auth_method="client_secret_basic")
    assert (
        told(await get(client, code_challenge=None, code_challenge_method=None), client)["error"] == "invalid_request"
    )


@pytest.mark.row("AZ-13")
async def test_an_unknown_scope_is_dropped_and_shown(client: Client, window: Window) -> None:
    form = await window.ask(client.query(scope="session:read offline_access"))
    assert "offline_access" in (await get(client, scope="session:read offline_access")).text
    code = answered(await window.decide(form, api_token="fmu1-sandbox-alice-readonly"))["code"]
    assert (await client.redeem(code)).json()["scope"] == "session:read"


@pytest.mark.row("AZ-14")
async def test_without_a_resource_the_token_is_for_ours(client: Client) -> None:
    for resource in (None, "", f"{client.wire.issuer}/mcp", f"{client.wire.issuer}/mcp/"):
        tokens = await client.tokens(resource=resource)
        assert (await client.wire.mcp(tokens["access_token"])).status_code == 200


STATES = [
    "a%0d%0aSet-Cookie:%20x=y",
    "%3Cimg%20src=x%3E",
    "%00",
    "%FF%FE%ED%A0%80",
    "a+b%2Bc",
    "%26iss=evil%23",
    "x" * 1024,
]


@pytest.mark.row("AZ-15")
@pytest.mark.parametrize("state", STATES)
async def test_state_comes_back_byte_by_byte_on_every_way(client: Client, window: Window, state: str) -> None:
    query = f"{client.query(state=None)}&state={state}"
    expected = unquote_to_bytes(state.replace("+", " "))
    denied = await window.approve(query, decision="deny")
    by_api_token = await window.approve(query, api_token="fmu1-sandbox-alice-readonly")
    by_provider = await window.connect(query)
    refused = await client.wire("GET", f"/authorize?{query}&response_mode=fragment")
    [link] = [link for link in Form.of(refused).links if link.startswith(client.redirect_uri)]
    for location in (*(answer.headers["location"] for answer in (denied, by_api_token, by_provider)), link):
        assert location.isascii()
        assert location.isprintable()
        [returned] = [part for part in urlsplit(location).query.split("&") if part.startswith("state=")]
        assert unquote_to_bytes(returned[6:].replace("+", " ")) == expected
        assert location.count("&iss=") == 1


@pytest.mark.row("AZ-15")
async def test_a_state_over_4_kb_is_refused(client: Client) -> None:
    told_of_it = told(await get(client, state="x" * 4097), client)
    assert told_of_it == {"error": "invalid_request", "iss": client.wire.issuer}


@pytest.mark.row("AZ-15")
async def test_a_state_is_not_required(client: Client, window: Window) -> None:
    answer = await window.connect(client.query(state=None))
    assert answered(answer).keys() == {"code", "iss"}


@pytest.mark.row("AZ-17")
async def test_hints_are_not_reflected(client: Client) -> None:
    answer = await get(client, login_hint="canary@example", id_token_hint="canary", prompt="consent", nonce="canary")
    assert answer.status_code == 200
    assert "canary" not in unescape(answer.text).replace(Form.of(answer).fields["request"], "")


@pytest.mark.row("AZ-19")
async def test_no_origin_is_let_in(client: Client) -> None:
    for path in (f"/authorize?{client.query()}", "/authorize"):
        answer = await client.wire("GET", path, headers={"Origin": "https://any.example"})
        assert not [name for name in answer.headers if name.startswith("access-control-")]
    preflight = await client.wire("OPTIONS", "/authorize", headers={"Access-Control-Request-Method": "GET"})
    assert preflight.status_code == 405
    assert not [name for name in preflight.headers if name.startswith("access-control-")]


@pytest.mark.row("AZ-21")
async def test_a_scanner_or_a_prefetch_begins_nothing(client: Client) -> None:
    before = stored(client.wire)
    path = f"/authorize?{client.query()}"
    assert (await client.wire("HEAD", path)).status_code == 200
    assert (await client.wire("GET", path, headers={"Sec-Purpose": "prefetch"})).status_code == 200
    assert is_local_page(await client.wire("POST", path))
    assert (await client.wire("HEAD", "/authorize")).status_code == 400
    for method in ("PUT", "PATCH", "DELETE", "TRACE"):
        answer = await client.wire(method, path)
        assert answer.status_code == 405
        assert answer.headers["allow"]
    assert stored(client.wire) == before


@pytest.mark.row("AZ-22")
async def test_showing_the_page_writes_nothing(client: Client, window: Window) -> None:
    before = stored(client.wire)
    for _ in range(50):
        await window.ask(client.query())
    assert stored(client.wire) == before


@pytest.mark.row("AZ-23")
async def test_every_answer_names_its_issuer_once(client: Client, window: Window) -> None:
    wire = client.wire
    answers = [
        await window.connect(client.query()),
        await window.approve(client.query(), decision="deny"),
        await window.approve(client.query(), api_token="fmu1-sandbox-alice-readonly"),
    ]
    begun = await window.approve(client.query())
    state = parameters(begun.headers["location"])["state"]
    answers.append(
        await window.send(
            "GET", f"/auth/callback?error=access_denied&state={state}&iss={quote('http://127.0.0.1:8788')}"
        )
    )
    for answer in answers:
        assert answered(answer)["iss"] == wire.issuer
        assert answer.headers["location"].count(quote(wire.issuer, safe="")) == 1


@pytest.mark.row("AZ-25")
async def test_an_earlier_approval_answers_nothing(client: Client, window: Window) -> None:
    assert "code" in answered(await window.connect(client.query()))
    again = await window.send("GET", f"/authorize?{client.query()}", {"Sec-Fetch-Site": "cross-site"})
    assert again.status_code == 200
    assert Form.of(again).action == "/authorize"
    assert "location" not in again.headers


async def test_a_request_through_another_name_is_not_for_us(client: Client) -> None:
    for host in ("evil.example", "127.0.0.1", "localhost:8787", "127.0.0.1:8787.evil.example", ""):
        answer = await client.wire("GET", f"/authorize?{client.query()}", headers={"Host": host})
        assert answer.status_code == 421
        assert "evil" not in answer.text
    twice = [("Host", "127.0.0.1:8787"), ("Host", "127.0.0.1:8787")]
    assert (await client.wire("GET", f"/authorize?{client.query()}", headers=twice)).status_code == 421
