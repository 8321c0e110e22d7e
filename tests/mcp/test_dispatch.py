import asyncio
import gc
import json

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailconnect.encoding.fast_json import encode
from mailconnect.jmap.mail import JmapMail
from mailconnect.jmap.mailbox.remembered_places import RememberedPlaces
from mailconnect.mail.errors import Throttled, Unreachable
from mailconnect.mcp.dispatch import MAX_BATCH_BYTES, MAX_IN_BATCH, respond
from mailconnect.mcp.errors import InsufficientScope, InvalidParams, MissingRequiredClientCapability
from mailconnect.mcp.mailconnect import mailconnect
from mailconnect.mcp.message import HttpResponse
from mailconnect.mcp.server import Method, Server
from mailconnect.mcp.tool import Call, Tool
from tests.any_arguments import any_arguments
from tests.mcp.conftest import context_of

pytestmark = pytest.mark.anyio

BATCH_HEADER = ("mcp-protocol-version", "2025-03-26")


def request(method, ident=1, **params):
    return {"jsonrpc": "2.0", "id": ident, "method": method, "params": params}


@pytest.mark.row("MC-13")
@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"id":1,"id":1}', b"[" * 5000, b"NaN"])
async def test_invalid_json_is_400_and_32700_with_a_null_id(endpoint, body):
    given = await endpoint.raw(body, ("mcp-protocol-version", "2026-07-28"))
    assert given.status == 400
    assert json.loads(given.body)["error"]["code"] == -32700
    assert json.loads(given.body)["id"] is None


@pytest.mark.row("MC-14")
@pytest.mark.parametrize(
    ("message", "ident"),
    [
        (5, None),
        ({"jsonrpc": "1.0", "id": 7, "method": "ping"}, 7),
        ({"jsonrpc": "2.0", "id": None, "method": "ping"}, None),
        ({"jsonrpc": "2.0", "id": {}, "method": "ping"}, None),
        ({"jsonrpc": "2.0", "id": "a"}, "a"),
        ({"jsonrpc": "2.0", "id": 1, "result": {}}, 1),
        ({"jsonrpc": "2.0", "id": 1, "error": {"code": 0, "message": ""}}, 1),
    ],
)
async def test_an_invalid_message_is_400_and_32600(endpoint, message, ident):
    status, body = await endpoint.post(message)
    assert (status, body["error"]["code"], body["id"]) == (400, -32600, ident)


@pytest.mark.row("MC-14")
async def test_an_id_out_of_range_is_400_and_32600(endpoint):
    given = await endpoint.raw(b'{"jsonrpc":"2.0","id":1.5e400,"method":"ping"}')
    assert (given.status, json.loads(given.body)["error"]["code"]) == (400, -32600)


@pytest.mark.row("MC-14")
@pytest.mark.parametrize("version", ["2026-07-28", "2025-11-25", "2025-06-18", "v999"])
async def test_a_batch_is_400_and_32600_in_every_revision_but_one(endpoint, version):
    status, body = await endpoint.post([request("ping")], ("mcp-protocol-version", version))
    assert (status, body["error"]["code"]) == (400, -32600)


@pytest.mark.parametrize("headers", [(), (BATCH_HEADER,)])
async def test_2025_03_26_accepts_a_batch(endpoint, headers):
    messages = [
        request("tools/list", "a"),
        {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 9}},
        request("tools/call", "b", name="get_session"),
        request("nope", "c"),
        request("initialize", "d", protocolVersion="2025-03-26"),
        {"jsonrpc": "2.0", "id": 7, "result": {}},
        5,
    ]
    status, body = await endpoint.post(messages, *headers)
    assert status == 200
    assert [(one["id"], one.get("error", {}).get("code")) for one in body] == [
        ("a", None),
        ("b", None),
        ("c", -32601),
        ("d", -32600),
        (7, -32600),
        (None, -32600),
    ]


