"""`POST /token`, client authentication and form: rows TK-01 to TK-11, TK-31 and TK-34 of docs/attacks.md."""

import base64
import hashlib
import re
import time
from dataclasses import replace

import httpx
import pytest

from tests.endpoints.oauth_answers import refused
from tests.endpoints.wire import ALL_SCOPES, VERIFIER, Client, Wire

pytestmark = pytest.mark.anyio

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.row("TK-01")
async def test_the_token_endpoint_takes_post_alone(wire: Wire) -> None:
    for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE"):
        answer = await wire(method, "/token?grant_type=refresh_token")
        assert answer.status_code == 405
        assert "POST" in answer.headers["allow"]


@pytest.mark.row("TK-02")
async def test_the_body_is_a_form(client: Client) -> None:
    form = {"grant_type": "authorization_code", "code": await client.code(), "client_id": client.id}
    body = str(httpx.QueryParams(form | {"redirect_uri": client.redirect_uri, "code_verifier": VERIFIER})).encode()
    for content_type in (
        "application/json",
        "text/plain",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencodedX",
        "application/x-www-form-urlencoded, text/plain",
        "",
    ):
        assert refused(
            await client.wire("POST", "/token", content=body, headers={"Content-Type": content_type}), "invalid_request"
        )
    assert refused(await client.wire("POST", "/token", content=body), "invalid_request")
    assert refused(await client.wire("POST", "/token", json=form), "invalid_request")
    for content_type in ("application/x-www-form-urlencoded; charset=utf-8", "Application/X-WWW-Form-Urlencoded"):
        answer = await client.wire("POST", "/token", content=body, headers={"Content-Type": content_type})
        assert answer.status_code == 200 or answer.json()["error"] == "invalid_grant"  # the second finds it used


@pytest.mark.row("TK-03")
async def test_a_parameter_of_a_token_request_comes_once(client: Client) -> None:
    code = await client.code()
    for name, value in (("code", code), ("grant_type", "authorization_code"), ("client_id", client.id), ("scope", "x")):
        assert refused(await client.redeem(code, **{name: [value, value]}), "invalid_request")
    resource = f"{client.wire.issuer}/mcp"
    assert refused(await client.redeem(code, resource=[resource, "https://evil.example/mcp"]), "invalid_target")
    assert (await client.redeem(code, x=["1", "2"], resource=[resource, f"{resource}?x"])).status_code == 200


@pytest.mark.row("TK-03")
async def test_a_parameter_without_a_value_is_omitted(client: Client) -> None:
    """RFC 6749 §3.2."""
    code = await client.code()
    answer = await client.redeem(code, resource="", client_secret="", scope="")
    assert answer.status_code == 200
    assert (await client.refresh(answer.json()["refresh_token"], scope="", resource="")).json()["scope"] == ALL_SCOPES
    assert refused(await client.redeem(code, code=""), "invalid_request")


@pytest.mark.row("TK-05")
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"&".join(b"a%d=1" % n for n in range(4000)), 400),
        (b"&".join(b"a%d=1" % n for n in range(100_000)), 413),
        (b"grant_type=" + b"a" * 2_000_000, 413),
        (b"grant_type=%zz", 400),
        (b"grant_type=%ff", 400),
        (b"grant_type=\xff", 400),
        (b"grant_type=\x00", 400),
        (b"grant_type=%00", 400),
        (b"\x00", 400),
        (b"&" * 30_000, 400),
        (b"=" * 30_000, 400),
        (b"", 400),
    ],
)
async def test_no_body_costs_more_than_a_moment(wire: Wire, body: bytes, status: int) -> None:
    started = time.process_time()
    answer = await wire("POST", "/token", content=body, headers=FORM)
    assert time.process_time() - started < 0.5
    assert answer.status_code == status
    assert answer.json()["error"] in {"invalid_request", "unsupported_grant_type"}


@pytest.mark.row("TK-06")
async def test_only_two_grant_types_are_supported(client: Client) -> None:
    for grant_type in (
        "password",
        "client_credentials",
        "implicit",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "Authorization_Code",
        "authorization_code ",
        "\x00",
    ):
        assert refused(await client.token(grant_type), "unsupported_grant_type")
    assert refused(await client.wire("POST", "/token", data={"client_id": client.id}), "invalid_request")
    assert refused(await client.token(""), "invalid_request")


@pytest.mark.row("TK-07")
async def test_a_client_that_did_not_register_for_refresh_tokens_gets_and_uses_none(wire: Wire) -> None:
    client = await wire.register()
    clients = wire.bridge.adapters.stores.clients
    stored = await clients.get(client.id, wire.bridge.clock())
    assert stored is not None
    # As a client is that registered before refresh tokens were added, or that publishes a document.
    await clients.remember(replace(stored, grant_types=("authorization_code",)))
    tokens = await client.tokens()
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "scope"}
    others = await (await wire.register()).tokens()
    assert refused(await client.refresh(others["refresh_token"]), "unauthorized_client")
    wire.bridge.clock.now += 3600
    assert (await wire.mcp(tokens["access_token"])).status_code == 401


