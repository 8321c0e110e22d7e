"""Email/query, Thread/get, SearchSnippet/get and Email/changes: what finds mail, and in which order."""

import pytest

from mailconnect.sandbox.oauth.scopes import CORE, MAIL
from mailconnect.sandbox.switches import Fault
from tests.sandbox.conftest import ALICE, ISSUER

pytestmark = pytest.mark.anyio


@pytest.fixture
def found(ask):
    """The Message-IDs' left sides of what a filter finds."""

    async def found(condition=None, **arguments):
        ids = (await ask("Email/query", filter=condition, **arguments))["ids"]
        got = await ask("Email/get", ids=ids, properties=["messageId"])
        return [(email["messageId"] or ["nothing"])[0].partition("@")[0] for email in got["list"]]

    return found


async def test_newest_comes_first_unless_asked_otherwise(ask):
    ids = (await ask("Email/query"))["ids"]
    got = await ask("Email/get", ids=ids, properties=["receivedAt", "size"])
    times = [email["receivedAt"] for email in got["list"]]
    assert times == sorted(times, reverse=True)
    by_size = (await ask("Email/query", sort=[{"property": "size", "isAscending": False}], limit=1))["ids"]
    sizes = {email["id"]: email["size"] for email in got["list"]}
    assert sizes[by_size[0]] == max(sizes.values())


async def test_conditions_of_one_object_must_all_hold(found):
    assert await found({"from": "carol", "subject": "facade", "notKeyword": "$seen"}) == ["harbour-12"]
    assert await found({"text": "dentist", "hasAttachment": True}) == []


async def test_operators_nest(found):
    lunch, facade = {"subject": "lunch"}, {"subject": "facade"}
    either = {"operator": "OR", "conditions": [lunch, facade]}
    by_bob = {"operator": "AND", "conditions": [either, {"from": "bob"}]}
    assert set(await found(by_bob)) == {"lunch-1", "lunch-3"}
    neither = {"operator": "NOT", "conditions": [lunch, facade]}
    assert not set(await found(neither)) & set(await found(either))


@pytest.mark.parametrize(
    ("condition", "key"),
    [
        ({"bcc": "jonas"}, "sent-question"),
        ({"cc": "board"}, "huge-recipients"),
        ({"to": "garden@alice.sandbox.test"}, "alias-order"),
        ({"hasKeyword": "$PHISHING"}, "phish-parcel"),
        ({"header": ["X-Tracker-Issue", "HL-214"]}, "today-standup"),
        ({"body": '"Ethiopian place"', "from": "bob", "subject": "friday", "hasKeyword": "$seen"}, "lunch-1"),
        ({"text": "京都駅"}, "ja-kyoto-3"),
        ({"text": "Шостаковича", "subject": "Re"}, "ru-concert-2"),
        ({"text": "فخورة"}, "ar-greeting"),
        ({"text": "Loads.xlsx"}, None),
        ({"text": '"Loads facade"'}, "harbour-09"),
    ],
)
async def test_each_condition_finds_its_letter(found, condition, key):
    assert await found(condition) == ([] if key is None else [key])


async def test_dates_and_sizes_have_the_bounds_of_the_rfc(found, email):
    lunch = await email("lunch-1")
    at, size = lunch["receivedAt"], lunch["size"]
    assert "lunch-1" in await found({"after": at})
    assert "lunch-1" not in await found({"before": at})
    assert "lunch-1" in await found({"minSize": size})
    assert "lunch-1" not in await found({"maxSize": size})


async def test_mailboxes_are_one_or_all_others(ask, found):
    boxes = {box["role"]: box["id"] for box in (await ask("Mailbox/get"))["list"]}
    spam = set(await found({"inMailbox": boxes["junk"]}))
    assert spam == {"phish-parcel", "spam-prize", "spam-pills"}
    others = await found({"inMailboxOtherThan": [boxes["junk"], boxes["trash"]]})
    assert not spam & set(others)
    assert "trashed-offer" not in others


async def test_keywords_of_a_thread(found):
    threads = await found({"someInThreadHaveKeyword": "$answered"})
    assert {"papa-birthday-1", "papa-birthday-2", "papa-birthday-3"} == set(threads)
    assert "papa-birthday-1" not in await found({"noneInThreadHaveKeyword": "$answered"})
    assert "lunch-1" not in await found({"allInThreadHaveKeyword": "$seen"})


async def test_of_a_thread_the_first_by_the_order_stands_for_all(found):
    assert await found({"subject": "facade decision"}, collapseThreads=True) == ["harbour-12"]
    oldest = [{"property": "receivedAt", "isAscending": True}]
    assert await found({"subject": "facade decision"}, collapseThreads=True, sort=oldest) == ["harbour-01"]
    newest = await found({}, collapseThreads=True, limit=3)
    assert newest == ["today-standup", "harbour-12", "sample-wall"]


