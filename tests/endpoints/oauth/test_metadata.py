"""`/.well-known/*`: rows MD of docs/attacks.md."""

import pytest

from tests.endpoints.wire import ALL_SCOPES, CHALLENGE, Client, Window, Wire, answered

pytestmark = pytest.mark.anyio

SERVER = "/.well-known/oauth-authorization-server"
RESOURCE = "/.well-known/oauth-protected-resource"


@pytest.mark.row("MD-01")
async def test_no_header_changes_what_we_say_of_ourselves(wire: Wire) -> None:
    for path in (SERVER, RESOURCE, f"{RESOURCE}/mcp"):
        expected = (await wire("GET", path)).json()
        for name, value in (
            ("Host", "evil.example"),
            ("Host", "evil.example/../x?y#z"),
            ("Host", "[evil"),
            ("Host", ""),
            ("X-Forwarded-Host", "evil.example"),
            ("X-Forwarded-Proto", "javascript"),
            ("Forwarded", "host=evil.example;proto=http"),
            ("X-Original-URL", "/evil"),
            ("X-Rewrite-URL", "/evil"),
        ):
            answer = await wire("GET", path, headers={name: value})
            assert answer.status_code == 200, (name, value)
            assert answer.json() == expected, (name, value)


@pytest.mark.row("MD-01")
async def test_the_issuer_is_the_address_it_is_asked_at(wire: Wire) -> None:
    """RFC 8414 §3.3, RFC 9728 §3.3."""
    assert (await wire("GET", SERVER)).json()["issuer"] == wire.issuer
    for path in (RESOURCE, f"{RESOURCE}/mcp"):
        document = (await wire("GET", path)).json()
        assert document["resource"] == f"{wire.issuer}/mcp"
        assert document["authorization_servers"] == [wire.issuer]