@pytest.mark.row("TK-09")
@pytest.mark.parametrize("secret", ["s", "%", "+", "é", "a b", ":", "&="])
async def test_basic_is_form_decoded(wire: Wire, secret: str) -> None:
    client = await wire.register(token_endpoint_auth_method="client_secret_basic")
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    headers = Client(wire, client.id, secret, client.redirect_uri).basic()
    answer = await wire("POST", "/token", data=form, headers=headers)
    assert refused(answer, "invalid_client", 401)
    assert answer.headers["www-authenticate"].startswith("Basic ")
    secret_hash = hashlib.sha256(secret.encode()).hexdigest()
    await wire.bridge.database.write("UPDATE clients SET secret_hash = ?", (secret_hash,))
    assert refused(await wire("POST", "/token", data=form, headers=headers), "invalid_grant")


@pytest.mark.row("TK-09")
async def test_a_broken_basic_header_is_an_invalid_client(wire: Wire) -> None:
    client = await wire.register(token_endpoint_auth_method="client_secret_basic")
    for credentials in (
        b"",
        b"x",
        b":",
        b":secret",
        b"\xff:\xff",
        b"%ff:x",
        b"%zz:x",
        client.id.encode(),
        b"a" * 8192 + b":x",
    ):
        for encoded in (base64.b64encode(credentials), credentials[:40] + b"!"):
            headers = [("Authorization", b"Basic " + encoded)]
            answer = await wire(
                "POST", "/token", data={"grant_type": "refresh_token", "refresh_token": "x"}, headers=headers
            )
            assert refused(answer, "invalid_client", 401)
            assert answer.headers["www-authenticate"] == 'Basic realm="mailconnect"'


@pytest.mark.row("TK-09")
async def test_the_scheme_is_case_insensitive(wire: Wire) -> None:
    client = await wire.register(token_endpoint_auth_method="client_secret_basic")
    for scheme in ("basic", "BASIC", "bAsIc"):
        headers = {"Authorization": client.basic()["Authorization"].replace("Basic", scheme)}
        answer = await wire(
            "POST", "/token", data={"grant_type": "refresh_token", "refresh_token": "x"}, headers=headers
        )
        assert refused(answer, "invalid_grant")


@pytest.mark.row("TK-10")
async def test_a_client_authenticates_in_one_way(wire: Wire) -> None:
    client = await wire.register(token_endpoint_auth_method="client_secret_basic")
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    basic = client.basic()
    for headers, more in (
        (basic, {"client_secret": client.secret}),
        (basic, {"client_id": client.id, "client_secret": client.secret}),
        (basic, {"client_id": "other"}),
        ([*basic.items(), *basic.items()], {}),
    ):
        answer = await wire("POST", "/token", data=form | more, headers=headers)
        assert refused(answer, "invalid_request")


@pytest.mark.row("TK-11")
@pytest.mark.parametrize("registered", ["none", "client_secret_basic", "client_secret_post"])
@pytest.mark.parametrize("tried", ["none", "client_secret_basic", "client_secret_post"])
async def test_a_client_proves_itself_by_its_secret_and_only_if_it_has_one(
    wire: Wire, registered: str, tried: str
) -> None:
    client = await wire.register(token_endpoint_auth_method=registered)
    code = await client.code()
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": VERIFIER,
        "client_id": client.id,
    }
    known = client.secret or "any"
    post = {"client_secret": known} if tried == "client_secret_post" else {}
    basic = Client(wire, client.id, known, "").basic() if tried == "client_secret_basic" else {}
    answer = await wire("POST", "/token", data=form | post, headers=basic)
    if tried == registered or "none" not in (tried, registered):
        assert answer.status_code == 200
        return
    assert refused(answer, "invalid_client", 401)
    assert answer.headers["www-authenticate"] == 'Basic realm="mailconnect"'  # a 401 names a way (RFC 9110 §15.5.2)
    right = client.basic() if registered == "client_secret_basic" else {}
    secret = {"client_secret": client.secret} if registered == "client_secret_post" else {}
    assert (await wire("POST", "/token", data=form | secret, headers=right)).status_code == 200  # nothing was used up


@pytest.mark.row("TK-31")
async def test_tokens_are_opaque_random_and_not_cached(client: Client) -> None:
    answer = await client.redeem(await client.code())
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    tokens = answer.json()
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "scope", "refresh_token"}
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 3600
    assert isinstance(tokens["expires_in"], int)
    assert tokens["scope"] == ALL_SCOPES
    # A grant id of 128 random bits and a secret of 256, and for a refresh token its family's tag: base62.
    assert re.fullmatch(r"mca_[0-9A-Za-z]{65}", tokens["access_token"])
    assert re.fullmatch(r"mcr_[0-9A-Za-z]{87}", tokens["refresh_token"])
    assert tokens["access_token"][26:] != tokens["refresh_token"][26:69]
    [(owner,)] = client.wire.bridge.database.read("SELECT owner FROM grants", ())
    for secret in ("alice", owner, client.id):
        assert secret not in answer.text


@pytest.mark.row("TK-34")
async def test_any_origin_may_ask_for_tokens(client: Client) -> None:
    origin = {"Origin": "https://any.example"}
    form = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": client.id}
    for headers in (origin, origin | {"Authorization": "Basic x"}):
        answer = await client.wire("POST", "/token", data=form, headers=headers)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "www-authenticate" in answer.headers["access-control-expose-headers"].lower()
        assert "access-control-allow-credentials" not in answer.headers
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    preflight = await client.wire("OPTIONS", "/token", headers=origin | asked)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-methods"] == "POST"
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
    tokens = await client.tokens()
    answer = await client.wire("POST", "/token", data=form | {"refresh_token": tokens["refresh_token"]}, headers=origin)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
