"""A document that differs from a valid one in one place: each tool's answer has every object that is unharmed.

`make fuzz N=2000` makes 20,000 mutations, for there are ten documents.
"""

import asyncio
import copy
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.jmap.capabilities import CONTACTS, CORE, MAIL
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.mail import JmapMail
from mailconnect.jmap.mailbox.mailboxes import parse_mailboxes
from mailconnect.jmap.mailbox.remembered_places import RememberedPlaces
from mailconnect.jmap.response import Responses, decode, parse_responses
from mailconnect.jmap.session import Session, parse_session
from mailconnect.mcp.dispatch import respond
from mailconnect.mcp.mailconnect import mailconnect
from mailconnect.outbound.allowed_hosts import HostAllowList
from tests.mcp.conftest import context_of, wire_mailbox
from tests.real_scopes import ALL

SERVER = mailconnect("1")
HOSTS = HostAllowList.of(["mail.example.com"])
Path = tuple[Any, ...]

MAILBOXES = [
    wire_mailbox("b1", "Inbox", role="inbox", totalEmails=3),
    wire_mailbox("b2", "Work", parentId="b1", sortOrder=7),
    wire_mailbox("b3", "Deeper", parentId="b2"),
    wire_mailbox("b4", "Last"),
]
MORE = [wire_mailbox("b5", "Fifth"), wire_mailbox("b6", "Sixth")]


def email(ident: str) -> dict[str, Any]:
    return {
        "id": ident,
        "blobId": f"B{ident}",
        "threadId": "T1",
        "mailboxIds": {"b1": True},
        "keywords": {"$seen": True},
        "receivedAt": "2026-11-30T09:00:00Z",
        "from": [{"name": "Ann", "email": "ann@example.org"}],
        "to": [{"name": None, "email": "alice@example.com"}],
        "cc": None,
        "bcc": None,
        "replyTo": None,
        "subject": f"About {ident}",
        "size": 100,
        "hasAttachment": True,
        "preview": f"A preview of {ident}",
        "bodyValues": {"1": {"value": f"The body of {ident}", "isTruncated": False, "isEncodingProblem": False}},
        "textBody": [{"partId": "1", "blobId": "P1", "type": "text/plain", "size": 9, "name": None}],
        "htmlBody": [{"partId": "1", "blobId": "P1", "type": "text/plain", "size": 9, "name": None}],
        "attachments": [{"partId": "2", "blobId": "P2", "type": "image/png", "size": 5, "name": "a.png", "cid": None}],
        "header:Authentication-Results:asText:all": ["mx.example.com; dmarc=pass header.from=example.org"],
        "header:List-Unsubscribe:asURLs": None,
    }


EMAILS = [email(f"M{number}") for number in (1, 2, 3)]
IDS = [one["id"] for one in EMAILS]


def card(number: int) -> dict[str, Any]:
    return {
        "id": f"C{number}",
        "name": {"full": f"Person {number}", "components": [{"kind": "given", "value": "P"}]},
        "emails": {"e1": {"address": f"p{number}@example.org", "contexts": {"work": True}}},
        "phones": {"p1": {"number": "+49 30 1"}},
        "organizations": {"o1": {"name": "Org"}},
        "nicknames": None,
    }


def account(name: str, *, personal: bool) -> dict[str, Any]:
    capabilities: dict[str, Any] = {CORE: {}, MAIL: {"maxMailboxDepth": None}}
    return {"name": name, "isPersonal": personal, "isReadOnly": False, "accountCapabilities": capabilities}


def get(call: str, listed: Sequence[Any], name: str = "Email/get") -> list[Any]:
    return [name, {"accountId": "u1", "state": "s1", "list": [*listed], "notFound": []}, call]


def query(call: str, ids: Sequence[str], name: str = "Email/query") -> list[Any]:
    told = {"accountId": "u1", "queryState": "q", "canCalculateChanges": True, "position": 0, "ids": [*ids]}
    return [name, {**told, "total": len(ids)}, call]


def responses(*answered: list[Any]) -> dict[str, Any]:
    return {"methodResponses": [*answered], "sessionState": "s1", "latestClientVersion": ""}


SESSION = {
    "capabilities": {CORE: {"maxObjectsInGet": 500, "maxCallsInRequest": 16}, MAIL: {}, CONTACTS: {}},
    "accounts": {
        "u1": account("alice@example.com", personal=True),
        "u2": account("bob@example.com", personal=False),
        "u3": account("carol@example.com", personal=False),
    },
    "primaryAccounts": {MAIL: "u1", CONTACTS: "u1"},
    "username": "alice@example.com",
    "apiUrl": "https://mail.example.com/api",
    "downloadUrl": "https://mail.example.com/download/{accountId}/{blobId}/{name}?type={type}",
    "uploadUrl": "https://mail.example.com/upload/{accountId}/",
    "eventSourceUrl": "https://mail.example.com/events",
    "state": "s1",
}


