"""The sandbox answers as Cyrus does: one person's mail in both, the same requests; known differences are named."""

from collections.abc import Callable, Iterator
from typing import Any

import anyio
import httpx
import pytest

from mailconnect.sandbox.app import create_app
from mailconnect.sandbox.mail.messages import messages
from tests.peers.cyrus.cyrus import Cyrus
from tests.peers.cyrus.packages import CyrusUnavailableError
from tests.peers.cyrus.person import SETTINGS, load_everybody

pytestmark = pytest.mark.peer

NOW = 1_800_000_000
USING = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"]
NEWEST_FIRST = [{"property": "receivedAt", "isAscending": False}]
PROPERTIES = [
    *("blobId", "threadId", "keywords", "size", "receivedAt", "messageId", "inReplyTo", "references", "sender", "from"),
    *("to", "cc", "bcc", "replyTo", "subject", "sentAt", "textBody", "htmlBody", "attachments", "bodyValues"),
    *("bodyStructure", "headers", "header:Subject", "header:List-Id:asText", "header:List-Unsubscribe:asURLs"),
    *("header:Authentication-Results:asText:all", "header:To:asGroupedAddresses", "header:X-None:asText"),
]
# The RFC wants what the sandbox says: the charset as it stands, and an unknown encoding read as none.
OTHERWISE_ON_CYRUS = {
    "odd-unknown-charset": {"textBody", "htmlBody", "bodyStructure"},
    "odd-unknown-encoding": {"textBody", "htmlBody", "bodyStructure", "bodyValues"},
    # Cyrus gives message/delivery-status a charset.
    "odd-bounce": {"attachments", "bodyStructure"},
}

Ask = Callable[..., list[Any]]
Download = Callable[[dict[str, Any]], bytes]
"""The content of a part that Email/get told of."""
Emails = dict[str, dict[str, Any]]


class Both:
    """Two servers with the same mail; emails go by the letter's key."""

    def __init__(self, sandbox: Ask, cyrus: Ask, here: Download, there: Download) -> None:
        self.sandbox, self.cyrus = sandbox, cyrus
        self.downloaded_here, self.downloaded_there = here, there
        keys = {message.email_id: message.key for message in messages("alice", NOW)}
        ours, theirs = _everything(sandbox), _everything(cyrus)
        by_blob = {email["blobId"]: keys[email["id"]] for email in ours.values()}
        self.sandbox_emails: Emails = {by_blob[email["blobId"]]: email for email in ours.values()}
        self.cyrus_emails: Emails = {by_blob[email["blobId"]]: email for email in theirs.values()}
        self._keys = {
            email["id"]: key for emails in (self.sandbox_emails, self.cyrus_emails) for key, email in emails.items()
        }

    def found(self, ask: Ask, **arguments: Any) -> list[str]:
        [[name, result]] = ask(("Email/query", {"sort": NEWEST_FIRST, **arguments}))
        assert name == "Email/query", result
        return [self._keys[email_id] for email_id in result["ids"]]

    def refused(self, ask: Ask, name: str, arguments: dict[str, Any]) -> str:
        [[kind, result]] = ask((name, arguments))
        assert kind == "error", result
        return str(result["type"])


