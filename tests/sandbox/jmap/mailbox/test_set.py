import pytest

from mailconnect.sandbox.accounts import ALICE as OWNER
from tests.sandbox.conftest import ALICE

pytestmark = pytest.mark.anyio

ACCOUNT = OWNER.primary
READ_ONLY = "fmu1-sandbox-alice-readonly"


def box(*path):
    return ACCOUNT.mailbox_id(path)


@pytest.fixture
def change(call):
    async def change(**arguments):
        [[name, result, _]] = await call(["Mailbox/set", {"accountId": ALICE, **arguments}, "0"])
        assert name == "Mailbox/set", result
        return result

    return change


@pytest.fixture
def listed(call):
    async def listed():
        [[_, result, _]] = await call(["Mailbox/get", {"accountId": ALICE}, "0"])
        return {one["id"]: one for one in result["list"]}, result["state"]

    return listed


async def test_a_mailbox_is_made_renamed_moved_and_destroyed_and_the_state_moves(change, listed):
    _, first = await listed()
    made = await change(create={"a": {"name": "Harbour"}, "b": {"name": "Inner", "parentId": "#a"}})
    above, inner = made["created"]["a"]["id"], made["created"]["b"]["id"]
    assert (made["oldState"], made["newState"]) != (first, first)
    boxes, state = await listed()
    assert state == made["newState"]
    assert (boxes[inner]["name"], boxes[inner]["parentId"], boxes[above]["totalEmails"]) == ("Inner", above, 0)
    await change(update={inner: {"name": "Outer", "parentId": None}})
    assert (await listed())[0][inner] | {"myRights": 0} == boxes[inner] | {
        "name": "Outer",
        "parentId": None,
        "myRights": 0,
    }
    assert (await change(destroy=[above, inner]))["destroyed"] == [above, inner]
    assert not {above, inner} & (await listed())[0].keys()


async def test_it_is_searched_and_mail_is_filed_in_it(change, call):
    made = (await change(create={"a": {"name": "Harbour"}}))["created"]["a"]["id"]
    [[_, found, _]] = await call(["Mailbox/query", {"accountId": ALICE, "filter": {"name": "harb"}}, "0"])
    assert found["ids"] == [made]
    [[_, emails, _]] = await call(["Email/query", {"accountId": ALICE, "limit": 1}, "0"])
    [ident] = emails["ids"]
    [[_, moved, _]] = await call(
        ["Email/set", {"accountId": ALICE, "update": {ident: {"mailboxIds": {made: True}}}}, "0"]
    )
    assert moved["notUpdated"] is None
    refused = await change(destroy=[made])
    assert refused["notDestroyed"][made]["type"] == "mailboxHasEmail"
    assert (await change(destroy=[made], onDestroyRemoveEmails=True))["destroyed"] == [made]
    [[_, got, _]] = await call(["Email/get", {"accountId": ALICE, "ids": [ident], "properties": ["id"]}, "0"])
    assert got["notFound"] == [ident]


@pytest.mark.parametrize(
    ("arguments", "group", "kind"),
    [
        ({"create": {"a": {}}}, "notCreated", "invalidProperties"),
        ({"create": {"a": {"name": ""}}}, "notCreated", "invalidProperties"),
        ({"create": {"a": {"name": "Inbox"}}}, "notCreated", "invalidProperties"),
        ({"create": {"a": {"name": "New", "parentId": "gone"}}}, "notCreated", "invalidProperties"),
        ({"create": {"a": {"name": "New", "role": "inbox"}}}, "notCreated", "invalidProperties"),
        ({"create": {"a": {"name": "New", "sortOrder": -1}}}, "notCreated", "invalidProperties"),
        ({"update": {"gone": {"name": "New"}}}, "notUpdated", "notFound"),
        ({"update": {box("Inbox"): {"name": "New"}}}, "notUpdated", "forbidden"),
        ({"update": {box("Projects"): {"parentId": box("Projects", "2026")}}}, "notUpdated", "invalidProperties"),
        ({"update": {box("Lists"): {"name": "Newsletters"}}}, "notUpdated", "invalidProperties"),
        ({"destroy": ["gone"]}, "notDestroyed", "notFound"),
        ({"destroy": [box("Trash")]}, "notDestroyed", "forbidden"),
        ({"destroy": [box("Projects")]}, "notDestroyed", "mailboxHasChild"),
        ({"destroy": [box("Newsletters")]}, "notDestroyed", "mailboxHasEmail"),
    ],
    ids=str,
)
async def test_an_impossible_change_is_refused_and_nothing_changes(change, listed, arguments, group, kind):
    before, _ = await listed()
    [error] = (await change(**arguments))[group].values()
    assert error["type"] == kind
    assert (await listed())[0] == before


async def test_a_read_only_token_and_another_state_change_nothing(call):
    new = {"accountId": ALICE, "create": {"a": {"name": "Harbour"}}}
    [[name, refused, _]] = await call(["Mailbox/set", new, "0"], token=READ_ONLY)
    assert (name, refused["type"]) == ("error", "accountReadOnly")
    [[name, refused, _]] = await call(["Mailbox/set", {**new, "ifInState": "old"}, "0"])
    assert (name, refused["type"]) == ("error", "stateMismatch")


async def test_a_shared_account_shows_its_own_mailboxes_alone(call, change):
    await change(create={"a": {"name": "Harbour"}})
    [[_, shared, _]] = await call(["Mailbox/get", {"accountId": "ub0b00000"}, "0"])
    assert {one["name"] for one in shared["list"]} == {"Team", "Minutes"}
