"""Filing over JMAP: the requests, and the outcome of each email for each response of the provider."""

from dataclasses import dataclass

import pytest

from mailconnect.jmap.email.change import change_emails
from mailconnect.jmap.errors import AccountReadOnly, Forbidden, LimitExceeded
from mailconnect.mail.change import Patch, Why
from mailconnect.mail.errors import NotAnswering, Throttled, Unreachable, UpstreamFault
from mailconnect.mail.mailbox.errors import TooManyEmails
from mailconnect.mail.mailbox.mailbox import RIGHTS
from mailconnect.mail.query.errors import QueryError
from tests.jmap.scripted import Scripted
from tests.mcp.conftest import SESSION, wire_mailbox

pytestmark = pytest.mark.anyio

MAILBOXES = [
    wire_mailbox("b1", "Inbox", role="inbox"),
    wire_mailbox("b2", "Archive", role="archive"),
    wire_mailbox("b/3~", "Bills"),
    wire_mailbox("b4", "Read only", myRights={"mayReadItems": True}),
    wire_mailbox("b5", "Scheduled", role="scheduled"),
]


@dataclass
class WithSession(Scripted):
    limits: dict | None = None

    async def session(self):
        return replace_limits(self.limits or {})


def replace_limits(limits):
    return type(SESSION)(**{name: getattr(SESSION, name) for name in SESSION.__dataclass_fields__} | {"limits": limits})


def email(ident, *boxes, **keywords):
    return {"id": ident, "mailboxIds": dict.fromkeys(boxes, True), "keywords": keywords}


def provider(*emails, answer=None, **more):
    """Each given email is in the answer to Email/get; Email/set does what it is told unless `answer` says otherwise."""
    held = {one["id"]: one for one in emails if isinstance(one, dict) and "id" in one}

    def get(arguments):
        wanted = [held[ident] for ident in arguments["ids"] if ident in held]
        return {"list": [*wanted, *[one for one in emails if one not in held.values()]]}

    def update(arguments):
        return {"updated": dict.fromkeys(arguments["update"])}

    return WithSession({"Mailbox/get": {"list": MAILBOXES}, "Email/get": get, "Email/set": answer or update, **more})


def sent(asked):
    return [call.arguments["update"] for request in asked.asked for call in request if call.name == "Email/set"]


async def changed(asked, patch, *ids):
    return await change_emails(asked, "u1", ids or ["M1"], patch)


async def test_a_change_is_two_requests_and_patches_name_what_they_change_alone():
    asked = provider(email("M1", "b1", **{"$seen": True}), email("M2", "b1", "b/3~"))
    changes = await changed(asked, Patch(archive=True, read=True, flagged=False), "M1", "M2")
    assert asked.methods == [["Mailbox/get", "Email/get"], ["Email/set"]]
    assert asked.asked[0][1].arguments["properties"] == ["id", "mailboxIds", "keywords"]
    assert [*asked.asked[1][0].arguments] == ["accountId", "update"]
    assert sent(asked) == [
        {"M1": {"mailboxIds/b2": True, "mailboxIds/b1": None}, "M2": {"mailboxIds/b1": None, "keywords/$seen": True}}
    ]
    assert [one.before.id for one in changes.done] == ["M1", "M2"]


async def test_a_mailboxs_id_is_escaped_as_a_json_pointer_wants_it():
    asked = provider(email("M1", "b1"))
    await changed(asked, Patch(move_to="Bills"))
    assert sent(asked) == [{"M1": {"mailboxIds/b~13~0": True, "mailboxIds/b1": None}}]


async def test_nothing_is_sent_where_nothing_changes():
    asked = provider(email("M1", "b1", **{"$SEEN": True}))
    changes = await changed(asked, Patch(read=True), "M1", "M2")
    assert sent(asked) == []
    assert ([*changes.unchanged], [(one.id, one.why) for one in changes.failed]) == (["M1"], [("M2", Why.GONE)])


async def test_a_mailbox_that_is_not_there_is_said_before_anything_is_sent():
    asked = provider(email("M1", "b1"))
    with pytest.raises(QueryError):
        await changed(asked, Patch(move_to="Gone"))
    assert sent(asked) == []


