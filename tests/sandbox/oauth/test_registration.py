import pytest

pytestmark = pytest.mark.anyio

LOOPBACK = "http://127.0.0.1:49152/callback"


async def register(http, **document):
    return await http.post("/oauth/register", json={"redirect_uris": [LOOPBACK], **document})


async def test_a_loopback_client_is_registered_and_its_redirect_uri_answered_in_another_form(http):
    answer = await register(http, client_name="A client", scope="urn:ietf:params:oauth:scope:mail offline_access")
    assert answer.status_code == 201
    assert answer.json()["redirect_uris"] == ["http://localhost/callback"]
    assert answer.json()["token_endpoint_auth_method"] == "none"
    assert "client_secret" not in answer.json()


async def test_a_loopback_client_gets_a_code_at_the_redirect_uri_it_asked_for(http, client, parameters_of):
    scope = "urn:ietf:params:oauth:scope:mail offline_access"
    client.client_id = (await register(http, scope=scope)).json()["client_id"]
    answer = await client.sign_in(client.request(redirect_uri=LOOPBACK, scope=scope))
    assert answer.headers["location"].startswith(LOOPBACK)
    tokens = await client.redeem(parameters_of(answer)["code"], redirect_uri=LOOPBACK)
    assert tokens.json()["refresh_token"].startswith("fmr1-")


async def test_the_redirect_uri_can_be_answered_as_it_was_asked(http, provider):
    provider.switches.normalised_registration = False
    assert (await register(http)).json()["redirect_uris"] == [LOOPBACK]


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://mailconnect.example/auth/callback",
        "http://mailconnect.example/auth/callback",
        "http://user@127.0.0.1/callback",
        "http://127.0.0.1/callback#",
        "http://127.0.0.1/a/../callback",
        "http://127.0.0.1:99999/callback",
        "plain:/callback",
        "",
        None,
        1,
    ],
)
async def test_a_redirect_uri_that_is_not_loopback_is_refused(http, redirect_uri):
    answer = await register(http, redirect_uris=[LOOPBACK, redirect_uri])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_redirect_uri")


async def test_a_private_use_scheme_in_reverse_domain_notation_is_taken(http):
    answer = await register(http, redirect_uris=["com.example.app:/callback"])
    assert answer.json()["redirect_uris"] == ["com.example.app:/callback"]


async def test_loopback_can_be_refused_too(http, provider):
    provider.switches.loopback_registration = False
    answer = await register(http)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_redirect_uri")


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b"[" * 60_000, b"\xff"])
async def test_a_body_that_is_no_object_is_refused(http, body):
    answer = await http.post("/oauth/register", content=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


@pytest.mark.parametrize("document", [{"token_endpoint_auth_method": "client_secret_post"}, {"scope": 1}])
async def test_metadata_that_cannot_be_had_is_refused(http, document):
    answer = await register(http, **document)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


async def test_without_a_scope_offline_access_is_not_registered(http):
    assert "offline_access" not in (await register(http)).json()["scope"]


async def test_a_client_cannot_register_the_older_scopes(http):
    answer = await register(http, scope="urn:ietf:params:jmap:core urn:ietf:params:oauth:scope:mail")
    assert answer.json()["scope"] == "urn:ietf:params:oauth:scope:mail"