def _everything(ask: Ask) -> Emails:
    [[_, found]] = ask(("Email/query", {}))
    emails: Emails = {}
    for start in range(0, len(found["ids"]), 100):
        asked = {"ids": found["ids"][start : start + 100], "properties": PROPERTIES, "fetchAllBodyValues": True}
        [[_, got]] = ask(("Email/get", asked))
        emails |= {email["id"]: email for email in got["list"]}
    return emails


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    app = create_app(clock=lambda: NOW)

    async def over_asgi(method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox.test") as http:
            headers = {"authorization": "Bearer fmu1-sandbox-alice-full"}
            return await http.request(method, path, json=body, headers=headers)

    def here(part: dict[str, Any]) -> bytes:
        path = f"/jmap/download/ua11ce000/{part['blobId']}/x?type={part['type']}"
        return anyio.run(over_asgi, "GET", path).raise_for_status().content

    def sandbox(*calls: tuple[str, dict[str, Any]]) -> list[Any]:
        asked = {"using": USING, "methodCalls": _written("ua11ce000", calls)}
        return _responses(anyio.run(over_asgi, "POST", "/jmap/api/", asked))

    try:
        with Cyrus.started(settings=SETTINGS, provisioned=False) as server:
            load_everybody(server, NOW)

            def cyrus(*calls: tuple[str, dict[str, Any]]) -> list[Any]:
                asked = {"using": USING, "methodCalls": _written("alice", calls)}
                headers = {"Authorization": f"Bearer {server.mint('alice')}"}
                return _responses(httpx.post(server.jmap_url, headers=headers, json=asked, timeout=60))

            def there(part: dict[str, Any]) -> bytes:
                url = f"{server.jmap_url}download/alice/{part['blobId']}/x?accept={part['type']}"
                headers = {"Authorization": f"Bearer {server.mint('alice')}"}
                return httpx.get(url, headers=headers, timeout=60).raise_for_status().content

            yield Both(sandbox, cyrus, here, there)
    except CyrusUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)


def _written(account: str, calls: tuple[tuple[str, dict[str, Any]], ...]) -> list[Any]:
    return [[name, {"accountId": account, **arguments}, str(n)] for n, (name, arguments) in enumerate(calls)]


def _responses(answer: httpx.Response) -> list[Any]:
    return [[name, result] for name, result, _ in answer.raise_for_status().json()["methodResponses"]]


def test_both_have_every_message(both: Both) -> None:
    assert both.sandbox_emails.keys() == both.cyrus_emails.keys()
    assert len(both.sandbox_emails) > 300


@pytest.mark.parametrize("name", [name for name in PROPERTIES if name != "threadId"])
def test_every_email_has_the_same_property_on_both(both: Both, name: str) -> None:
    for key, email in both.sandbox_emails.items():
        if name not in OTHERWISE_ON_CYRUS.get(key, ()):
            assert email[name] == both.cyrus_emails[key][name], key


def test_the_named_differences_are_still_there(both: Both) -> None:
    for key, names in OTHERWISE_ON_CYRUS.items():
        ours, theirs = both.sandbox_emails[key], both.cyrus_emails[key]
        assert {name for name in PROPERTIES if name != "threadId" and ours[name] != theirs[name]} == names


def test_threads_hold_the_same_emails(both: Both) -> None:
    def threads(emails: Emails) -> set[frozenset[str]]:
        grouped: dict[str, set[str]] = {}
        for key, email in emails.items():
            grouped.setdefault(email["threadId"], set()).add(key)
        return {frozenset(keys) for keys in grouped.values()}

    assert threads(both.sandbox_emails) == threads(both.cyrus_emails)
    assert max(map(len, threads(both.sandbox_emails))) == 12