@pytest.mark.parametrize("messages", [[], [request("ping")] * (MAX_IN_BATCH + 1)])
async def test_an_empty_or_long_batch_is_refused(endpoint, messages):
    status, body = await endpoint.post(messages, BATCH_HEADER)
    assert (status, body["error"]["code"]) == (400, -32600)


async def test_the_answers_of_a_batch_are_bounded_together(endpoint, access):
    access.mailboxes = [access.mailboxes[0] | {"id": f"m{n}", "name": "\U0001f4e7" * 1000} for n in range(1000)]
    calls = [request("tools/call", n, name="list_mailboxes") for n in range(4)] + [request("ping", 4)]
    _, body = await endpoint.post(calls, BATCH_HEADER)
    assert [one["id"] for one in body] == [0, 1, 2, 3, 4]
    assert "result" in body[0]
    assert {one["error"]["message"] for one in body[1:]} == {
        "The answers of this batch are too long together: send this request alone"
    }
    assert access.asked == ["Mailbox/get"] * 2
    assert len(encode(body)) < MAX_BATCH_BYTES + 2000


async def test_others_have_their_turn_between_the_requests_of_a_batch(endpoint):
    turns = 0

    async def others():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    waiting = asyncio.create_task(others())
    await endpoint.post([request("ping", number) for number in range(MAX_IN_BATCH)])
    waiting.cancel()
    assert turns >= MAX_IN_BATCH


async def test_a_batch_of_notifications_is_accepted(endpoint):
    assert await endpoint.post([{"jsonrpc": "2.0", "method": "notifications/initialized"}] * 2) == (202, None)


@pytest.mark.row("MC-07")
async def test_in_a_batch_a_call_that_was_not_allowed_is_told_so_and_the_others_are_served(endpoint, access):
    endpoint.granted = frozenset({"session:read"})
    calls = [request("tools/call", 1, name="list_mailboxes"), request("tools/call", 2, name="get_session")]
    status, body = await endpoint.post(calls)
    assert status == 200
    assert [answer["result"]["isError"] for answer in body] == [True, False]
    assert access.asked == [] or "mailboxes" not in str(access.asked)


@pytest.mark.row("MC-21")
@pytest.mark.parametrize(
    "message",
    [
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}},
        {"jsonrpc": "2.0", "method": "notifications/unheard/of"},
        {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "get_session"}},
        {"jsonrpc": "2.0", "method": "initialize"},
    ],
)
@pytest.mark.parametrize("version", [None, "2025-06-18", "2026-07-28"])
async def test_a_notification_is_202_and_empty_and_does_nothing(endpoint, access, message, version):
    headers = (("mcp-protocol-version", version),) if version else ()
    given = await endpoint.raw(json.dumps(message).encode(), *headers)
    assert (given.status, given.body) == (202, None)
    assert "content-type" not in dict(given.headers)
    assert access.asked == []


@pytest.mark.row("MC-18")
async def test_a_notification_of_an_unknown_version_is_400(endpoint):
    status, body = await endpoint.post(
        {"jsonrpc": "2.0", "method": "notifications/initialized"}, ("mcp-protocol-version", "1999-01-01")
    )
    assert (status, body["error"]["code"], body["id"]) == (400, -32022, None)


@pytest.mark.row("MC-07")
@pytest.mark.parametrize("granted", [frozenset(), frozenset({"session:read"}), frozenset({"mailboxes"})])
@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_a_scope_too_small_for_the_tool_surfaces_for_a_403(endpoint, access, granted, era):
    endpoint.granted = granted
    with pytest.raises(InsufficientScope) as raised:
        await getattr(endpoint, era)("tools/call", name="list_mailboxes", arguments={"wrong": 1})
    assert raised.value.required == {"mailboxes:read"}
    assert access.asked == []


@pytest.mark.parametrize("name", ["get_session", "list_mailboxes"])
async def test_a_mailbox_error_is_a_result_that_the_model_reads(failing, name):
    endpoint = failing(Throttled("429", retry_after=9))
    status, body = await endpoint.modern("tools/call", name=name)
    assert status == 200
    assert body["result"]["isError"] is True
    assert body["result"]["content"] == [{"type": "text", "text": Throttled(retry_after=9).text}]
    assert "structuredContent" not in body["result"]


