import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.jmap.email.emails import envelope, message
from mailconnect.jmap.email.search import search_emails
from mailconnect.jmap.errors import LimitExceeded, RequestTooLarge
from mailconnect.jmap.mailbox.remembered_places import MAX_ACCOUNTS, RememberedPlaces
from mailconnect.mail.errors import SearchRefused, UnexpectedAnswer
from mailconnect.mail.query.parser import parse
from mailconnect.mail.search import Search
from tests.jmap.scripted import Scripted
from tests.mcp.conftest import wire_mailbox

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 30, tzinfo=UTC)
MAILBOXES = [
    wire_mailbox("b1", "Inbox", role="inbox"),
    wire_mailbox("b2", "Spam", role="junk"),
    wire_mailbox("b3", "Trash", role="trash"),
    wire_mailbox("b4", "Old", parentId="b3"),
]
EMAIL = {
    "id": "M1",
    "threadId": "T1",
    "mailboxIds": {"b1": True},
    "keywords": {"$Seen": True, "$flagged": False},
    "receivedAt": "2026-11-30T09:00:00Z",
    "from": [{"name": "Ann", "email": "ann@example.org"}],
    "to": [{"name": None, "email": "alice@example.com"}],
    "subject": "Budget",
    "size": 100,
    "hasAttachment": False,
    "preview": "A preview",
}


def search(query="budget", **more):
    asked = parse(query, me=[], zone=ZoneInfo("UTC"), now=NOW)
    return Search(query=asked, limit=15, **more)


def scripted(*emails, **answers):
    found = {
        "Mailbox/get": {"list": MAILBOXES},
        "Email/query": {"ids": [one["id"] for one in emails if isinstance(one, dict) and one.get("id")], "total": 3},
        "Email/get": {"list": [*emails]},
        "SearchSnippet/get": {
            "list": [{"emailId": "M1", "subject": None, "preview": "the <mark>bud</mark>get &amp; I"}]
        },
    }
    return Scripted(found | answers)


async def found(provider, asked=None, remembered=None):
    return await search_emails(provider, "u1", asked or search(), remembered or RememberedPlaces())


async def test_the_second_search_is_one_request():
    provider, remembered = scripted(EMAIL), RememberedPlaces()
    first = await found(provider, remembered=remembered)
    second = await found(provider, remembered=remembered)
    assert first == second
    assert provider.methods == [
        ["Mailbox/get"],
        ["Email/query", "Email/get"],
        ["Mailbox/get", "Email/query", "Email/get"],
    ]
    left_out = provider.asked[2][1].arguments["filter"]["inMailboxOtherThan"]
    assert left_out == ["b2", "b3", "b4"]


async def test_remembered_places_are_not_believed_without_a_look():
    provider, remembered = scripted(EMAIL), RememberedPlaces()
    await found(provider, remembered=remembered)
    provider.answers["Mailbox/get"] = {"list": [*MAILBOXES, wire_mailbox("b5", "Older", parentId="b4")]}
    await found(provider, remembered=remembered)
    assert provider.methods[2:] == [["Mailbox/get", "Email/query", "Email/get"], ["Email/query", "Email/get"]]
    assert provider.asked[3][0].arguments["filter"]["inMailboxOtherThan"] == ["b2", "b3", "b4", "b5"]


async def test_where_folders_may_be_cut_off_they_are_all_asked_for():
    remembered = RememberedPlaces()
    await found(scripted(EMAIL), remembered=remembered)
    more = wire_mailbox("b5", "Fifth")
    provider = scripted(
        EMAIL,
        **{
            "Mailbox/query": {"ids": [*(one["id"] for one in MAILBOXES), "b5"]},
            "Mailbox/get": lambda asked: {"list": MAILBOXES if asked["ids"] is None else [more]},
        },
    )
    provider.maximum = len(MAILBOXES)
    page = await found(provider, remembered=remembered)
    assert [one.id for one in page.mailboxes] == ["b1", "b2", "b3", "b4", "b5"]
    assert [hit.envelope.id for hit in page.hits] == ["M1"]


@pytest.mark.parametrize("refusal", ["requestTooLarge", LimitExceeded("limit")], ids=str)
async def test_a_server_that_takes_fewer_emails_than_a_page_is_asked_for_half(refusal):
    provider = scripted(EMAIL, **{"Email/get": [refusal, refusal, {"list": [EMAIL]}]})
    page = await found(provider)
    assert [hit.envelope.id for hit in page.hits] == ["M1"]
    asked = [call.arguments["limit"] for request in provider.asked for call in request if call.name == "Email/query"]
    assert asked == [15, 7, 3]
    assert page.has_more


