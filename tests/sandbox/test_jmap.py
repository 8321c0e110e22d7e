import pytest

from mailconnect.sandbox.oauth.scopes import CORE
from mailconnect.sandbox.switches import Fault

pytestmark = pytest.mark.anyio

FULL = "fmu1-sandbox-alice-full"
ALICE = "ua11ce000"
ERROR = "urn:ietf:params:jmap:error:"


@pytest.fixture
def get(call):
    async def get(account=ALICE, token=FULL, **arguments):
        [[name, result, _]] = await call(["Mailbox/get", {"accountId": account, **arguments}, "0"], token=token)
        assert name == "Mailbox/get", result
        return result

    return get


async def test_echo_returns_its_arguments(call):
    assert await call(["Core/echo", {"a": [1, "ä"]}, "x"]) == [["Core/echo", {"a": [1, "ä"]}, "x"]]


async def test_the_answer_carries_the_session_state(post, client):
    answer = await post({"using": [CORE], "methodCalls": []})
    assert answer.json()["sessionState"] == (await client.session(FULL)).json()["state"]
    assert "createdIds" not in answer.json()


async def test_created_ids_come_back_where_they_were_sent(post):
    answer = await post({"using": [CORE], "methodCalls": [], "createdIds": {"a": "b"}})
    assert answer.json()["createdIds"] == {"a": "b"}


async def test_the_shard_path_answers_too(post):
    assert (await post({"using": [CORE], "methodCalls": []}, path="/phl/jmap/api/")).status_code == 200


async def test_mailboxes_have_roles_nesting_and_names_of_the_world(get):
    boxes = {box["id"]: box for box in (await get())["list"]}
    roles = {box["role"] for box in boxes.values()}
    assert {"inbox", "archive", "drafts", "sent", "trash", "junk", None} <= roles

    def path(box):
        return (*path(boxes[box["parentId"]]), box["name"]) if box["parentId"] else (box["name"],)

    paths = {path(box) for box in boxes.values()}
    assert ("Projects", "2026", "Q4") in paths
    assert {("Rechnungen & Verträge",), ("日本語",), ("Emoji 📬",), ("Ünïcode", "Ärger"), ("Tax/2026",)} <= paths


async def test_children_may_stand_before_their_parents(get):
    order = [box["id"] for box in (await get())["list"]]
    nested = [box for box in (await get())["list"] if box["parentId"]]
    assert any(order.index(box["id"]) < order.index(box["parentId"]) for box in nested)


async def test_fastmail_adds_properties_and_counts_no_draft_as_unread(get):
    drafts = next(box for box in (await get())["list"] if box["role"] == "drafts")
    assert (drafts["totalEmails"], drafts["unreadEmails"]) == (2, 0)
    assert {"isCollapsed", "autoPurge", "suppressDuplicates", "identityRef"} <= drafts.keys()


async def test_only_the_asked_properties_and_ids_come(get):
    inbox = next(box for box in (await get())["list"] if box["role"] == "inbox")
    result = await get(ids=["nothing", inbox["id"], inbox["id"]], properties=["name", "role"])
    assert result["list"] == [{"id": inbox["id"], "name": "Inbox", "role": "inbox"}]
    assert result["notFound"] == ["nothing"]


async def test_a_read_only_token_has_no_right_to_write(get):
    for box in (await get(token="fmu1-sandbox-alice-readonly"))["list"]:
        assert {right for right, granted in box["myRights"].items() if granted} == {"mayReadItems"}
    assert any(box["myRights"]["mayAddItems"] for box in (await get())["list"])


async def test_the_shared_account_has_its_own_mailboxes_to_read(get):
    shared = (await get("ub0b00000"))["list"]
    assert {box["name"] for box in shared} == {"Team", "Minutes"}
    assert not any(box["myRights"]["mayAddItems"] for box in shared)
    own = (await get("ub0b00000", token="fmu1-sandbox-bob-full"))["list"]
    assert {box["id"] for box in shared} < {box["id"] for box in own}


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("Mailbox/get", {}, "invalidArguments"),
        ("Mailbox/get", {"accountId": 1}, "invalidArguments"),
        ("Mailbox/get", {"accountId": ALICE, "ids": "x"}, "invalidArguments"),
        ("Mailbox/get", {"accountId": ALICE, "ids": [1]}, "invalidArguments"),
        ("Mailbox/get", {"accountId": ALICE, "properties": ["nothing"]}, "invalidArguments"),
        ("Mailbox/get", {"accountId": ALICE, "filter": {}}, "invalidArguments"),
        ("Mailbox/get", {"accountId": ALICE, "ids": [], "#ids": {}}, "invalidArguments"),
        ("Mailbox/get", {"accountId": ALICE, "#ids": {}}, "invalidResultReference"),
        ("Mailbox/get", {"accountId": ALICE, "#ids": 1}, "invalidResultReference"),
        ("Mailbox/get", {"accountId": ALICE, "ids": ["x"] * 4097}, "requestTooLarge"),
        ("Mailbox/get", {"accountId": "unknown"}, "accountNotFound"),
        ("Mailbox/get", {"accountId": "u0b5e0000"}, "accountNotSupportedByMethod"),
        ("Email/copy", {"accountId": ALICE}, "unknownMethod"),
        ("", {}, "unknownMethod"),
    ],
)
async def test_a_method_error_is_an_answer_like_any_other(error, name, arguments, expected):
    assert await error(name, arguments) == expected


