import pytest

pytestmark = pytest.mark.anyio


@pytest.fixture
def names(ask):
    async def names(**arguments):
        ids = (await ask("Mailbox/query", **arguments))["ids"]
        boxes = {box["id"]: box["name"] for box in (await ask("Mailbox/get"))["list"]}
        return [boxes[name] for name in ids]

    return names


async def test_mailboxes_are_found_by_role_name_and_parent(ask, names):
    assert await names(filter={"role": "inbox"}) == ["Inbox"]
    assert await names(filter={"name": "q4"}) == ["Q4"]
    [projects] = (await ask("Mailbox/query", filter={"name": "Projects"}))["ids"]
    assert await names(filter={"parentId": projects}) == ["2026"]
    roles = await names(filter={"hasAnyRole": True}, sort=[{"property": "sortOrder"}])
    assert roles == ["Inbox", "Snoozed", "Archive", "Drafts", "Sent", "Spam", "Trash"]


async def test_as_a_tree_parents_stand_before_their_children(names):
    found = await names(sort=[{"property": "name"}], sortAsTree=True)
    assert found.index("Projects") < found.index("2026") < found.index("Q4") < found.index("Rechnungen & Verträge")


async def test_an_unsupported_request_is_told_by_its_error(refused):
    assert await refused("Mailbox/query", filter={"nonsense": 1}) == "unsupportedFilter"
    assert await refused("Mailbox/query", filter={"role": 1}) == "invalidArguments"
    assert await refused("Mailbox/query", sort=[{"property": "nonsense"}]) == "unsupportedSort"
    assert await refused("Mailbox/query", filterAsTree=True) == "unsupportedFilter"