@dataclass
class Server:
    """Gives the documents in turn; `maximum` is what it says that it gives at once."""

    documents: list[bytes]
    maximum: int = 500
    given: int = 0

    async def account_id(self) -> str:
        return "u1"

    async def contacts_account_id(self) -> str | None:
        return "u1"

    async def most_objects(self) -> int:
        return self.maximum

    async def session(self) -> Session:
        document = decode(self._next())
        return parse_session(document, session_url="https://mail.example.com/jmap", allowed_hosts=HOSTS)

    async def call(self, using: Sequence[str], calls: Sequence[Invocation]) -> Responses:
        return parse_responses(self._next())

    async def download(self, account_id: str, blob_id: str, *, maximum: int) -> bytes:
        raise AssertionError

    def _next(self) -> bytes:
        self.given += 1
        return self.documents[min(self.given, len(self.documents)) - 1]


@dataclass(frozen=True)
class Document:
    """`harms` tells what a change at a place may cost; every other one of `objects` must be in the tool's answer."""

    tool: str
    arguments: Mapping[str, Any]
    valid: Any
    objects: Mapping[str, str]
    """By name, what the answer says of an object that is there."""
    harms: Callable[[Path], set[str]]
    before: tuple[Any, ...] = ()
    """Valid documents that come before this one."""
    after: tuple[Any, ...] = ()
    maximum: int = 500
    remembers: bool = False
    """Whether the mailboxes with a role are known, as after another search."""
    places: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.places.extend(_places(self.valid))


def _places(node: Any, at: Path = ()) -> Iterator[Path]:
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in members:
        yield (*at, name)
        yield from _places(value, (*at, name))


def of_list(objects: Mapping[str, str], response: int, *, elsewhere: bool = False) -> Callable[[Path], set[str]]:
    """Objects in the `list` of one response: a change in one costs that one, a change above them costs all.
    `elsewhere`: whether a change in another response may cost any.
    """
    names = [*objects]

    def harms(at: Path) -> set[str]:
        match at:
            case ("methodResponses",):
                return {*names}
            case ("methodResponses", number, *_) if number != response:
                return {*names} if elsewhere else set()
            case ("methodResponses", _, 1, "list", int(index), *_):
                return {names[index]}
            case ("methodResponses", _, 1, name, *_) if name != "list":
                return set()
            case ("methodResponses", *_):
                return {*names}
            case _:
                return set()

    return harms


def of_session(at: Path) -> set[str]:
    """Without the own account or the API there is no mailbox; whose account is the own one is told in two places."""
    match at:
        case ("accounts", "u1", *_) | ("accounts",) | ("apiUrl",):
            return {"u1", "u2", "u3"}
        case ("accounts", other, *_):
            return {str(other)}
        case _:
            return set()


def of_query(at: Path) -> set[str]:
    """Of the mailboxes that a query adds to those that came before."""
    match at:
        case ("methodResponses", 0, 1, "ids", int(index), *_) if index >= len(MAILBOXES):
            return {MORE[index - len(MAILBOXES)]["id"]}
        case ("methodResponses", 0, 1, "ids", int(), *_):
            return set()
        case ("methodResponses", 0, 1, name, *_) if name not in {"ids", "limit"}:
            return set()
        case ("methodResponses", *_):
            return {one["id"] for one in MORE}
        case _:
            return set()


