import pytest

pytestmark = pytest.mark.anyio


async def names(tools):
    return {one.name: one.parent_id for one in (await tools.mail.mailboxes()).mailboxes if not one.role}


async def test_a_mailbox_is_made_and_its_undoing_is_said(tools):
    said = await tools.text("manage_mailbox", action="create", name="Bills")
    assert said == 'Made the mailbox "Bills" [mailboxId b-new-1]. To undo: action delete while it is empty.'
    assert await names(tools) == {"Bills": None}
    assert "Deleted the empty mailbox" in await tools.text("manage_mailbox", action="delete", mailbox="Bills")
    assert await names(tools) == {}


async def test_a_path_for_a_name_means_the_mailbox_before_the_slash(tools):
    await tools.text("manage_mailbox", action="create", name="Work")
    await tools.text("manage_mailbox", action="create", name="Work/Bills")
    assert await names(tools) == {"Work": None, "Bills": "b-new-1"}
    assert "There is no mailbox `Nowhere`" in await tools.error("manage_mailbox", action="create", name="Nowhere/Bills")


async def test_the_call_that_it_names_brings_the_mailbox_back(tools):
    await tools.text("manage_mailbox", action="create", name="Work")
    await tools.text("manage_mailbox", action="create", name="Bills", parent="Work")
    said = await tools.text("manage_mailbox", action="move", mailbox="Work/Bills", parent="/")
    assert "To undo: action move with parent b-new-1." in said
    await tools.text("manage_mailbox", action="move", mailbox="Bills", parent="b-new-1")
    said = await tools.text("manage_mailbox", action="rename", mailbox="Bills", name="Invoices")
    assert 'Renamed "Bills" to "Invoices"' in said
    assert await names(tools) == {"Work": None, "Invoices": "b-new-1"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"action": "delete", "mailbox": "inbox"}, "has a role"),
        ({"action": "rename", "mailbox": "trash", "name": "Bin"}, "has a role"),
        ({"action": "create", "name": "Sub", "parent": "trash"}, "cannot be put there"),
        ({"action": "delete", "mailbox": "Nowhere"}, "There is no mailbox `Nowhere`"),
        ({"action": "create"}, "create needs `name`"),
        ({"action": "move", "mailbox": "inbox"}, "`/` for the top"),
        ({"action": "rename", "mailbox": "inbox"}, "rename needs `mailbox` and `name`"),
        ({"action": "delete"}, "delete needs `mailbox`"),
        ({"action": "empty", "mailbox": "trash"}, "`action` must be one of"),
        ({"action": "create", "name": "a\u202eb"}, "does not take this name"),
    ],
    ids=str,
)
async def test_a_refused_change_is_told_with_its_reason(tools, arguments, said):
    before = await tools.mail.mailboxes()
    assert said in await tools.error("manage_mailbox", **arguments)
    assert await tools.mail.mailboxes() == before


async def test_a_mailbox_with_emails_is_not_deleted(tools):
    await tools.text("manage_mailbox", action="create", name="Bills")
    await tools.text("update_emails", emailIds=["M-first"], moveTo="Bills")
    assert "Only an empty mailbox is deleted" in await tools.error("manage_mailbox", action="delete", mailbox="Bills")
    assert "Bills" in await names(tools)


async def test_without_leave_to_see_folders_none_is_named_that_was_not_given(tools):
    tools.granted = frozenset({"mailboxes:write"})
    made = await tools.mail.create_mailbox("Divorce")
    said = [
        await tools.text("manage_mailbox", action="rename", mailbox=made.id, name="Other"),
        await tools.error("manage_mailbox", action="delete", mailbox="Othe"),
        await tools.text("manage_mailbox", action="delete", mailbox=made.id),
    ]
    assert not any("Divorce" in one for one in said)
    assert "Other" not in said[1]