async def test_a_window_begins_at_a_position_or_an_anchor(ask, refused):
    ids = (await ask("Email/query"))["ids"]
    assert (await ask("Email/query", position=2, limit=3))["ids"] == ids[2:5]
    last = await ask("Email/query", position=-3, calculateTotal=True)
    assert (last["ids"], last["position"], last["total"]) == (ids[-3:], len(ids) - 3, len(ids))
    anchored = await ask("Email/query", anchor=ids[10], anchorOffset=-2, limit=3)
    assert (anchored["ids"], anchored["position"]) == (ids[8:11], 8)
    assert (await ask("Email/query", anchor=ids[1], anchorOffset=-5, limit=1))["position"] == 0
    beyond = await ask("Email/query", position=100_000)
    assert beyond["ids"] == []
    assert "total" not in beyond
    assert (await ask("Email/query", limit=0, calculateTotal=True))["total"] == len(ids)
    assert await refused("Email/query", anchor="none") == "anchorNotFound"
    assert await refused("Email/query", limit=-1) == "invalidArguments"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"filter": {"nonsense": 1}}, "unsupportedFilter"),
        ({"filter": {"text": 1}}, "invalidArguments"),
        ({"filter": {"before": "yesterday"}}, "invalidArguments"),
        ({"filter": {"before": "2027-01-01T00:00:00+01:00"}}, "invalidArguments"),
        ({"filter": {"minSize": -1}}, "invalidArguments"),
        ({"filter": {"header": []}}, "invalidArguments"),
        ({"filter": {"operator": "XOR", "conditions": []}}, "invalidArguments"),
        ({"filter": {"operator": "AND"}}, "invalidArguments"),
        ({"filter": []}, "invalidArguments"),
        ({"sort": [{"property": "nonsense"}]}, "unsupportedSort"),
        ({"sort": [{}]}, "invalidArguments"),
        ({"sort": [{"property": "hasKeyword"}]}, "invalidArguments"),
        ({"nonsense": 1}, "invalidArguments"),
    ],
)
async def test_an_unsupported_search_is_told_by_its_error(refused, arguments, expected):
    assert await refused("Email/query", **arguments) == expected


async def test_sorting_by_subject_name_and_keyword(found):
    by_keyword = [{"property": "hasKeyword", "keyword": "$flagged", "isAscending": False}, {"property": "subject"}]
    flagged = ["school-evening", "papa-birthday-1", "harbour-competition"]
    assert await found(sort=by_keyword, limit=3) == flagged
    names = await found(
        {"subject": "facade decision"}, sort=[{"property": "from"}, {"property": "receivedAt"}], limit=2
    )
    assert names == ["harbour-04", "harbour-08"]


async def test_queries_are_not_kept(ask, refused):
    state = (await ask("Email/query"))["queryState"]
    assert await refused("Email/queryChanges", sinceQueryState=state) == "cannotCalculateChanges"
    assert await refused("Email/queryChanges") == "invalidArguments"


async def test_a_search_with_its_threads_and_snippets_is_one_request(call):
    def refer(call_id, name, path):
        return {"resultOf": call_id, "name": name, "path": path}

    condition = {"text": '"charred larch"'}
    answers = await call(
        ["Email/query", {"accountId": ALICE, "filter": condition, "collapseThreads": True}, "q"],
        ["Email/get", {"accountId": ALICE, "#ids": refer("q", "Email/query", "/ids"), "properties": ["threadId"]}, "e"],
        ["Thread/get", {"accountId": ALICE, "#ids": refer("e", "Email/get", "/list/*/threadId")}, "t"],
        ["Email/get", {"accountId": ALICE, "#ids": refer("t", "Thread/get", "/list/*/emailIds")}, "m"],
        [
            "SearchSnippet/get",
            {"accountId": ALICE, "filter": condition, "#emailIds": refer("q", "Email/query", "/ids")},
            "s",
        ],
    )
    assert [name for name, _, _ in answers] == [
        "Email/query",
        "Email/get",
        "Thread/get",
        "Email/get",
        "SearchSnippet/get",
    ]
    thread = answers[3][1]["list"]
    assert len(thread) == 12
    assert [email["receivedAt"] for email in thread] == sorted(email["receivedAt"] for email in thread)
    [snippet] = answers[4][1]["list"]
    assert "<mark>charred larch</mark>" in snippet["preview"]