async def test_a_method_outside_the_capabilities_used_is_unknown(error):
    assert await error("Mailbox/get", {"accountId": ALICE}, using=[CORE]) == "unknownMethod"


async def test_after_another_epoch_the_old_account_is_not_found(error, provider):
    provider.switches.account_epoch = 1
    assert await error("Mailbox/get", {"accountId": ALICE}) == "accountNotFound"


async def test_an_argument_may_refer_to_an_earlier_answer(call):
    first = ["Mailbox/get", {"accountId": ALICE, "properties": ["id", "parentId"]}, "a"]
    reference = {"resultOf": "a", "name": "Mailbox/get", "path": "/list/*/id"}
    second = ["Mailbox/get", {"accountId": ALICE, "#ids": reference}, "b"]
    one, other = await call(first, second)
    assert [box["id"] for box in other[1]["list"]] == [box["id"] for box in one[1]["list"]]


async def test_an_earlier_answer_can_be_pointed_into_by_index_and_escape(call):
    echoed = {"a/b": [["x"], ["y", "z"]]}
    answers = await call(
        ["Core/echo", echoed, "1"],
        ["Core/echo", {"#v": {"resultOf": "1", "name": "Core/echo", "path": "/a~1b/*"}}, "2"],
        ["Core/echo", {"#v": {"resultOf": "1", "name": "Core/echo", "path": "/a~1b/1/0"}}, "3"],
        ["Core/echo", {"#v": {"resultOf": "1", "name": "Core/echo", "path": "/a~1b/2"}}, "4"],
        ["Core/echo", {"#v": {"resultOf": "1", "name": "Mailbox/get", "path": "/a"}}, "5"],
    )
    assert answers[1][1] == {"v": ["x", "y", "z"]}
    assert answers[2][1] == {"v": "y"}
    assert [answer[1]["type"] for answer in answers[3:]] == ["invalidResultReference"] * 2


def problem(answer, code):
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["type"] == ERROR + code
    return answer.json()


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b'{"a":1,"a":2}', b'{"a":NaN}', b'"\\ud800"', b"[" * 100_000, b"9" * 5000],
)
async def test_a_body_that_is_not_i_json_is_notjson(post, body):
    problem(await post(body), "notJSON")


async def test_another_content_type_is_notjson(post):
    problem(await post({"using": [CORE], "methodCalls": []}, content_type="text/plain"), "notJSON")


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"using": [CORE]},
        {"using": "x", "methodCalls": []},
        {"using": [1], "methodCalls": []},
        {"using": [CORE], "methodCalls": [["Core/echo", {}]]},
        {"using": [CORE], "methodCalls": [["Core/echo", [], "0"]]},
        {"using": [CORE], "methodCalls": [{}]},
    ],
)
async def test_json_of_another_type_is_notrequest(post, body):
    problem(await post(body), "notRequest")


async def test_a_capability_the_token_does_not_have_is_unknown(post):
    body = {"using": [CORE, "urn:ietf:params:jmap:submission"], "methodCalls": []}
    problem(await post(body, token="fmu1-sandbox-alice-readonly"), "unknownCapability")


async def test_fifty_one_calls_are_over_the_limit(post):
    calls = [["Core/echo", {}, str(n)] for n in range(51)]
    answer = problem(await post({"using": [CORE], "methodCalls": calls}), "limit")
    assert answer["limit"] == "maxCallsInRequest"
    assert (await post({"using": [CORE], "methodCalls": calls[1:]})).status_code == 200


async def test_ten_million_bytes_are_the_limit(post):
    answer = problem(await post(b" " * 10_000_001), "limit")
    assert answer["limit"] == "maxSizeRequest"


async def test_a_switch_makes_a_method_fail(call, provider):
    provider.switches.add(Fault("Mailbox/get", error="serverUnavailable", times=1))
    asked = ["Mailbox/get", {"accountId": ALICE}, "0"]
    echoed, failed = await call(["Core/echo", {}, "e"], asked)
    assert echoed[0] == "Core/echo"
    assert failed[1]["type"] == "serverUnavailable"
    assert (await call(asked))[0][0] == "Mailbox/get"


async def test_a_switch_makes_a_request_fail(post, provider):
    provider.switches.add(Fault("jmap", error="limit", change={"limit": "maxConcurrentRequests"}, times=1))
    answer = problem(await post({"using": [CORE], "methodCalls": []}), "limit")
    assert answer["limit"] == "maxConcurrentRequests"
