import pytest

pytestmark = pytest.mark.anyio

ISSUER = "http://127.0.0.1:8788"


async def test_the_sign_in_page_is_a_plain_form_marked_as_sandbox(client):
    answer = await client.http.get(client.request())
    assert answer.status_code == 200
    assert "text/html" in answer.headers["content-type"]
    assert "Sandbox" in answer.text
    assert 'name="username"' in answer.text or "name=username" in answer.text
    assert "mailconnect" in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_the_page_is_shown_at_every_authorization(client):
    await client.connect()
    assert "<form" in (await client.http.get(client.request())).text


async def test_signing_in_answers_code_state_and_issuer(client, parameters_of):
    answer = parameters_of(await client.sign_in(client.request()))
    assert answer.keys() == {"code", "state", "iss"}
    assert (answer["state"], answer["iss"]) == ("a state", ISSUER)


async def test_the_address_signs_in_as_well_as_the_login(client, parameters_of):
    assert "code" in parameters_of(await client.sign_in(client.request(), "bob@sandbox.test"))


async def test_a_wrong_password_shows_the_form_again(client):
    answer = await client.sign_in(client.request(), password="wrong")
    assert answer.status_code == 403
    assert "Wrong username or password" in answer.text
    assert "<form" in answer.text


async def test_cancel_is_access_denied_with_state_and_issuer(client, provider, parameters_of):
    answer = parameters_of(await client.sign_in(client.request(), decision="deny"))
    assert answer.pop("error_description")
    assert answer == {"error": "access_denied", "state": "a state", "iss": ISSUER}
    assert provider.counters.denials == 1


@pytest.mark.parametrize(
    ("parameter", "value", "error"),
    [
        ("response_type", None, "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("scope", None, "invalid_scope"),
        ("scope", "urn:ietf:params:oauth:scope:everything", "invalid_scope"),
        ("code_challenge", None, "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", None, "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("state", None, "invalid_request"),
        ("resource", "https://another.example/", "invalid_target"),
    ],
)
async def test_a_wrong_request_is_told_to_the_client(client, parameters_of, parameter, value, error):
    answer = parameters_of(await client.http.get(client.request(**{parameter: value})))
    assert (answer["error"], answer["iss"]) == (error, ISSUER)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("client_id", None),
        ("client_id", "another"),
        ("redirect_uri", None),
        ("redirect_uri", "https://evil.example/auth/callback"),
        ("redirect_uri", "http://127.0.0.1:8787/auth/callback/"),
    ],
)
async def test_without_a_trusted_redirect_uri_the_person_gets_a_page(client, parameter, value):
    answer = await client.http.get(client.request(**{parameter: value}))
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "Sandbox" in answer.text


async def test_a_repeated_parameter_gets_a_page(client):
    answer = await client.http.get(client.request() + "&state=another")
    assert (answer.status_code, "location" in answer.headers) == (400, False)


@pytest.mark.parametrize("query", [b"", b"\xff", b"client_id=%ff", b"a=b&" * 60, b"client_id=mailconnect-sandbox"])
async def test_a_query_that_cannot_be_read_gets_a_page(app, query):
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    headers = [(b"host", b"[")]
    scope = {"type": "http", "method": "GET", "path": "/oauth/authorize", "query_string": query, "headers": headers}
    await app(scope, receive, send)
    assert sent[0]["status"] == 400


async def test_a_clients_name_is_escaped(client):
    script = "<script>alert(1)</script>"
    registered = await client.http.post(
        "/oauth/register", json={"client_name": script, "redirect_uris": ["http://localhost/cb"]}
    )
    client.client_id = registered.json()["client_id"]
    scope = "urn:ietf:params:oauth:scope:mail"
    answer = await client.http.get(client.request(redirect_uri="http://localhost:1/cb", scope=scope))
    assert "&lt;script&gt;" in answer.text
    assert script not in answer.text


async def test_the_resource_can_be_made_mandatory(client, provider, parameters_of):
    provider.switches.resource_required = True
    assert parameters_of(await client.http.get(client.request()))["error"] == "invalid_target"
    answer = await client.http.get(client.request(resource=f"{ISSUER}/jmap/session"))
    assert answer.status_code == 200


async def test_a_loopback_redirect_uri_may_have_any_port(client, parameters_of):
    answer = await client.sign_in(client.request(redirect_uri="http://127.0.0.1:40001/auth/callback"))
    assert answer.headers["location"].startswith("http://127.0.0.1:40001/auth/callback?")
