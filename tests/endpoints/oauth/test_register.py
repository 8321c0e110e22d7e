"""`POST /register`: rows RG of docs/attacks.md, as a client sees them. The metadata itself is tested in
tests/oauth.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from mailconnect.oauth.clients.registration_lifetime import KEPT_AFTER_GRANT, NEVER_AUTHORIZED_LIFETIME
from tests.bridge import running_bridge
from tests.endpoints.oauth_answers import refused
from tests.endpoints.wire import REDIRECT_URI, Wire

pytestmark = pytest.mark.anyio

GOOD = {"redirect_uris": [REDIRECT_URI], "client_name": "App"}
JSON = {"Content-Type": "application/json"}


async def post(wire: Wire, body: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    return await wire("POST", "/register", content=body, headers=JSON if headers is None else headers)


def clients(wire: Wire) -> list[tuple[Any, ...]]:
    return wire.bridge.database.read("SELECT * FROM clients", ())


@pytest.mark.row("RG-01")
@pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"1", b'{"redirect_uris": ["https://app', b""])
async def test_a_body_that_is_no_json_object_is_refused(wire: Wire, body: bytes) -> None:
    assert refused(await post(wire, body), "invalid_client_metadata")
    assert not clients(wire)


@pytest.mark.row("RG-02")
async def test_the_body_is_application_json(wire: Wire) -> None:
    body = json.dumps(GOOD).encode()
    for content_type in (
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "",
        "json",
    ):
        assert refused(await post(wire, body, {"Content-Type": content_type}), "invalid_client_metadata")
    assert refused(await post(wire, body, {}), "invalid_client_metadata")
    two = [("Content-Type", "application/json"), ("Content-Type", "application/json")]
    assert refused(await wire("POST", "/register", content=body, headers=two), "invalid_client_metadata")
    for content_type in ("application/json; charset=utf-8", "APPLICATION/JSON", "application/json ;x=y"):
        assert (await post(wire, body, {"Content-Type": content_type})).status_code == 201


@pytest.mark.row("RG-03")
@pytest.mark.parametrize(
    "body",
    [
        b'{"redirect_uris": ["https://app.example/cb"], "redirect_uris": ["https://evil.example/"]}',
        b'{"redirect_uris": ["https://app.example/cb"], "x": 1e999}',
        b'{"redirect_uris": ["https://app.example/cb"], "x": NaN}',
        b'{"redirect_uris": ["https://app.example/cb"], "client_name": "\\ud800"}',
        b'{"redirect_uris": ["https://app.example/cb"], "client_name": "\xed\xa0\x80"}',
        b'{"redirect_uris": ["https://app.example/cb"], "client_name": "\\u0000"}',
        b'{"redirect_uris": ["https://app.example/cb"], "client_name": "\x00"}',
        b'\xef\xbb\xbf{"redirect_uris": ["https://app.example/cb"]}',
        b"\xff\xfe{\x00}\x00",
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
    ],
)
async def test_json_that_parsers_read_differently_is_refused(wire: Wire, body: bytes) -> None:
    answer = await post(wire, body)
    assert answer.status_code == 400
    assert answer.json()["error"] in {"invalid_client_metadata", "invalid_redirect_uri"}
    assert not clients(wire)


@pytest.mark.row("RG-05")
async def test_redirect_uris_are_a_list_of_uris(wire: Wire) -> None:
    for uris in (None, [], REDIRECT_URI, {}, 1, [None], [1], [{}], [""], [REDIRECT_URI, 1]):
        assert refused(await post(wire, json.dumps(GOOD | {"redirect_uris": uris}).encode()), "invalid_redirect_uri")
    assert refused(await post(wire, b'{"client_name": "App"}'), "invalid_redirect_uri")


@pytest.mark.row("RG-06")
async def test_how_many_and_how_long_redirect_uris_may_be_is_bounded(wire: Wire) -> None:
    for uris in ([f"{REDIRECT_URI}/{n}" for n in range(11)], [f"{REDIRECT_URI}?{'a' * 2049}"]):
        assert refused(await post(wire, json.dumps({"redirect_uris": uris}).encode()), "invalid_redirect_uri")


@pytest.mark.row("RG-07")
@pytest.mark.parametrize(
    "uri",
    [
        pytest.param("JaVaScRiPt:alert(1)", id="rg_07"),
        pytest.param("\u0001javascript:alert(1)", id="rg_07_control"),
        pytest.param("https://app.example/cb#x", id="rg_09"),
        pytest.param("https://claude.ai@evil.example/cb", id="rg_10"),
        pytest.param("https://*.example.com/*", id="rg_11"),
        pytest.param("https://app.example/%2e%2e/cb", id="rg_13"),
        pytest.param("ms-settings://cb", id="rg_14"),
        pytest.param("https://clаude.ai/cb", id="rg_15"),
    ],
)
async def test_to_15_an_unsafe_redirect_uri_is_refused_and_not_repeated(wire: Wire, uri: str) -> None:
    answer = await post(wire, json.dumps({"redirect_uris": [uri]}).encode())
    assert refused(answer, "invalid_redirect_uri")
    assert "evil" not in answer.text
    assert not clients(wire)
    beside = await post(wire, json.dumps({"redirect_uris": [uri, REDIRECT_URI]}).encode())
    assert beside.json()["redirect_uris"] == [REDIRECT_URI]
    assert "evil" not in beside.text


@pytest.mark.row("RG-14")
async def test_a_private_use_scheme_of_an_app_or_a_reversed_domain_is_registered(wire: Wire) -> None:
    uris = ["cursor://anysphere.cursor-mcp/oauth/callback", "com.example.app:/cb", "vscodium://x/cb"]
    assert (await post(wire, json.dumps({"redirect_uris": uris}).encode())).json()["redirect_uris"] == uris


@pytest.mark.row("RG-17")
async def test_a_web_application_is_on_the_web(wire: Wire) -> None:
    local = ["http://127.0.0.1/cb"]
    for kind, uris, status in (
        ("web", local, 400),
        ("web", ["cursor://x/cb"], 400),
        ("web", [REDIRECT_URI], 201),
        ("native", [REDIRECT_URI], 201),
        ("native", local, 201),
        (None, local, 201),
    ):
        metadata = {"redirect_uris": uris} | ({"application_type": kind} if kind else {})
        answer = await post(wire, json.dumps(metadata).encode())
        assert answer.status_code == status, metadata
        if status == 400:
            assert refused(answer, "invalid_redirect_uri")


@pytest.mark.row("RG-18")
async def test_an_authentication_method_that_is_not_supported_is_refused(wire: Wire) -> None:
    for method in ("tls_client_auth", "private_key_jwt", "x", 1, [], {}):
        metadata = GOOD | {"token_endpoint_auth_method": method}
        assert refused(await post(wire, json.dumps(metadata).encode()), "invalid_client_metadata")


@pytest.mark.row("RG-18")
async def test_keys_may_be_elsewhere_but_not_at_our_own_address(wire: Wire) -> None:
    signs = GOOD | {"token_endpoint_auth_method": "private_key_jwt"}
    for host, status in (("https://app.example", 201), (wire.issuer, 400)):
        answer = await post(wire, json.dumps(signs | {"jwks_uri": f"{host}/keys.json"}).encode())
        assert answer.status_code == status, answer.text


@pytest.mark.row("RG-19")
async def test_of_the_grant_types_asked_for_the_answer_shows_those_there_are(wire: Wire) -> None:
    asked = ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code", "implicit"]
    answer = await post(wire, json.dumps(GOOD | {"grant_types": asked}).encode())
    assert answer.status_code == 201
    assert answer.json()["grant_types"] == ["authorization_code", "refresh_token"]
    assert refused(
        await post(wire, json.dumps(GOOD | {"grant_types": ["implicit"]}).encode()), "invalid_client_metadata"
    )


@pytest.mark.row("RG-21")
async def test_the_server_alone_decides_what_a_client_is_called(wire: Wire) -> None:
    theirs = {"client_id": "https://evil.example/", "client_secret": "x", "client_id_issued_at": 1, "trusted": True}
    answer = (await post(wire, json.dumps(GOOD | theirs).encode())).json()
    assert answer["client_id"].startswith("mcp_")
    assert answer["client_secret"] != "x"
    assert answer["client_id_issued_at"] == wire.bridge.clock()
    assert "trusted" not in answer


@pytest.mark.row("RG-22")
async def test_no_address_of_a_client_is_ever_fetched(wire: Wire) -> None:
    """Any request that leaves the test fails it (tests.bridge)."""
    client = await wire.register(logo_uri="http://169.254.169.254/", jwks_uri="https://10.0.0.1/")
    page = await wire("GET", f"/authorize?{client.query()}")
    assert "169.254" not in page.text
    for uri in ("javascript:alert(1)", "https://app.example/" + "a" * 5000):
        for member in ("logo_uri", "client_uri", "tos_uri", "policy_uri", "jwks_uri", "logo_uri#ja"):
            assert refused(await post(wire, json.dumps(GOOD | {member: uri}).encode()), "invalid_client_metadata")


@pytest.mark.row("RG-23")
async def test_a_software_statement_confers_nothing(wire: Wire) -> None:
    answer = await post(wire, json.dumps(GOOD | {"software_statement": "eyJhbGciOiJub25lIn0.e30."}).encode())
    assert answer.status_code == 201
    assert "software_statement" not in answer.json()


@pytest.mark.row("RG-25")
async def test_a_public_client_gets_no_secret(wire: Wire) -> None:
    answer = await post(wire, json.dumps(GOOD | {"token_endpoint_auth_method": "none"}).encode())
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert not answer.json().keys() & {"client_secret", "client_secret_expires_at"}


@pytest.mark.row("RG-25")
async def test_a_confidential_client_gets_a_secret_of_which_we_keep_the_hash(wire: Wire) -> None:
    answer = (await post(wire, json.dumps(GOOD).encode())).json()
    secret = answer["client_secret"]
    assert answer["client_secret_expires_at"] == 0
    stored = await wire.bridge.adapters.stores.clients.get(answer["client_id"], wire.bridge.clock())
    assert stored is not None
    assert stored.secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in repr(clients(wire))


@pytest.mark.row("RG-27")
async def test_a_client_that_nobody_authorized_is_gone_after_a_month(wire: Wire) -> None:
    client = await wire.register()
    wire.bridge.clock.now += NEVER_AUTHORIZED_LIFETIME - 1
    assert (await wire("GET", f"/authorize?{client.query()}")).status_code == 200
    wire.bridge.clock.now += 1
    answer = await wire("GET", f"/authorize?{client.query()}")
    assert answer.status_code == 400
    assert client.redirect_uri not in answer.text
    assert clients(wire)
    await wire.bridge.sweep.run()
    assert not clients(wire)


@pytest.mark.row("RG-27")
@pytest.mark.parametrize("years", [1, 10])
async def test_a_client_outlives_the_grants_it_was_given(tmp_path: Path, years: int) -> None:
    lifetime = years * 365 * 86_400
    async with running_bridge(tmp_path, environment={"MAILCONNECT_GRANT_LIFETIME": str(lifetime)}) as bridge:
        client = await Wire(bridge).register()
        bridge.clock.now += NEVER_AUTHORIZED_LIFETIME - 10
        await client.tokens()
        last = bridge.clock() + lifetime + KEPT_AFTER_GRANT - 1
        assert await bridge.adapters.stores.clients.get(client.id, last)
        assert not await bridge.adapters.stores.clients.get(client.id, last + 1)


@pytest.mark.row("RG-29")
async def test_the_same_registration_again_is_another_client(wire: Wire) -> None:
    first, second = [(await post(wire, json.dumps(GOOD).encode())).json()["client_id"] for _ in range(2)]
    assert first != second
    assert len(clients(wire)) == 2


async def test_any_origin_may_register(wire: Wire) -> None:
    headers = JSON | {"Origin": "https://any.example"}
    for body, status in ((json.dumps(GOOD).encode(), 201), (b"{}", 400)):
        answer = await post(wire, body, headers)
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
    preflight = await wire("OPTIONS", "/register", headers={"Access-Control-Request-Method": "POST"})
    assert preflight.headers["access-control-allow-methods"] == "POST"


async def test_registration_is_post_alone(wire: Wire) -> None:
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        answer = await wire(method, "/register")
        assert answer.status_code == 405
        assert "POST" in answer.headers["allow"]


async def test_a_body_over_32_kib_is_not_read(wire: Wire) -> None:
    answer = await post(wire, json.dumps(GOOD | {"x": "a" * 40_000}).encode())
    assert answer.status_code == 413
    assert answer.json()["error"] == "invalid_request"


async def test_a_nameless_client_is_shown_by_its_host(wire: Wire) -> None:
    client = await wire.register(client_name=None)
    assert "app.example" in (await wire("GET", f"/authorize?{client.query()}")).text