async def test_a_server_that_gives_not_one_email_is_given_up():
    with pytest.raises(RequestTooLarge):
        await found(scripted(EMAIL, **{"Email/get": "requestTooLarge"}))


async def test_a_mailbox_by_its_name_is_looked_for_first():
    provider, remembered = scripted(EMAIL), RememberedPlaces()
    await found(provider, remembered=remembered)
    await found(provider, search("in:Old"), remembered)
    assert provider.methods[2:] == [["Mailbox/get"], ["Email/query", "Email/get"]]


async def test_no_name_of_a_mailbox_is_remembered():
    remembered = RememberedPlaces()
    await found(scripted(EMAIL), remembered=remembered)
    assert [(one.id, one.role) for one in remembered.of("u1")] == [
        ("b1", "inbox"),
        ("b2", "junk"),
        ("b3", "trash"),
        ("b4", None),
    ]
    for number in range(MAX_ACCOUNTS):
        remembered.keep(f"a{number}", ())
    assert remembered.of("u1") is None


async def test_a_snippet_is_text():
    page = await found(scripted(EMAIL), search(snippets=True))
    assert page.hits[0].snippet == "the budget & I"


@pytest.mark.parametrize(
    "snippets",
    [
        "unknownMethod",
        {"list": None},
        {"list": [{"emailId": "M1", "preview": None}]},
        {"list": [None, 5, {"emailId": 5, "preview": []}]},
        {},
    ],
    ids=str,
)
async def test_without_snippets_there_is_the_preview_and_no_hit_is_lost(snippets):
    page = await found(scripted(EMAIL, **{"SearchSnippet/get": snippets}), search(snippets=True))
    assert [hit.snippet for hit in page.hits] == ["A preview"]


@pytest.mark.parametrize("refused", ["unsupportedFilter", "invalidArguments"])
async def test_a_filter_that_the_server_refuses_is_told_as_what_it_is(refused):
    with pytest.raises(SearchRefused) as raised:
        await found(
            scripted(**{"Email/query": refused, "Email/get": "invalidResultReference"}), search("list:x budget")
        )
    assert "Leave out `list:`" in raised.value.text
    assert "budget" not in raised.value.text + str(raised.value)


@pytest.mark.parametrize(
    "harmed",
    [None, 5, [], {}, {"id": None}, {"id": "a b"}, {"threadId": "T9"}],
    ids=str,
)
async def test_one_odd_email_harms_only_itself_and_is_counted(harmed):
    provider = scripted(harmed, EMAIL, **{"Email/query": {"ids": ["M0", "M1"], "total": 2}})
    page = await found(provider)
    assert [hit.envelope.id for hit in page.hits] == ["M1"]
    assert page.unreadable == 1
    assert page.consumed == 2


@pytest.mark.parametrize("total", [None, -1, "3", True])
async def test_without_a_total_a_full_page_may_be_followed_by_another(total):
    provider = scripted(EMAIL, **{"Email/query": {"ids": ["M1"], "total": total}})
    page = await found(provider)
    assert (page.total, page.has_more) == (None, False)
    page = await found(provider, Search(query=search().query, limit=1))
    assert page.has_more


async def test_a_response_without_a_list_of_emails_is_an_unexpected_answer():
    with pytest.raises(UnexpectedAnswer):
        await found(scripted(EMAIL, **{"Email/get": {"list": None}}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-9, 9) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
PARTS = {
    "bodyValues": {"1": {"value": "Hello", "isTruncated": True}},
    "textBody": [{"partId": "1", "type": "text/plain"}],
    "htmlBody": [{"partId": "1", "type": "text/plain"}],
    "attachments": [{"partId": "2", "blobId": "B", "type": "text/csv", "name": "a.csv", "size": 3}],
}


@given(st.dictionaries(st.sampled_from([*EMAIL, *PARTS]), JSON))
def test_no_email_makes_the_reading_of_it_fail(change):
    sent = json.loads(json.dumps(EMAIL | PARTS | change))
    read = message(sent)
    assert (read is None) == (envelope(sent) is None)
    if "id" not in change:
        assert read is not None
