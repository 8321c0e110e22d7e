import pytest

pytestmark = pytest.mark.anyio

ISSUER = "http://127.0.0.1:8788"


async def test_the_token_endpoint_is_called_refresh(http):
    document = (await http.get("/.well-known/oauth-authorization-server")).json()
    assert document["issuer"] == ISSUER
    assert document["token_endpoint"] == f"{ISSUER}/oauth/refresh"
    assert document["authorization_endpoint"] == f"{ISSUER}/oauth/authorize"
    assert document["revocation_endpoint"] == f"{ISSUER}/oauth/revoke"
    assert document["registration_endpoint"] == f"{ISSUER}/oauth/register"


async def test_only_public_clients_with_s256_are_offered(http):
    document = (await http.get("/.well-known/oauth-authorization-server")).json()
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["token_endpoint_auth_methods_supported"] == ["none"]
    assert document["authorization_response_iss_parameter_supported"] is True


async def test_openid_configuration_says_the_same(http):
    one = await http.get("/.well-known/oauth-authorization-server")
    other = await http.get("/.well-known/openid-configuration")
    assert one.json() == other.json()


async def test_the_resource_is_the_session_and_names_its_server(http):
    document = (await http.get("/.well-known/oauth-protected-resource/jmap/session")).json()
    assert document["resource"] == f"{ISSUER}/jmap/session"
    assert document["authorization_servers"] == [ISSUER]
    assert "urn:ietf:params:oauth:scope:mail" in document["scopes_supported"]


@pytest.mark.parametrize("path", ["/nothing", "/oauth/token", "/.well-known/oauth-protected-resource", "/jmap/api"])
async def test_an_unknown_path_is_sent_elsewhere(http, path):
    answer = await http.get(path)
    assert (answer.status_code, answer.headers["location"]) == (302, "/")


async def test_a_known_path_refuses_other_methods(http):
    assert (await http.get("/oauth/refresh")).status_code == 405


async def test_the_first_page_says_what_this_is(http):
    assert "Sandbox" in (await http.get("/")).text


async def test_well_known_jmap_leads_to_the_session(http):
    answer = await http.get("/.well-known/jmap")
    assert answer.headers["location"] == f"{ISSUER}/jmap/session"