@pytest.mark.row("MD-02")
@pytest.mark.parametrize("method", ["none", "client_secret_post", "client_secret_basic"])
async def test_every_advertised_authentication_method_and_grant_works(wire: Wire, method: str) -> None:
    assert method in (await wire("GET", SERVER)).json()["token_endpoint_auth_methods_supported"]
    client = await wire.register(token_endpoint_auth_method=method)
    headers = client.basic() if method == "client_secret_basic" else {}
    form = {} if method == "client_secret_basic" else {"client_id": client.id}
    if method == "client_secret_post":
        form["client_secret"] = client.secret or ""
    redemption = {
        "grant_type": "authorization_code",
        "code": await client.code(),
        "redirect_uri": client.redirect_uri,
        "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    }
    first = await wire("POST", "/token", headers=headers, data=form | redemption)
    assert first.status_code == 200, first.text
    rotation = {"grant_type": "refresh_token", "refresh_token": first.json()["refresh_token"]}
    second = await wire("POST", "/token", headers=headers, data=form | rotation)
    assert second.status_code == 200, second.text
    assert (await wire.mcp(second.json()["access_token"])).status_code == 200
    revocation = {"token": second.json()["refresh_token"]}
    assert (await wire("POST", "/revoke", headers=headers, data=form | revocation)).status_code == 200
    assert (await wire.mcp(second.json()["access_token"])).status_code == 401


@pytest.mark.row("MD-02")
async def test_every_advertised_scope_can_be_had_and_opens_a_tool(client: Client) -> None:
    document = (await client.wire("GET", SERVER)).json()
    assert " ".join(document["scopes_supported"]) == ALL_SCOPES
    for scope, tool in (("mailboxes:read", "list_mailboxes"), ("session:read", "get_session")):
        tokens = await client.tokens(scope=scope)
        assert tokens["scope"] == scope
        answer = await client.wire.mcp(tokens["access_token"], "tools/call", name=tool)
        assert answer.json()["result"]["isError"] is False


@pytest.mark.row("MD-02")
async def test_every_advertised_endpoint_is_there(wire: Wire) -> None:
    document = (await wire("GET", SERVER)).json()
    for name in ("authorization_endpoint", "token_endpoint", "registration_endpoint", "revocation_endpoint"):
        path = document[name].removeprefix(wire.issuer)
        assert (await wire("POST", path)).status_code in {400, 401, 403}, name
    for name in ("service_documentation", "op_policy_uri"):
        assert (await wire("GET", document[name].removeprefix(wire.issuer))).status_code == 200, name


@pytest.mark.row("MD-02")
async def test_a_feature_that_is_not_advertised_does_not_work(client: Client) -> None:
    for changes in (
        {"response_type": "token"},
        {"response_mode": "fragment"},
        {"code_challenge_method": "plain"},
        {"code_challenge": None},
    ):
        answer = await client.wire("GET", f"/authorize?{client.query(**changes)}")
        assert answer.status_code == 400
        assert "location" not in answer.headers
    for grant_type in ("password", "client_credentials", "implicit"):
        answer = await client.token(grant_type, username="alice", password="secret", scope=ALL_SCOPES)
        assert answer.json()["error"] == "unsupported_grant_type"
    assert CHALLENGE in client.query()


@pytest.mark.row("MD-02")
async def test_the_issuer_parameter_is_sent_as_advertised(client: Client, window: Window) -> None:
    assert (await client.wire("GET", SERVER)).json()["authorization_response_iss_parameter_supported"] is True
    assert answered(await window.connect(client.query()))["iss"] == client.wire.issuer


@pytest.mark.row("MD-03")
@pytest.mark.parametrize(
    "path",
    [
        f"{SERVER}/mcp",
        f"{SERVER}/other",
        f"{SERVER}/",
        f"{SERVER}%0A",
        "/.well-known/openid-configuration",
        "/.well-known/openid-configuration/mcp",
        "/mcp/.well-known/openid-configuration",
        "/mcp/.well-known/oauth-authorization-server",
        "/.well-known/jwks.json",
        "/.well-known/",
    ],
)
async def test_metadata_is_nowhere_else(wire: Wire, path: str) -> None:
    answer = await wire("GET", path)
    assert answer.status_code == 404
    assert answer.json()["error"] == "not_found"


@pytest.mark.row("MD-05")
@pytest.mark.parametrize("path", [f"{RESOURCE}/other", f"{RESOURCE}/mcp/", f"{RESOURCE}/mcp/x", f"{RESOURCE}/MCP"])
async def test_there_is_one_resource(wire: Wire, path: str) -> None:
    assert (await wire("GET", path)).status_code == 404


@pytest.mark.row("MD-06")
async def test_metadata_is_only_read(wire: Wire) -> None:
    for path in (SERVER, RESOURCE):
        for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT"):
            answer = await wire(method, path, headers={"X-Canary": "canary"})
            assert answer.status_code == 405, method
            assert "GET" in answer.headers["allow"]
            assert "canary" not in answer.text
        assert (await wire("HEAD", path)).status_code == 200


@pytest.mark.row("MD-07")
async def test_any_origin_may_read_metadata_and_none_with_credentials(wire: Wire) -> None:
    for path in (SERVER, RESOURCE):
        answer = await wire("GET", path, headers={"Origin": "https://any.example"})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
        preflight = await wire(
            "OPTIONS", path, headers={"Origin": "https://any.example", "Access-Control-Request-Method": "GET"}
        )
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-methods"] == "GET"
        assert "mcp-protocol-version" in preflight.headers["access-control-allow-headers"].lower()
        assert "access-control-allow-credentials" not in preflight.headers


async def test_metadata_is_json_and_may_be_cached(wire: Wire) -> None:
    for path in (SERVER, RESOURCE):
        answer = await wire("GET", path)
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "public, max-age=300"


async def test_a_query_changes_nothing(wire: Wire) -> None:
    assert (await wire("GET", f"{SERVER}?x=%ff")).json() == (await wire("GET", SERVER)).json()