@pytest.mark.parametrize(
    "condition",
    [
        *({"text": text} for text in ("invoice", "invoices", "Rechnung", "RECHNUNG", "sidamo", "nimbus", "nordlicht")),
        *({"text": text} for text in ("charred larch", '"charred larch"', '"larch charred"', "facade decision")),
        *({"text": text} for text in ("京都", "再会", "会議資料", "Шостаковича", "концерт", "بيروت", "안녕하세요")),
        *({"text": text} for text in ("carrelage", "echantillons", "café", "2026/88", "HL-205", "Talon", "PDF")),
        # all words in one field: one is in these subjects, the other in these bodies
        {"text": "coffee sidamo"},
        *({"from": text} for text in ("lindenhof.example", "Carol Osei", "example", "info@holzkohle.example")),
        *({name: "jonas"} for name in ("to", "cc", "bcc")),
        *({"subject": text} for text in ("facade", "re", '"facade decision"')),
        *({"body": text} for text in ("stainless", "dentist's")),
        {"hasKeyword": "$flagged"},
        {"notKeyword": "$seen"},
        {"allInThreadHaveKeyword": "$seen"},
        {"noneInThreadHaveKeyword": "$seen"},
        {"someInThreadHaveKeyword": "$flagged"},
        {"minSize": 50_000},
        {"after": "2027-01-10T00:00:00Z"},
        {"before": "2026-11-01T00:00:00Z"},
        {"header": ["list-id"]},
        {"header": ["List-Id", "cyclists"]},
        {"header": ["message-id", "lunch-1@sandbox.test"]},
        {"header": ["x-none"]},
        {"operator": "OR", "conditions": [{"from": "taro"}, {"subject": "lunch"}]},
        {"operator": "NOT", "conditions": [{"from": "lindenhof.example"}]},
        {
            "operator": "AND",
            "conditions": [{"text": "charred"}, {"operator": "NOT", "conditions": [{"subject": "facade"}]}],
        },
        {"text": "coffee", "subject": "5310"},
        {},
        None,
    ],
    ids=str,
)
def test_a_filter_finds_the_same_emails_in_the_same_order(both: Both, condition: dict[str, Any] | None) -> None:
    found = both.found(both.sandbox, filter=condition)
    assert set(found) == set(both.found(both.cyrus, filter=condition))
    times = [both.sandbox_emails[key]["receivedAt"] for key in found]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ({"text": "Größe"}, "Cyrus stems German, too"),
        ({"from": "carol"}, "an invitation's organizer counts as its sender on Cyrus"),
        ({"hasAttachment": True}, "Cyrus goes by a keyword that an annotator would set"),
        ({"maxSize": 700}, "less than on the sandbox, as the RFC says; at most on Cyrus"),
    ],
    ids=str,
)
def test_a_filter_that_is_known_to_find_others_on_cyrus(both: Both, condition: dict[str, Any], why: str) -> None:
    assert set(both.found(both.sandbox, filter=condition)) != set(both.found(both.cyrus, filter=condition)), why


@pytest.mark.parametrize(
    "window",
    [
        {"limit": 3},
        {"position": 5, "limit": 2},
        {"position": -2},
        {"position": 10_000},
        {"limit": 0},
        {"collapseThreads": True, "limit": 5},
        {"sort": [{"property": "size"}], "limit": 5},
        {"sort": [{"property": "receivedAt", "isAscending": True}], "limit": 4},
    ],
    ids=str,
)
def test_a_window_shows_the_same_part_of_the_same_total(both: Both, window: dict[str, Any]) -> None:
    asked = {"filter": {"inMailboxOtherThan": []}, "sort": NEWEST_FIRST, "calculateTotal": True, **window}
    totals = []
    for ask in (both.sandbox, both.cyrus):
        [[_, result]] = ask(("Email/query", asked))
        totals.append(result["total"])
    assert totals[0] == totals[1]
    assert both.found(both.sandbox, **asked) == both.found(both.cyrus, **asked)


def test_an_anchor_is_where_the_window_starts(both: Both) -> None:
    for emails, ask in ((both.sandbox_emails, both.sandbox), (both.cyrus_emails, both.cyrus)):
        anchored = both.found(ask, anchor=emails["lunch-1"]["id"], anchorOffset=-1, limit=3)
        everything = both.found(ask)
        start = everything.index("lunch-1") - 1
        assert anchored == everything[start : start + 3]


@pytest.mark.parametrize(
    ("name", "arguments", "cyrus_says"),
    [
        ("Email/query", {"anchor": "none"}, "anchorNotFound"),
        ("Email/query", {"sort": [{"property": "nonsense"}]}, "unsupportedSort"),
        ("Email/query", {"filter": {"text": 5}}, "invalidArguments"),
        ("Email/get", {"ids": [], "properties": ["nonsense"]}, "invalidArguments"),
        ("Email/get", {"ids": [], "properties": ["header:From:asDate"]}, "invalidArguments"),
        ("Email/get", {"ids": [], "properties": ["header:Subject:asAddresses"]}, "invalidArguments"),
        ("Email/queryChanges", {"sinceQueryState": "1"}, "cannotCalculateChanges"),
    ],
)
def test_a_refusal_is_of_the_same_type(both: Both, name: str, arguments: dict[str, Any], cyrus_says: str) -> None:
    assert both.refused(both.cyrus, name, arguments) == cyrus_says
    assert both.refused(both.sandbox, name, arguments) == cyrus_says