@pytest.mark.row("MC-35")
@pytest.mark.parametrize("failure", [Unreachable("Bearer fmu1-secret"), RuntimeError("Bearer fmu1-secret")])
@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_no_detail_of_a_failure_reaches_the_client(failing, failure, era):
    _, body = await getattr(failing(failure), era)("tools/call", name="get_session")
    assert "secret" not in json.dumps(body)


async def test_a_fault_nobody_expected_is_an_internal_error_and_stays_for_the_log(failing):
    fault = KeyError("x")
    endpoint = failing(fault)
    given = await endpoint.raw(json.dumps(request("tools/call", "i", name="get_session")).encode())
    assert json.loads(given.body) == {
        "jsonrpc": "2.0",
        "id": "i",
        "error": {"code": -32603, "message": "Internal error"},
    }
    assert given.fault is fault


async def test_an_operation_is_named_without_words_of_the_client(endpoint):
    for message, operation in [
        (request("tools/call", name="get_session"), "tools/call get_session"),
        (request("tools/call", name="Bearer secret"), "tools/call unknown"),
        (request("tools/list"), "tools/list"),
        (request("Bearer secret"), "unknown"),
        ([request("ping")], "batch"),
    ]:
        assert (await endpoint.raw(json.dumps(message).encode())).operation == operation


@pytest.mark.row("MC-22")
async def test_the_same_id_at_the_same_time_answers_each_their_own(access):
    entered, released = [], anyio.Event()

    async def whose(call: Call, _):
        entered.append(call)
        if len(entered) == 2:
            released.set()
        await released.wait()
        return {"content": [{"type": "text", "text": await call.context.mail.account_id()}]}

    class Of:
        def __init__(self, person):
            self.person = person

        async def account_id(self):
            return self.person

    tool = Tool(
        name="whose",
        title="",
        description="",
        arguments=any_arguments({"type": "object"}),
        output_schema=None,
        scopes=(),
        run=whose,
    )
    server = Server(name="s", title="s", version="1", instructions="", tools=(tool,))
    body = json.dumps(request("tools/call", 1, name="whose")).encode()
    answers = {}

    async def ask(person):
        answers[person] = await respond(server, (), body, context_of(Of(person), granted=frozenset()))

    async with anyio.create_task_group() as group:
        for person in ("alice", "bob"):
            group.start_soon(ask, person)
    for person, own in answers.items():
        assert json.loads(own.body)["result"]["content"][0]["text"] == person


