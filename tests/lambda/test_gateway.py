"""What a gateway makes of a request and of an answer, and that the built functions see and send what was meant."""

import json
from typing import Any

import httpx
import pytest

from mailconnect.sandbox.person import Person
from tests.infra.gateway import payload
from tests.infra.running import DOMAIN, Running

pytestmark = [pytest.mark.aws, pytest.mark.anyio]

METADATA = "/.well-known/oauth-authorization-server"


@pytest.mark.row("MC-03")
async def test_without_a_token_there_is_a_challenge(deployed: Running) -> None:
    async with deployed.http() as http:
        answer = await http.post(f"{deployed.issuer}/mcp", json={})
    assert answer.status_code == 401
    [challenge] = answer.headers.get_list("www-authenticate")
    assert f'resource_metadata="{deployed.issuer}/.well-known/oauth-protected-resource/mcp"' in challenge


@pytest.mark.parametrize(("method", "status"), [("GET", 401), ("DELETE", 401), ("PUT", 405)])
async def test_the_other_methods_of_the_mcp_endpoint_are_not_the_gateways_404(
    deployed: Running, method: str, status: int
) -> None:
    """Without a token: what a client may ask is challenged, what nobody may ask is 405."""
    async with deployed.http() as http:
        assert (await http.request(method, f"{deployed.issuer}/mcp")).status_code == status


async def test_a_closing_slash_leads_to_the_mcp_endpoint(deployed: Running) -> None:
    async with deployed.http() as http:
        answer = await http.post(f"{deployed.issuer}/mcp/", json={}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, f"{deployed.issuer}/mcp")


@pytest.mark.row("OP-01")
@pytest.mark.parametrize("path", ["/%256dcp", "/MCP", "/accounts", "/sandbox/counters", "/operator", "/sweep"])
async def test_another_path_leads_nowhere(deployed: Running, path: str) -> None:
    async with deployed.http() as http:
        answer = await http.post(f"{deployed.issuer}{path}", json={})
    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})


async def test_a_path_is_not_decoded_a_second_time(deployed: Running) -> None:
    """The event of a gateway that does not, for a function that does."""
    event = payload("GET", "/.well-known/oauth-authorization-serve%2572", host=DOMAIN)
    assert event["rawPath"].endswith("%72")
    outcome = deployed.functions["Oauth"].invoke(json.dumps(event).encode())
    assert outcome.document()["statusCode"] == 404


async def test_a_repeated_parameter_is_refused_though_the_gateway_joins_it(deployed: Running) -> None:
    async with deployed.http() as http:
        answer = await http.get(f"{deployed.issuer}/authorize?client_id=a&client_id=b&response_type=code")
    assert answer.status_code == 400
    assert deployed.gateway.events[-1]["queryStringParameters"]["client_id"] == "a,b"


async def test_two_authorization_headers_joined_by_the_gateway_are_refused(deployed: Running) -> None:
    headers = [("authorization", "Bearer a"), ("authorization", "Bearer b")]
    async with deployed.http() as http:
        answer = await http.post(f"{deployed.issuer}/mcp", json={}, headers=headers)
    assert answer.status_code == 400
    assert 'error="invalid_request"' in answer.headers["www-authenticate"]


async def test_cookies_are_for_our_host_alone_and_come_back_as_they_were(deployed: Running) -> None:
    async with deployed.http() as http:
        assistant = deployed.assistant(http)
        await assistant.discover()
        await assistant.register()
        page = await http.get(assistant.authorization_url())
    [cookie] = page.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-mailconnect-consent=")
    assert "Secure" in cookie
    assert deployed.gateway.answers[-1]["cookies"] == [cookie]


@pytest.mark.row("DP-06")
async def test_every_answer_asks_for_https(deployed: Running) -> None:
    async with deployed.http() as http:
        for path in ("/", "/mcp", METADATA, "/static/style.css"):
            answer = await http.get(f"{deployed.issuer}{path}")
            assert answer.headers["strict-transport-security"].startswith("max-age=63072000"), path


