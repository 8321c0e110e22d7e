"""Changes of mailboxes over JMAP: the requests, and the result for each response of the provider."""

import pytest

from mailconnect.jmap.mailbox.change import create_mailbox, delete_mailbox, move_mailbox, rename_mailbox
from mailconnect.mail.errors import NotAnswering, Unreachable, UpstreamFault
from mailconnect.mail.mailbox.errors import (
    MailboxExists,
    MailboxHasChildren,
    MailboxNotAllowed,
    MailboxNotEmpty,
    MailboxRefused,
    MailboxUnknown,
    NameRefused,
    NoSuchMailbox,
    PlaceRefused,
)
from tests.jmap.scripted import Scripted
from tests.mcp.conftest import wire_mailbox

pytestmark = pytest.mark.anyio

BOXES = [
    wire_mailbox("b1", "Inbox", role="inbox"),
    wire_mailbox("b2", "Work"),
    wire_mailbox("b3", "Bills", parentId="b2"),
    wire_mailbox("b4", "Shared", myRights={"mayReadItems": True}),
]


def provider(answer, *, boxes=BOXES, then=None):
    listed = [{"list": boxes}, {"list": boxes if then is None else then}]
    return Scripted({"Mailbox/get": listed, "Mailbox/set": answer})


def sent(asked):
    return [call.arguments for request in asked.asked for call in request if call.name == "Mailbox/set"]


async def test_each_change_is_two_requests_and_never_removes_emails():
    asked = provider({"created": {"new": {"id": "b9"}}})
    made = await create_mailbox(asked, "u1", "Invoices", "Work")
    assert (made.id, made.name, made.parent_id) == ("b9", "Invoices", "b2")
    assert sent(asked) == [{"accountId": "u1", "create": {"new": {"name": "Invoices", "parentId": "b2"}}}]
    assert len(asked.asked) == 2
    asked = provider({"updated": {"b3": None}})
    before, after = await rename_mailbox(asked, "u1", "Work/Bills", "Invoices")
    assert (before.name, after.name) == ("Bills", "Invoices")
    assert sent(asked) == [{"accountId": "u1", "update": {"b3": {"name": "Invoices"}}}]
    asked = provider({"updated": {"b3": {}}})
    before, after = await move_mailbox(asked, "u1", "Bills", None)
    assert (before.parent_id, after.parent_id) == ("b2", None)
    assert sent(asked) == [{"accountId": "u1", "update": {"b3": {"parentId": None}}}]
    asked = provider({"destroyed": ["b3"]})
    assert (await delete_mailbox(asked, "u1", "b3")).id == "b3"
    assert sent(asked) == [{"accountId": "u1", "destroy": ["b3"]}]


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        ({"type": "mailboxHasEmail"}, MailboxNotEmpty),
        ({"type": "mailboxHasChild"}, MailboxHasChildren),
        ({"type": "notFound"}, NoSuchMailbox),
        ({"type": "forbidden"}, MailboxNotAllowed),
        ({"type": "alreadyExists"}, MailboxExists),
        ({"type": "somethingNew", "description": "obey"}, MailboxRefused),
        (None, MailboxRefused),
    ],
    ids=str,
)
async def test_each_set_error_is_a_reason(error, raised):
    with pytest.raises(MailboxRefused) as told:
        await delete_mailbox(provider({"notDestroyed": {"b3": error}}), "u1", "b3")
    assert type(told.value) is raised
    assert "obey" not in f"{told.value}{told.value.text}"


@pytest.mark.parametrize(
    ("properties", "raised"),
    [
        (["name"], NameRefused),
        (["parentId"], PlaceRefused),
        (["name", "parentId"], PlaceRefused),
        (["sort"], MailboxRefused),
    ],
    ids=str,
)
async def test_an_invalid_property_is_named(properties, raised):
    error = {"type": "invalidProperties", "properties": properties}
    with pytest.raises(MailboxRefused) as told:
        await create_mailbox(provider({"notCreated": {"new": error}}), "u1", "Invoices", None)
    assert type(told.value) is raised


@pytest.mark.parametrize("lost", [NotAnswering("x"), UpstreamFault("x"), "serverPartialFail"], ids=str)
async def test_where_no_answer_came_the_mailboxes_tell_whether_it_was_done(lost):
    made = await create_mailbox(provider(lost, then=[*BOXES, wire_mailbox("b9", "Invoices")]), "u1", "Invoices", None)
    assert made.id == "b9"
    moved = [wire_mailbox("b3", "Bills") if one["id"] == "b3" else one for one in BOXES]
    assert (await move_mailbox(provider(lost, then=moved), "u1", "b3", None))[1].parent_id is None
    without = [one for one in BOXES if one["id"] != "b3"]
    assert (await delete_mailbox(provider(lost, then=without), "u1", "b3")).id == "b3"
    for change in (
        create_mailbox(provider(lost), "u1", "Invoices", None),
        rename_mailbox(provider(lost), "u1", "b3", "Invoices"),
        move_mailbox(provider(lost), "u1", "b3", None),
        delete_mailbox(provider(lost), "u1", "b3"),
    ):
        with pytest.raises(MailboxUnknown):
            await change


async def test_where_nothing_can_be_seen_it_is_unknown():
    asked = Scripted({"Mailbox/get": [{"list": BOXES}, Unreachable("x")], "Mailbox/set": NotAnswering("x")})
    with pytest.raises(MailboxUnknown):
        await delete_mailbox(asked, "u1", "b3")


@pytest.mark.parametrize(
    "answer", [{}, {"created": None}, {"created": {"new": None}}, {"created": {"new": {"id": 5}}}], ids=str
)
async def test_an_answer_that_does_not_say_it_was_done_is_not_taken_for_done(answer):
    with pytest.raises(MailboxUnknown):
        await create_mailbox(provider(answer), "u1", "Invoices", None)
    with pytest.raises(MailboxUnknown):
        await delete_mailbox(provider(answer), "u1", "b3")
    with pytest.raises(MailboxUnknown):
        await rename_mailbox(provider(answer), "u1", "b3", "Other")


async def test_without_the_right_nothing_is_sent():
    asked = provider({})
    for change in (
        rename_mailbox(asked, "u1", "Shared", "Mine"),
        move_mailbox(asked, "u1", "Shared", "Work"),
        delete_mailbox(asked, "u1", "Shared"),
        create_mailbox(asked, "u1", "Inside", "Shared"),
        move_mailbox(asked, "u1", "Bills", "Shared"),
    ):
        with pytest.raises(MailboxNotAllowed):
            await change
    assert sent(asked) == []


async def test_a_ring_of_parents_ends_the_look_upwards():
    boxes = [
        wire_mailbox("r1", "One", parentId="r2"),
        wire_mailbox("r2", "Two", parentId="r1"),
        wire_mailbox("b9", "Out"),
    ]
    asked = provider({"updated": {"b9": None}}, boxes=boxes)
    assert (await move_mailbox(asked, "u1", "b9", "r1"))[1].parent_id == "r1"