NAMED = {one["id"]: f"mailboxId {one['id']}]" for one in MAILBOXES}
LISTED = {ident: f"emailId {ident} " for ident in IDS}
READ = {ident: f"The body of {ident}" for ident in IDS}
CARDS = {f"C{number}": f"Person {number} · p{number}@example.org" for number in (1, 2, 3)}
IDENTITIES = [
    {
        "id": f"I{number}",
        "name": f"Alice {number}",
        "email": f"alice{number}@example.com",
        "replyTo": None,
        "bcc": None,
        "textSignature": "Alice",
        "htmlSignature": "",
        "mayDelete": False,
    }
    for number in (1, 2, 3)
]
SENDERS = {one["id"]: f"identityId {one['id']} · {one['email']}" for one in IDENTITIES}
MASKED = [
    {
        "id": f"X{number}",
        "email": f"hidden{number}@example.com",
        "state": "enabled",
        "forDomain": "https://shop.example",
        "description": "A shop",
        "createdAt": "2026-11-01T09:00:00Z",
        "lastMessageAt": None,
    }
    for number in (1, 2, 3)
]
HIDDEN = {one["id"]: f"maskedEmailId {one['id']} " for one in MASKED}
BOXES = get("mailboxes", MAILBOXES, "Mailbox/get")
DOCUMENTS = {
    "session": Document(
        "get_session",
        {},
        SESSION,
        {"u1": "[accountId u1]", "u2": "[accountId u2]", "u3": "[accountId u3]"},
        of_session,
    ),
    "mailboxes": Document(
        "list_mailboxes", {}, responses(get("0", MAILBOXES, "Mailbox/get")), NAMED, of_list(NAMED, 0)
    ),
    "query": Document(
        "list_mailboxes",
        {},
        responses(query("0", [one["id"] for one in (*MAILBOXES, *MORE)], "Mailbox/query")),
        NAMED | {one["id"]: f"mailboxId {one['id']}]" for one in MORE},
        of_query,
        before=(responses(get("0", MAILBOXES, "Mailbox/get")),),
        after=(responses(get("0", MORE, "Mailbox/get")),),
        maximum=len(MAILBOXES),
    ),
    "search": Document(
        "search_emails",
        {"query": "in:anywhere about", "collapse": False},
        responses(
            query("query", IDS),
            get("get", EMAILS),
            get("snippets", [{"emailId": ident, "subject": None, "preview": "a <mark>b</mark>"} for ident in IDS]),
        ),
        LISTED,
        of_list(LISTED, 1),
        before=(responses(get("0", MAILBOXES, "Mailbox/get")),),
    ),
    "search in one request": Document(
        "search_emails",
        {"query": "in:anywhere about", "collapse": False},
        responses(BOXES, query("query", IDS), get("get", EMAILS), get("snippets", [])),
        LISTED,
        of_list(LISTED, 2),
        remembers=True,
    ),
    "emails": Document("read_emails", {"emailIds": IDS}, responses(BOXES, get("get", EMAILS)), READ, of_list(READ, 1)),
    "thread": Document(
        "read_emails",
        {"threadId": "T1"},
        responses(BOXES, get("thread", [{"id": "T1", "emailIds": IDS}], "Thread/get"), get("get", EMAILS)),
        READ,
        of_list(READ, 2),
    ),
    "identities": Document(
        "list_identities",
        {},
        responses(get("identities", IDENTITIES, "Identity/get")),
        SENDERS,
        of_list(SENDERS, 0),
    ),
    "masked": Document(
        "list_masked_emails", {}, responses(get("get", MASKED, "MaskedEmail/get")), HIDDEN, of_list(HIDDEN, 0)
    ),
    "contacts": Document(
        "find_contacts",
        {"name": "person"},
        responses(
            query("query", [*CARDS], "ContactCard/query"),
            get("get", [card(number) for number in (1, 2, 3)], "ContactCard/get"),
        ),
        CARDS,
        of_list(CARDS, 1),
    ),
}

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
HUGE = st.sampled_from(
    [
        "x" * 100_000,
        "é " * 3000,
        10**30,
        -(10**30),
        1e300,
        ["x"] * 3000,
        [{}] * 3000,
        {f"name{number}": {} for number in range(3000)},
        {"x" * 5000: True},
        [[[[[[[[]]]]]]]] * 100,
    ]
)


def changed(valid: Any, at: Path, how: str, value: Any) -> Any:
    document = copy.deepcopy(valid)
    holder = document
    for name in at[:-1]:
        holder = holder[name]
    last = at[-1]
    if how == "missing":
        del holder[last]
    elif how == "twice" and isinstance(holder, list):
        holder.insert(last, holder[last])
    elif how == "twice":
        holder[f"{last}2"] = holder[last]
    else:
        holder[last] = value
    return document


async def said(document: Document, mutated: Any) -> str:
    wire = [json.dumps(one).encode() for one in (*document.before, mutated, *document.after)]
    remembered = RememberedPlaces()
    if document.remembers:
        remembered.keep("u1", parse_mailboxes(json.dumps({"list": MAILBOXES}).encode())[0])
    mail = JmapMail(Server(wire, document.maximum), remembered)
    called = {"name": document.tool, "arguments": document.arguments}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": called}).encode()
    answered = await respond(SERVER, [("mcp-protocol-version", "2025-06-18")], body, context_of(mail, granted=ALL))
    assert answered.fault is None, answered.fault
    return str(json.loads(answered.body or b"")["result"]["content"][0]["text"])


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as one:
        yield one


@pytest.mark.parametrize("name", DOCUMENTS)
def test_of_a_valid_document_every_object_is_in_the_answer(name: str, runner: asyncio.Runner) -> None:
    document = DOCUMENTS[name]
    text = runner.run(said(document, document.valid))
    assert not [one for one, told in document.objects.items() if told not in text]


@pytest.mark.parametrize("name", DOCUMENTS)
@given(data=st.data())
def test_one_mutation_costs_no_object_that_it_does_not_touch(
    name: str, runner: asyncio.Runner, data: st.DataObject
) -> None:
    document = DOCUMENTS[name]
    at = data.draw(st.sampled_from(document.places))
    how = data.draw(st.sampled_from(["null", "another", "huge", "missing", "twice"]))
    value = data.draw(ANYTHING if how == "another" else HUGE if how == "huge" else st.none())
    text = runner.run(said(document, changed(document.valid, at, how, value)))
    harmed = document.harms(at)
    lost = [one for one, told in document.objects.items() if one not in harmed and told not in text]
    assert not lost, f"{how} at {at} costs {lost}: {text[:300]}"