async def test_an_empty_answer_has_no_type_of_its_own(deployed: Running) -> None:
    async with deployed.http() as http:
        assistant = deployed.assistant(http)
        await assistant.connect(Person("alice", "secret", http))
        assert assistant.tokens
        headers = {
            "authorization": f"Bearer {assistant.tokens.access_token}",
            "accept": "application/json, text/event-stream",
        }
        notification = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        accepted = await http.post(f"{deployed.issuer}/mcp", json=notification, headers=headers)
        preflight = await http.options(f"{deployed.issuer}/token")
    assert (accepted.status_code, accepted.content, "content-type" in accepted.headers) == (202, b"", False)
    assert (preflight.status_code, "content-type" in preflight.headers) == (204, False)


async def test_pages_pictures_and_documents_arrive_as_text(deployed: Running) -> None:
    async with deployed.http() as http:
        http.headers["accept-encoding"] = "identity"  # what is compressed is base64
        for path in ("/", "/connect", "/privacy", "/static/style.css", "/favicon.svg", "/robots.txt", METADATA):
            answer = await http.get(f"{deployed.issuer}{path}")
            assert answer.status_code == 200, path
            assert deployed.gateway.answers[-1]["isBase64Encoded"] is False, path
            head = await http.head(f"{deployed.issuer}{path}")
            assert (head.status_code, head.content) == (200 if path != METADATA else head.status_code, b""), path


async def test_a_compressed_file_arrives_as_it_was(deployed: Running) -> None:
    async with deployed.http() as http:
        plain, small = [
            await http.get(f"{deployed.issuer}/static/style.css", headers={"accept-encoding": coding})
            for coding in ("identity", "gzip")
        ]
    assert small.headers["content-encoding"] == "gzip"
    assert small.content == plain.content


FOREIGN: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a bucket's": {"Records": [{"eventSource": "aws:s3"}]},
    "one without context": {"version": "2.0", "rawPath": METADATA, "rawQueryString": "", "headers": {}},
    "payload 1.0": {"resource": "/", "path": METADATA, "httpMethod": "GET", "headers": {}, "requestContext": {}},
    "another name's": payload("GET", METADATA, host="a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"),
}


@pytest.mark.parametrize("entry", ["Oauth", "Web", "Mcp"])
@pytest.mark.parametrize("event", FOREIGN.values(), ids=FOREIGN.keys())
def test_an_event_that_is_not_the_gateways_gets_a_plain_refusal(
    deployed: Running, entry: str, event: dict[str, Any]
) -> None:
    answer = deployed.invoke(entry, event)
    assert answer["statusCode"] == 403
    assert "Traceback" not in json.dumps(answer) + deployed.log(entry)


@pytest.mark.row("MC-10")
async def test_another_host_header_is_refused(deployed: Running) -> None:
    event = payload("POST", "/mcp", [("Host", "evil.example")], host=DOMAIN)
    assert deployed.functions["Mcp"].invoke(json.dumps(event).encode()).document()["statusCode"] == 421


async def test_a_form_is_base64_on_the_way_and_read_all_the_same(deployed: Running) -> None:
    async with deployed.http() as http:
        answer = await http.post(f"{deployed.issuer}/token", data={"grant_type": "password"})
    assert deployed.gateway.events[-1]["isBase64Encoded"] is True
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


async def test_a_body_that_is_too_large_is_refused(deployed: Running) -> None:
    async with deployed.http() as http:
        answer = await http.post(
            f"{deployed.issuer}/token", content=b"a" * 100_000, headers={"content-type": "text/plain"}
        )
    assert answer.status_code in (400, 413)


async def test_a_client_that_names_itself_oddly_cannot_break_an_event(deployed: Running) -> None:
    async with deployed.http() as http:
        headers = {"user-agent": "\u00fc".encode("latin-1"), "x-odd": b"a\tb"}
        answer = await http.get(f"{deployed.issuer}{METADATA}", headers=httpx.Headers(headers))
    assert answer.status_code == 200