@pytest.mark.parametrize(
    ("error", "why"),
    [
        ({"type": "notFound"}, Why.GONE),
        ({"type": "forbidden"}, Why.FORBIDDEN),
        ({"type": "overQuota"}, Why.FULL),
        ({"type": "rateLimit"}, Why.SLOW_DOWN),
        ({"type": "tooManyMailboxes"}, Why.TOO_MANY_MAILBOXES),
        ({"type": "tooManyKeywords"}, Why.TOO_MANY_KEYWORDS),
        ({"type": "invalidProperties", "properties": ["mailboxIds"]}, Why.MAILBOX_GONE),
        ({"type": "invalidProperties", "properties": ["mailboxIds/b2"]}, Why.MAILBOX_GONE),
        ({"type": "invalidProperties", "properties": ["keywords"]}, Why.REFUSED),
        ({"type": "invalidPatch"}, Why.REFUSED),
        ({"type": "somethingNew", "description": "M1 says: obey"}, Why.REFUSED),
        ({"type": 5, "properties": 7}, Why.REFUSED),
        (None, Why.REFUSED),
        ("notFound", Why.REFUSED),
    ],
    ids=str,
)
async def test_each_set_error_is_a_reason_for_its_email_alone(error, why):
    asked = provider(
        email("M1", "b1"), email("M2", "b1"), answer={"updated": {"M2": None}, "notUpdated": {"M1": error}}
    )
    changes = await changed(asked, Patch(archive=True), "M1", "M2")
    assert [one.before.id for one in changes.done] == ["M2"]
    assert [(one.id, one.why) for one in changes.failed] == [("M1", why)]


@pytest.mark.parametrize(
    "lost",
    [NotAnswering("x"), UpstreamFault("500"), "serverPartialFail", "stateMismatch", {"updated": None}, {}],
    ids=str,
)
async def test_where_no_answer_tells_the_emails_are_looked_at(lost):
    """Of two emails, the provider filed one before it broke off."""
    reached = [False]

    def broken(_):
        reached[0] = True
        return lost

    asked = provider(email("M1", "b1"), email("M2", "b1"), answer=broken)
    original = asked.answers["Email/get"]
    asked.answers["Email/get"] = lambda arguments: (
        {"list": [email("M1", "b2"), email("M2", "b1")]} if reached[0] else original(arguments)
    )
    changes = await changed(asked, Patch(archive=True), "M1", "M2")
    assert [one.before.id for one in changes.done] == ["M1"]
    wanted = Why.SLOW_DOWN if lost == "stateMismatch" else Why.UNKNOWN
    assert [(one.id, one.why) for one in changes.failed] == [("M2", wanted)]
    assert asked.methods.count(["Email/set"]) == 1


async def test_where_they_cannot_be_looked_at_either_it_is_unknown():
    reached = [False]

    def broken(_):
        reached[0] = True
        return NotAnswering("x")

    asked = provider(email("M1", "b1"), answer=broken)
    original = asked.answers["Email/get"]
    asked.answers["Email/get"] = lambda arguments: Unreachable("x") if reached[0] else original(arguments)
    changes = await changed(asked, Patch(archive=True))
    assert [(one.id, one.why) for one in changes.failed] == [("M1", Why.UNKNOWN)]


@pytest.mark.parametrize("refused", [AccountReadOnly, Forbidden, Throttled, Unreachable], ids=lambda one: one.__name__)
async def test_where_nothing_was_changed_the_error_says_why(refused):
    asked = provider(email("M1", "b1"), answer=refused("x"))
    with pytest.raises(refused):
        await changed(asked, Patch(archive=True))


@pytest.mark.parametrize("refusal", ["requestTooLarge", LimitExceeded("x")], ids=str)
async def test_a_server_that_takes_less_gets_less_at_once(refusal):
    def update(arguments):
        return {"updated": dict.fromkeys(arguments["update"])} if len(arguments["update"]) <= 3 else refusal

    asked = provider(*(email(f"M{n}", "b1") for n in range(8)), answer=update)
    asked.limits = {"maxObjectsInSet": 3}
    changes = await changed(asked, Patch(archive=True), *(f"M{n}" for n in range(8)))
    assert len(changes.done) == 8
    assert [len(one) for one in sent(asked)] == [8, 3, 3, 2]


async def test_a_server_that_names_no_limit_gets_half():
    def update(arguments):
        return {"updated": dict.fromkeys(arguments["update"])} if len(arguments["update"]) <= 4 else "requestTooLarge"

    asked = provider(*(email(f"M{n}", "b1") for n in range(8)), answer=update)
    assert len((await changed(asked, Patch(archive=True), *(f"M{n}" for n in range(8)))).done) == 8


async def test_emails_that_were_filed_before_a_later_portion_failed_are_named():
    def update(arguments):
        if len(arguments["update"]) > 2:
            return "requestTooLarge"
        return {"updated": dict.fromkeys(arguments["update"])} if "M0" in arguments["update"] else Throttled("x")

    asked = provider(*(email(f"M{n}", "b1") for n in range(4)), answer=update)
    asked.limits = {"maxObjectsInSet": 2}
    changes = await changed(asked, Patch(archive=True), *(f"M{n}" for n in range(4)))
    assert [one.before.id for one in changes.done] == ["M0", "M1"]
    assert [(one.id, one.why) for one in changes.failed] == [("M2", Why.SLOW_DOWN), ("M3", Why.SLOW_DOWN)]


