"""The assistant against a small MCP server whose authorization server is the sandbox itself."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.assistant.errors import AssistantError, Denied, ErrorStatus, ToolError
from mailconnect.sandbox.person import Person
from mailconnect.sandbox.settings import Settings
from mailconnect.sandbox.switches import Fault

pytestmark = pytest.mark.anyio

ISSUER = "http://127.0.0.1:8788"
MCP_URL = "http://127.0.0.1:8787/mcp"
SCOPE = "urn:ietf:params:oauth:scope:mail"
METADATA = "http://127.0.0.1:8787/.well-known/oauth-protected-resource/mcp"


class Bridge:
    """As much of an MCP server as an assistant needs to see."""

    def __init__(self, provider) -> None:
        self.provider = provider
        self.challenge = f'Bearer resource_metadata="{METADATA}"'
        self.resource = {"resource": MCP_URL, "authorization_servers": [ISSUER], "scopes_supported": [SCOPE]}
        self.answers: dict[str, dict] = {}
        self.seen: list[tuple[str, str | None]] = []
        self.app = Starlette(
            routes=[
                Route("/mcp", self.mcp, methods=["POST"]),
                Route("/.well-known/oauth-protected-resource/mcp", self.metadata),
            ]
        )

    async def metadata(self, _: Request) -> Response:
        return JSONResponse(self.resource)

    async def mcp(self, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        issued = self.provider.state.access_token(token)
        if issued is None or self.provider.state.grant(issued.grant_id).ended_because:
            return Response("not that token: " + token, 401, {"www-authenticate": self.challenge})
        message = await request.json()
        self.seen.append((message["method"], request.headers.get("mcp-protocol-version")))
        if "id" not in message:
            return Response(status_code=202)
        results = {
            "initialize": {"result": {"protocolVersion": "2025-11-25", "instructions": "hello"}},
            "tools/list": {"result": {"tools": [{"name": "list_mailboxes"}]}},
            "tools/call": {"result": {"content": [], "structuredContent": message["params"]}},
            **self.answers,
        }
        return JSONResponse({"jsonrpc": "2.0", "id": message["id"], **results[message["method"]]})


@pytest.fixture
def settings() -> Settings:
    return Settings(resources=frozenset({MCP_URL}))


@pytest.fixture
def bridge(provider) -> Bridge:
    return Bridge(provider)


@pytest.fixture
async def network(app, bridge):
    mounts = {ISSUER: httpx.ASGITransport(app), "http://127.0.0.1:8787": httpx.ASGITransport(bridge.app)}
    async with httpx.AsyncClient(mounts=mounts) as http:
        yield http


@pytest.fixture
def assistant(network) -> Assistant:
    return Assistant(MCP_URL, network)


@pytest.fixture
def person(network) -> Person:
    return Person("alice", "secret", network)


async def test_from_a_url_to_a_tools_answer(assistant, person, bridge):
    tokens = await assistant.connect(person)
    assert tokens.scope == f"offline_access {SCOPE}"
    assert (await assistant.initialize())["instructions"] == "hello"
    assert [tool["name"] for tool in await assistant.list_tools()] == ["list_mailboxes"]
    answer = await assistant.call_tool("list_mailboxes", {"account": "x"})
    assert answer["structuredContent"] == {"name": "list_mailboxes", "arguments": {"account": "x"}}
    assert bridge.seen == [
        ("initialize", None),
        ("notifications/initialized", "2025-11-25"),
        ("tools/list", "2025-11-25"),
        ("tools/call", "2025-11-25"),
    ]


async def test_refreshing_goes_on_working_and_revoking_ends_it(assistant, person):
    first = await assistant.connect(person)
    second = await assistant.refresh()
    assert second.refresh_token != first.refresh_token
    await assistant.list_tools()
    await assistant.revoke()
    with pytest.raises(ErrorStatus, match="tools/list: status 401") as raised:
        await assistant.list_tools()
    assert raised.value.challenge.startswith("Bearer resource_metadata=")


async def test_a_refresh_token_that_is_not_returned_stays(assistant, person, provider):
    first = await assistant.connect(person)
    provider.switches.add(Fault("token.refresh", omit=("refresh_token",), times=1))
    assert (await assistant.refresh()).refresh_token == first.refresh_token


async def test_a_challenge_without_metadata_leads_to_the_well_known_place(assistant, bridge):
    bridge.challenge = f'Bearer scope="{SCOPE}"'
    assert (await assistant.discover()).scopes == (SCOPE, "offline_access")


async def test_an_assistant_may_know_its_client_id_already(network, person):
    assistant = Assistant(
        MCP_URL, network, client_id="mailconnect-sandbox", redirect_uri="http://127.0.0.1:1/auth/callback"
    )
    await assistant.connect(person)
    assert assistant.client_id == "mailconnect-sandbox"


async def test_no_secret_is_in_an_error_or_a_repr(assistant, person):
    tokens = await assistant.connect(person)
    await assistant.revoke()
    with pytest.raises(ErrorStatus, match=r"\[secret\]") as raised:
        await assistant.list_tools()
    for secret in (tokens.access_token, tokens.refresh_token):
        assert secret not in f"{raised.value} {raised.value.body} {tokens!r}"


async def test_a_denial_is_told_by_its_code(assistant, person):
    with pytest.raises(Denied, match="access_denied") as raised:
        await assistant.connect(person, sign_in="deny")
    assert raised.value.code == "access_denied"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault("metadata", change={"issuer": "https://evil.example"}), "server metadata is about 'https://evil"),
        (Fault("metadata", change={"code_challenge_methods_supported": ["plain"]}), "does not list S256"),
        (Fault("metadata", omit=("registration_endpoint",)), "names no registration_endpoint"),
        (Fault("metadata", answer="html"), "not a JSON object"),
        (Fault("metadata", answer=503), "server metadata at .*: status 503"),
        (Fault("register", error="invalid_redirect_uri"), "registration: status 400: .*invalid_redirect_uri"),
        (Fault("register", omit=("client_id",)), "without client_id"),
        (Fault("authorize.decision", change={"state": "x"}), "does not carry the state"),
        (Fault("authorize.decision", change={"iss": "https://evil.example"}), "is from 'https://evil.example'"),
        (Fault("authorize.decision", omit=("iss",)), "is from None"),
        (Fault("authorize.decision", omit=("code",)), "neither code nor error"),
        (Fault("token", error="invalid_grant"), "code exchange: status 400: .*invalid_grant"),
        (Fault("token", change={"token_type": "mac"}), "holds no bearer token"),
        (Fault("token", answer="invalid_json"), "code exchange: the answer is not a JSON object"),
    ],
)
async def test_an_assistant_checks_what_it_is_told(assistant, person, provider, fault, reason):
    provider.switches.add(fault)
    with pytest.raises(AssistantError, match=reason):
        await assistant.connect(person)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"resource": "http://127.0.0.1:8787/mcp/"}, "resource metadata is about"),
        ({"authorization_servers": []}, "names no authorization server"),
    ],
)
async def test_an_assistant_checks_the_resource_metadata(assistant, bridge, change, reason):
    bridge.resource |= change
    with pytest.raises(AssistantError, match=reason):
        await assistant.discover()


async def test_a_json_rpc_error_is_told(assistant, person, bridge):
    await assistant.connect(person)
    bridge.answers["tools/call"] = {"error": {"code": -32602, "message": "unknown tool"}}
    with pytest.raises(ToolError, match="-32602: unknown tool"):
        await assistant.call_tool("nothing")
    bridge.answers["tools/call"] = {}
    with pytest.raises(AssistantError, match="neither result nor error"):
        await assistant.call_tool("nothing")


async def test_the_steps_have_an_order(assistant):
    with pytest.raises(AssistantError, match=r"discover\(\) comes first"):
        assistant.authorization_url()
    with pytest.raises(AssistantError, match=r"connect\(\) comes first"):
        await assistant.list_tools()
    with pytest.raises(AssistantError, match="no authorization is under way"):
        await assistant.finish("http://127.0.0.1:33418/callback?code=x")