def test_an_unknown_filter_and_an_unknown_state_are_refused_by_the_rfc_here_and_otherwise_there(both: Both) -> None:
    unknown = ("Email/query", {"filter": {"nonsense": 1}})
    assert both.refused(both.sandbox, *unknown) == "unsupportedFilter"
    assert both.refused(both.cyrus, *unknown) == "invalidArguments"
    state = ("Email/changes", {"sinceState": "bogus"})
    assert both.refused(both.sandbox, *state) == "cannotCalculateChanges"
    assert both.refused(both.cyrus, *state) == "invalidArguments"


def test_a_whole_search_is_one_request_on_both(both: Both) -> None:
    """Query, emails, threads, the threads' emails and snippets, by back-references."""

    def refer(call: int, name: str, path: str) -> dict[str, str]:
        return {"resultOf": str(call), "name": name, "path": path}

    condition = {"text": '"charred larch"'}
    calls = [
        ("Email/query", {"filter": condition, "sort": NEWEST_FIRST, "collapseThreads": True, "limit": 1}),
        ("Email/get", {"#ids": refer(0, "Email/query", "/ids"), "properties": ["threadId"]}),
        ("Thread/get", {"#ids": refer(1, "Email/get", "/list/*/threadId")}),
        ("Email/get", {"#ids": refer(2, "Thread/get", "/list/*/emailIds"), "properties": ["messageId"]}),
        ("SearchSnippet/get", {"filter": condition, "#emailIds": refer(0, "Email/query", "/ids")}),
    ]
    for ask in (both.sandbox, both.cyrus):
        *_, (_, thread), (_, snippets) = ask(*calls)
        names = [email["messageId"][0].partition("@")[0] for email in thread["list"]]
        assert names == [f"harbour-{number:02}" for number in range(1, 13)]
        [snippet] = snippets["list"]
        assert "<mark>charred" in snippet["preview"]
        if ask is both.sandbox:  # Cyrus counts neither entities nor its own dots
            assert len(snippet["preview"].encode()) <= 255


def test_mailboxes_hold_the_same_numbers(both: Both) -> None:
    def told(ask: Ask) -> dict[str, tuple[int | str | None, ...]]:
        [[_, result]] = ask(("Mailbox/get", {}))
        roles = {role: role for role in ("inbox", "archive", "drafts", "sent", "junk", "trash")}
        counts = ("totalEmails", "unreadEmails", "totalThreads", "unreadThreads")
        return {
            box["name"].replace("/", "-"): (*(box[name] for name in counts), roles.get(box["role"]))
            for box in result["list"]
        }

    assert told(both.sandbox) == told(both.cyrus)


def test_the_folder_that_bob_shares_is_there_for_alice(both: Both) -> None:
    subjects = []
    for ask, account in ((both.sandbox, "ub0b00000"), (both.cyrus, "bob")):
        [[_, found]] = ask(("Email/query", {"accountId": account}))
        [[_, got]] = ask(("Email/get", {"accountId": account, "ids": found["ids"], "properties": ["subject"]}))
        subjects.append(sorted(email["subject"] for email in got["list"]))
    assert subjects[0] == subjects[1]
    assert len(subjects[0]) == 6


def test_a_part_is_downloaded_with_the_same_bytes(both: Both) -> None:
    for key in ("harbour-11", "odd-rfc2231", "invite-facade", "kyoto-hotel"):
        for ours, theirs in zip(
            both.sandbox_emails[key]["attachments"], both.cyrus_emails[key]["attachments"], strict=True
        ):
            assert both.downloaded_here(ours) == both.downloaded_there(theirs)
