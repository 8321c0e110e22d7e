import pytest

pytestmark = pytest.mark.anyio

CHALLENGE = 'Bearer resource_metadata="http://127.0.0.1:8788/.well-known/oauth-protected-resource/jmap/session"'
MCP = "https://www.fastmail.com/dev/mcp"


def refused(answer):
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["www-authenticate"] == CHALLENGE
    return answer.text


@pytest.mark.parametrize(("method", "path"), [("GET", "/jmap/session"), ("POST", "/jmap/api/")])
@pytest.mark.parametrize(
    ("header", "body"),
    [
        (None, "No Authorization header"),
        ("Basic YWxpY2U6c2VjcmV0", "Invalid Authorization header, not bearer"),
        ("Bearer", "Invalid Authorization bearer parameters, not valid format"),
        ("Bearer something", "Invalid Authorization bearer parameters, not valid format"),
        ("Bearer fmr1-0-0-0-0", "Invalid Authorization bearer parameters, not valid format"),
        ("Bearer fmu1-0-0-0-0", "Invalid Authorization bearer token"),
        ("Bearer fmu1-sandbox-carol-full", "Invalid Authorization bearer token"),
    ],
)
async def test_a_401_is_plain_text_in_fastmails_words(http, method, path, header, body):
    headers = {} if header is None else {"authorization": header}
    assert refused(await http.request(method, path, headers=headers)) == body


async def test_an_access_token_opens_the_session(client):
    tokens = await client.connect("bob")
    assert (await client.session(tokens["access_token"])).json()["username"] == "bob@sandbox.test"


async def test_a_token_for_the_mcp_server_is_nothing_to_jmap(client):
    tokens = await client.connect(scope=f"{MCP} offline_access")
    assert refused(await client.session(tokens["access_token"]))
    assert refused(await client.session("fmu1-sandbox-alice-mcp"))


async def test_an_api_token_can_be_taken_back(client, provider):
    assert (await client.session("fmu1-sandbox-alice-full")).status_code == 200
    provider.switches.revoked_api_tokens = frozenset({"fmu1-sandbox-alice-full"})
    assert refused(await client.session("fmu1-sandbox-alice-full"))
    assert (await client.session("fmu1-sandbox-alice-readonly")).status_code == 200


async def test_the_scheme_is_read_in_any_case(http):
    answer = await http.get("/jmap/session", headers={"authorization": "bearer fmu1-sandbox-alice-full"})
    assert answer.status_code == 200