async def test_other_methods_can_be_mounted_for_either_era(endpoint):
    async def read(call: Call):
        if call.params.get("uri") != "test://a":
            raise InvalidParams("Resource not found")
        return {"contents": [{"uri": "test://a", "text": call.revision}]}

    async def subscribe(_: Call):
        return {}

    async def needs(call: Call, _):
        if "sampling" not in call.client_capabilities:
            raise MissingRequiredClientCapability({"sampling": {}})
        if "inputResponses" not in call.params:
            return {"resultType": "input_required", "requestState": "s", "inputRequests": {}}
        return {"content": []}

    tool = Tool(
        name="needs",
        title="",
        description="",
        arguments=any_arguments({"type": "object"}),
        output_schema=None,
        scopes=(),
        run=needs,
    )
    endpoint.server = Server(
        name="test",
        title="Test",
        version="1",
        instructions="",
        tools=(tool,),
        methods={"resources/read": Method(read), "resources/subscribe": Method(subscribe, modern=False)},
        capabilities={"resources": {}},
        legacy_capabilities={"resources": {"subscribe": True}},
    )
    _, body = await endpoint.modern("resources/read", uri="test://a")
    assert body["result"]["contents"] == [{"uri": "test://a", "text": "2026-07-28"}]
    assert (body["result"]["ttlMs"], body["result"]["cacheScope"]) == (0, "private")
    assert (await endpoint.legacy("resources/read", uri="test://b"))[1]["error"]["code"] == -32602
    assert (await endpoint.legacy("resources/subscribe"))[1]["result"] == {}
    assert (await endpoint.modern("resources/subscribe"))[0] == 404
    _, body = await endpoint.modern("server/discover")
    assert body["result"]["capabilities"] == {"tools": {}, "resources": {}}
    _, body = await endpoint.legacy("initialize", protocolVersion="2025-06-18")
    assert body["result"]["capabilities"] == {"tools": {}, "resources": {"subscribe": True}}
    status, body = await endpoint.modern("tools/call", name="needs")
    assert (status, body["error"]["code"]) == (400, -32021)
    assert body["error"]["data"] == {"requiredCapabilities": {"sampling": {}}}
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {"sampling": {}},
    }
    _, body = await endpoint.modern("tools/call", name="needs", _meta=meta)
    assert body["result"]["resultType"] == "input_required"
    assert "ttlMs" not in body["result"]
    _, body = await endpoint.modern("tools/call", name="needs", _meta=meta, inputResponses={})
    assert body["result"]["resultType"] == "complete"


async def test_a_server_without_tools_does_not_offer_them(endpoint):
    endpoint.server = Server(name="s", title="s", version="1", instructions="", tools=())
    assert (await endpoint.modern("tools/list"))[0] == 404
    assert (await endpoint.modern("server/discover"))[1]["result"]["capabilities"] == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
METHODS = (
    st.sampled_from(["tools/list", "tools/call", "initialize", "server/discover", "ping", "resources/read"]) | st.text()
)
MESSAGES = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0"), "method": METHODS},
    optional={
        "id": st.integers() | st.text() | JSON,
        "params": st.dictionaries(
            st.sampled_from(["name", "arguments", "_meta", "cursor", "protocolVersion", "uri"]),
            JSON
            | st.sampled_from(["get_session", "list_mailboxes", "2025-06-18"])
            | st.dictionaries(
                st.sampled_from(
                    [
                        "role",
                        "name",
                        "io.modelcontextprotocol/protocolVersion",
                        "io.modelcontextprotocol/clientCapabilities",
                    ]
                ),
                JSON | st.just("2026-07-28"),
            ),
        )
        | JSON,
    },
)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["mcp-protocol-version", "mcp-method", "mcp-name", "accept"]),
        st.text(st.characters(max_codepoint=255))
        | st.sampled_from(["2026-07-28", "2025-06-18", "tools/call", "get_session"]),
    ),
    max_size=4,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(message=MESSAGES | JSON | st.lists(MESSAGES, max_size=3), headers=HEADERS)
async def test_no_message_gets_anything_but_an_answer(access, message, headers):
    body = json.dumps(message).encode()
    given = await respond(mailconnect("1"), headers, body, context_of(JmapMail(access, RememberedPlaces())))
    assert isinstance(given, HttpResponse)
    assert given.fault is None
    assert given.status in {200, 202, 400, 404}
    assert (given.body is None) == (given.status == 202)


@pytest.mark.parametrize(
    "message",
    [
        request("tools/list"),
        request("x" * 1000),
        request("tools/call", name="x" * 1000),
        request("tools/call", name="list_mailboxes", arguments={"x": 1}),
        request("tools/call", name="list_mailboxes", arguments=[]),
        request("tools/list", _meta={"io.modelcontextprotocol/protocolVersion": "2026-07-28"}),
        [request("x"), request("ping")],
        [],
        {},
    ],
    ids=range(9),
)
async def test_a_request_is_forgotten_with_its_response_and_does_not_wait_for_the_collector(endpoint, message):
    await endpoint.post(message)
    gc.collect()
    gc.disable()
    try:
        await endpoint.post(message)
        assert gc.collect() == 0
    finally:
        gc.enable()