async def test_a_server_that_gives_less_is_read_in_portions():
    asked = provider(*(email(f"M{n}", "b1") for n in range(5)))
    asked.limits = {"maxObjectsInGet": 2}
    original = asked.answers["Email/get"]
    asked.answers["Email/get"] = lambda arguments: (
        original(arguments) if len(arguments["ids"]) <= 2 else "requestTooLarge"
    )
    assert len((await changed(asked, Patch(read=True), *(f"M{n}" for n in range(5)))).done) == 5


@pytest.mark.parametrize(
    "odd",
    [
        {"id": "M2"},
        {"id": "M2", "mailboxIds": {}, "keywords": {}},
        {"id": "M2", "mailboxIds": {"b1": False}},
        {"id": "M2", "mailboxIds": ["b1"]},
        {"id": "M2", "mailboxIds": {"b 1\n": True}},
        {"id": "M2", "mailboxIds": {"b1": True}, "keywords": 5},
        None,
        7,
    ],
    ids=str,
)
async def test_one_odd_email_harms_only_itself(odd):
    asked = provider(email("M1", "b1"), odd)
    changes = await changed(asked, Patch(archive=True), "M1", "M2")
    assert [one.before.id for one in changes.done] == ["M1"]
    assert [(one.id, one.why) for one in changes.failed] == [("M2", Why.UNREADABLE)]


async def test_without_the_right_nothing_is_sent_for_that_email():
    asked = provider(email("M1", "b4"), email("M2", "b1", "b4"), email("M3", "b1"))
    changes = await changed(asked, Patch(read=True), "M1", "M2", "M3")
    assert [*sent(asked)[0]] == ["M3"]
    assert {one.why for one in changes.failed} == {Why.NO_RIGHT}
    changes = await changed(asked, Patch(move_to="Read only"), "M3")
    assert [one.why for one in changes.failed] == [Why.NO_RIGHT]


async def test_a_server_that_names_no_rights_decides_itself():
    boxes = [{name: value for name, value in one.items() if name != "myRights"} for one in MAILBOXES]
    asked = provider(email("M1", "b1"), **{"Mailbox/get": {"list": boxes}})
    assert len((await changed(asked, Patch(archive=True))).done) == 1


async def test_an_email_that_waits_to_be_sent_stays_there():
    asked = provider(email("M1", "b5"))
    assert [one.why for one in (await changed(asked, Patch(move_to="archive"))).failed] == [Why.WAITS]
    assert sent(asked) == []


async def test_without_an_archive_only_those_fail_that_would_lie_nowhere():
    boxes = [one for one in MAILBOXES if one["role"] != "archive"]
    asked = provider(email("M1", "b1"), email("M2", "b1", "b/3~"), **{"Mailbox/get": {"list": boxes}})
    changes = await changed(asked, Patch(archive=True), "M1", "M2")
    assert [one.before.id for one in changes.done] == ["M2"]
    assert [(one.id, one.why) for one in changes.failed] == [("M1", Why.NO_ARCHIVE)]


async def test_a_mailbox_called_archive_serves_where_none_has_the_role():
    boxes = [wire_mailbox("b1", "Inbox", role="inbox"), wire_mailbox("b2", "Archive")]
    asked = provider(email("M1", "b1"), **{"Mailbox/get": {"list": boxes}})
    await changed(asked, Patch(archive=True))
    assert sent(asked) == [{"M1": {"mailboxIds/b2": True, "mailboxIds/b1": None}}]


def test_every_right_of_rfc_8621_is_known():
    assert {"mayAddItems", "mayRemoveItems", "maySetSeen", "maySetKeywords"} <= set(RIGHTS)


def of_thread(one, thread):
    return {**one, "threadId": thread}


async def test_whole_threads_are_read_in_the_same_request_and_what_lies_elsewhere_stays():
    named = of_thread(email("M1", "b1"), "T1")
    listed = [named, of_thread(email("M2", "b1"), "T1"), of_thread(email("M3", "b/3~"), "T1"), email("M4", "b1")]
    asked = provider(named)
    asked.answers["Email/get"] = [{"list": [named]}, {"list": listed}]
    asked.answers["Thread/get"] = {"list": [{"id": "T1", "emailIds": ["M1", "M2", "M3"]}]}
    changes = await change_emails(asked, "u1", ["M1"], Patch(archive=True), threads=True)
    assert asked.methods == [["Mailbox/get", "Email/get", "Thread/get", "Email/get"], ["Email/set"]]
    assert [one.before.id for one in changes.done] == ["M1", "M2"]


async def test_threads_of_more_than_200_emails_are_refused_before_anything_is_changed():
    named = of_thread(email("M0", "b1"), "T1")
    asked = provider(named)
    asked.answers["Email/get"] = [
        {"list": [named]},
        {"list": [of_thread(email(f"M{number}", "b1"), "T1") for number in range(201)]},
    ]
    asked.answers["Thread/get"] = {"list": []}
    with pytest.raises(TooManyEmails):
        await change_emails(asked, "u1", ["M0"], Patch(archive=True), threads=True)
    assert sent(asked) == []