async def test_a_snippet_is_escaped_marked_and_short(ask, found):
    ids = (await ask("Email/query", filter={"from": "hotel"}))["ids"]
    ids += (await ask("Email/query", filter={"subject": "harbour"}))["ids"]
    condition = {"operator": "OR", "conditions": [{"text": "harbours"}, {"body": "Osei"}]}
    result = await ask("SearchSnippet/get", filter=condition, emailIds=[*ids, "none"])
    assert result["notFound"] == ["none"]
    marked = [snippet for snippet in result["list"] if snippet["subject"]]
    assert marked
    assert "<mark>Harbour</mark> library: facade decision" in {
        snippet["subject"].removeprefix("Re: ") for snippet in marked
    }
    for snippet in result["list"]:
        for text in (snippet["subject"] or "", snippet["preview"] or ""):
            assert "<" not in text.replace("<mark>", "").replace("</mark>", "")
        assert len((snippet["preview"] or "").encode()) <= 255


async def test_a_snippet_may_come_from_the_html_where_the_text_is_a_stub(ask):
    condition = {"text": '"rises and falls with the tide"'}
    ids = (await ask("Email/query", filter=condition, limit=1))["ids"]
    [snippet] = (await ask("SearchSnippet/get", filter=condition, emailIds=ids))["list"]
    assert "<mark>rises and falls with the tide</mark>" in snippet["preview"]


async def test_without_text_in_the_filter_there_is_nothing_to_show(ask):
    ids = (await ask("Email/query", limit=2))["ids"]
    result = await ask("SearchSnippet/get", filter={"hasKeyword": "$seen"}, emailIds=ids)
    assert [(snippet["subject"], snippet["preview"]) for snippet in result["list"]] == [(None, None)] * 2
    assert result["notFound"] is None


async def test_new_mail_is_a_change_and_moves_the_counts(ask, refused, http):
    state = (await ask("Email/get", ids=[]))["state"]
    before = {box["role"]: box["unreadEmails"] for box in (await ask("Mailbox/get"))["list"]}
    message = (
        "From: bob@sandbox.test\nSubject: Re: Lunch on Friday?\nReferences: <lunch-1@sandbox.test>\n\nRunning late.\n"
    )
    sent = {"username": "alice@sandbox.test", "mailbox": ["Inbox"], "message": message}
    email_id = (await http.post(f"{ISSUER}/sandbox/deliver", json=sent)).json()["emailId"]
    changes = await ask("Email/changes", sinceState=state)
    assert (changes["created"], changes["updated"], changes["destroyed"]) == ([email_id], [], [])
    assert changes["hasMoreChanges"] is False
    assert (await ask("Email/changes", sinceState=changes["newState"]))["created"] == []
    after = {box["role"]: box["unreadEmails"] for box in (await ask("Mailbox/get"))["list"]}
    assert after["inbox"] == before["inbox"] + 1
    [delivered] = (await ask("Email/get", ids=[email_id], properties=["threadId", "preview"]))["list"]
    thread = (await ask("Thread/get", ids=[delivered["threadId"]]))["list"][0]["emailIds"]
    assert len(thread) == 4
    assert delivered["preview"] == "Running late."
    assert await refused("Email/changes", sinceState="bogus") == "cannotCalculateChanges"
    assert await refused("Email/changes") == "invalidArguments"


@pytest.mark.parametrize("wrong", [{}, [], {"username": "x", "mailbox": [], "message": ""}, {"mailbox": ["Inbox"]}])
async def test_mail_that_cannot_be_delivered_is_refused(http, wrong):
    assert (await http.post(f"{ISSUER}/sandbox/deliver", json=wrong)).status_code == 400


async def test_a_switch_refuses_a_condition_wherever_it_stands(refused, ask, provider):
    provider.switches.apply({"refused_filters": ["body"]})
    nested = {"operator": "AND", "conditions": [{"subject": "facade"}, {"body": "larch"}]}
    assert await refused("Email/query", filter=nested) == "unsupportedFilter"
    assert await refused("SearchSnippet/get", filter={"body": "larch"}, emailIds=[]) == "unsupportedFilter"
    assert (await ask("Email/query", filter={"subject": "facade"}))["ids"]


@pytest.mark.parametrize("error", ["unsupportedFilter", "requestTooLarge", "anchorNotFound", "cannotCalculateChanges"])
async def test_a_switch_makes_a_query_fail_as_it_is_told(refused, ask, provider, error):
    provider.switches.add(Fault("Email/query", error=error, times=1))
    assert await refused("Email/query") == error
    assert (await ask("Email/query"))["ids"]


async def test_a_switch_changes_members_of_a_methods_answer(ask, provider):
    provider.switches.add(Fault("Email/query", change={"total": "many"}, omit=("queryState",), times=1))
    changed = await ask("Email/query", calculateTotal=True)
    assert changed["total"] == "many"
    assert "queryState" not in changed


async def test_without_the_mail_capability_there_is_no_such_method(call):
    [[name, result, _]] = await call(["Email/query", {"accountId": ALICE}, "0"], using=[CORE])
    assert (name, result["type"]) == ("error", "unknownMethod")
    assert MAIL
