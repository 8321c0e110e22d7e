"""Email/set by RFC 8621 §4.6 and RFC 8620 §5.3."""

import pytest

from mailconnect.sandbox.accounts import ALICE as OWNER
from mailconnect.sandbox.oauth.scopes import CORE, MAIL
from tests.sandbox.conftest import ALICE

pytestmark = pytest.mark.anyio

DRAFTS, INBOX, TRASH = (OWNER.primary.mailbox_id((name,)) for name in ("Drafts", "Inbox", "Trash"))
PLAIN = {
    "mailboxIds": {DRAFTS: True},
    "keywords": {"$draft": True, "$seen": True},
    "messageId": ["one@sandbox.test"],
    "sentAt": "2027-01-15T08:00:00Z",
    "from": [{"name": "Alice Sandbox", "email": "alice@sandbox.test"}],
    "to": [{"name": 'Jörg, the "Bear"', "email": "joerg@x.example"}, {"email": "b@x.example"}],
    "subject": "Grüße und mehr",
    "textBody": [{"partId": "t", "type": "text/plain"}],
    "bodyValues": {"t": {"value": "Hello\nJörg"}},
}


@pytest.fixture
def create(ask):
    """The SetError or the created object of one email like PLAIN with these differences; None leaves out."""

    async def create(**changed):
        whole = {name: value for name, value in {**PLAIN, **changed}.items() if value is not None}
        answer = await ask("Email/set", create={"c": whole})
        return (answer["created"] or answer["notCreated"])["c"]

    return create


@pytest.fixture
def got(ask):
    async def got(email_id, **arguments):
        [email] = (await ask("Email/get", ids=[email_id], **arguments))["list"]
        return email

    return got


async def test_an_email_is_read_back_as_it_was_created(create, got):
    made = await create(
        cc=[],
        inReplyTo=["a@x.example"],
        references=[f"{number}{'y' * 90}@x.example" for number in range(5)],
        **{"header:X-Colour:asText": "blau, grün"},
    )
    assert made.keys() == {"id", "blobId", "threadId", "size"}
    properties = [*PLAIN, "inReplyTo", "references", "header:X-Colour:asText", "size", "blobId"]
    found = await got(made["id"], properties=properties, fetchTextBodyValues=True)
    assert found["to"] == [
        {"name": 'Jörg, the "Bear"', "email": "joerg@x.example"},
        {"name": None, "email": "b@x.example"},
    ]
    for name in ("mailboxIds", "keywords", "messageId", "sentAt", "from", "subject"):
        assert found[name] == PLAIN[name], name
    assert found["references"] == [f"{number}{'y' * 90}@x.example" for number in range(5)]
    assert found["header:X-Colour:asText"] == "blau, grün"
    [value] = found["bodyValues"].values()
    assert value["value"] == "Hello\nJörg"
    assert (found["size"], found["blobId"]) == (made["size"], made["blobId"])


async def test_the_server_gives_a_message_id_and_a_date_where_none_is_given(create, got):
    made = await create(messageId=None, sentAt=None)
    found = await got(made["id"], properties=["messageId", "sentAt", "receivedAt"])
    assert found["messageId"][0].endswith("@sandbox.test")
    assert found["sentAt"] == found["receivedAt"] == "2027-01-15T08:00:00Z"


async def test_text_html_pictures_and_files_become_a_tree(create, got, email):
    [bill] = (await email("power-bill"))["attachments"]
    made = await create(
        htmlBody=[{"partId": "h", "type": "text/html"}],
        bodyValues={
            "t": {"value": "Hello"},
            "h": {"value": '<img src="cid:house">', "isTruncated": False},
            "n": {"value": "Größe;1\n"},
        },
        attachments=[
            {"blobId": bill["blobId"], "type": bill["type"], "name": bill["name"]},
            {"partId": "n", "type": "text/csv", "name": "maße.csv"},
            {"blobId": bill["blobId"], "type": "image/png", "cid": "house", "disposition": "inline"},
        ],
    )
    found = await got(made["id"], properties=["attachments", "textBody", "htmlBody", "bodyStructure"])
    assert found["bodyStructure"]["type"] == "multipart/mixed"
    assert [part["type"] for part in found["textBody"]] == ["text/plain"]
    assert [part["type"] for part in found["htmlBody"]] == ["text/html"]
    assert [(part["type"], part["name"], part["cid"]) for part in found["attachments"]] == [
        ("image/png", None, "house"),
        ("application/pdf", "Rechnung Übersicht.pdf", None),
        ("text/csv", "maße.csv", None),
    ]
    assert found["attachments"][1]["blobId"] == bill["blobId"]


async def test_a_body_structure_is_kept(create, got):
    made = await create(
        textBody=None,
        bodyStructure={
            "type": "multipart/mixed",
            "subParts": [{"partId": "t", "type": "text/plain"}, {"partId": "t", "type": "text/plain", "name": "n.txt"}],
        },
    )
    structure = (await got(made["id"], properties=["bodyStructure"]))["bodyStructure"]
    assert [part["name"] for part in structure["subParts"]] == [None, "n.txt"]


async def test_an_attached_message_keeps_its_bytes(create, got, email):
    lunch = await email("lunch-1")
    made = await create(attachments=[{"blobId": lunch["blobId"], "type": "message/rfc822"}])
    [attached] = (await got(made["id"], properties=["attachments"]))["attachments"]
    assert attached["blobId"] == lunch["blobId"]


async def test_the_same_bytes_twice_are_one_email_and_with_attachments_they_are_two(create, ask):
    first, again = await create(), await create()
    assert (again["type"], again["existingId"]) == ("alreadyExists", first["id"])
    files = [{"partId": "t", "type": "text/plain", "name": "n.txt"}]
    assert (await create(attachments=files))["id"] != (await create(attachments=files))["id"]
    await ask("Email/set", destroy=[first["id"]])
    assert "id" in await create()


async def test_a_reply_joins_the_thread(create, email):
    lunch = await email("lunch-1")
    made = await create(subject="Re: Lunch on Friday?", inReplyTo=lunch["messageId"], references=lunch["messageId"])
    assert made["threadId"] == lunch["threadId"]


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"id": "x"}, "id"),
        ({"size": 3}, "size"),
        ({"headers": []}, "headers"),
        ({"nonsense": 1}, "nonsense"),
        ({"mailboxIds": {}}, "mailboxIds"),
        ({"mailboxIds": {"none": True}}, "mailboxIds"),
        ({"mailboxIds": {DRAFTS: False}}, "mailboxIds"),
        ({"keywords": {"two words": True}}, "keywords"),
        ({"keywords": {"$seen": 1}}, "keywords"),
        ({"receivedAt": "yesterday"}, "receivedAt"),
        ({"subject": "one\r\nBcc: thief@x.example"}, "subject"),
        ({"to": [{"name": "a\nb", "email": "a@x.example"}]}, "to"),
        ({"to": [{"email": "a@x.example\r\nBcc: b@x.example"}]}, "to"),
        ({"to": ["a@x.example"]}, "to"),
        ({"messageId": ["a b"]}, "messageId"),
        ({"sentAt": "now"}, "sentAt"),
        ({"header:From:asAddresses": [{"email": "b@x.example"}]}, "header:From:asAddresses"),
        ({"header:Content-Type:asRaw": "text/html"}, "header:Content-Type:asRaw"),
        ({"header:From:asText": "x"}, "header:From:asText"),
        ({"textBody": [{"partId": "none"}]}, "textBody"),
        ({"textBody": [{"partId": "t", "type": "text/html"}]}, "textBody"),
        ({"textBody": [{"partId": "t"}, {"partId": "t"}]}, "textBody"),
        ({"textBody": [{"partId": "t", "charset": "utf-8"}]}, "textBody"),
        ({"textBody": [{"partId": "t", "blobId": "b"}]}, "textBody"),
        ({"bodyStructure": {"partId": "t"}}, "bodyStructure"),
        ({"bodyValues": {"t": {"value": "x", "isTruncated": True}}}, "bodyValues/t"),
    ],
)
async def test_a_wrong_email_is_not_created_and_the_property_is_named(create, changed, wrong):
    refused = await create(**changed)
    assert (refused["type"], refused["properties"]) == ("invalidProperties", [wrong])


async def test_a_blob_that_is_not_there_is_named(create):
    refused = await create(attachments=[{"blobId": "G0", "type": "image/png"}])
    assert (refused["type"], refused["notFound"]) == ("blobNotFound", ["G0"])


async def test_a_full_account_creates_nothing(create, provider):
    provider.switches.over_quota = True
    assert (await create())["type"] == "overQuota"


async def test_patches_change_keywords_and_mailboxes_and_odd_ones_harm_only_themselves(ask, email, got):
    one, two, three = [(await email(key))["id"] for key in ("lunch-1", "power-bill", "kyoto-hotel")]
    before = (await ask("Email/get", ids=[]))["state"]
    answer = await ask(
        "Email/set",
        update={
            one: {
                "keywords/$Flagged": True,
                "keywords/$seen": None,
                f"mailboxIds/{TRASH}": True,
                f"mailboxIds/{INBOX}": None,
            },
            two: {"mailboxIds": {}},
            three: {"keywords": {}, "keywords/$seen": True},
            "none": {"keywords/$seen": True},
        },
    )
    assert answer["updated"] == {one: None}
    assert answer["oldState"] == before != answer["newState"]
    assert {name: error["type"] for name, error in answer["notUpdated"].items()} == {
        two: "invalidProperties",
        three: "invalidPatch",
        "none": "notFound",
    }
    found = await got(one, properties=["keywords", "mailboxIds"])
    assert found["mailboxIds"] == {TRASH: True}
    assert found["keywords"] == {"$flagged": True}
    assert (await ask("Email/changes", sinceState=before))["updated"] == [one]


@pytest.mark.parametrize(
    ("patch", "error"),
    [
        ({"subject": "x"}, "invalidProperties"),
        ({"keywords/a b": True}, "invalidProperties"),
        ({"keywords/x": False}, "invalidProperties"),
        ({"keywords/x/y": True}, "invalidPatch"),
        ({"mailboxIds/none": True}, "invalidProperties"),
    ],
)
async def test_a_patch_of_something_else_is_refused(ask, email, patch, error):
    one = (await email("lunch-1"))["id"]
    assert (await ask("Email/set", update={one: patch}))["notUpdated"][one]["type"] == error


async def test_a_destroyed_email_is_gone(ask, create):
    made = (await create())["id"]
    answer = await ask("Email/set", destroy=[made, "none"], update={made: {"keywords/$seen": None}})
    assert answer["destroyed"] == [made]
    assert answer["notDestroyed"]["none"]["type"] == "notFound"
    assert answer["notUpdated"][made]["type"] == "willDestroy"
    assert (await ask("Email/get", ids=[made]))["notFound"] == [made]


async def test_another_state_stops_everything(ask, refused):
    state = (await ask("Email/get", ids=[]))["state"]
    assert await refused("Email/set", ifInState="J1", create={"c": PLAIN}) == "stateMismatch"
    assert (await ask("Email/set", ifInState=state, create={"c": PLAIN}))["created"]
    assert await refused("Email/set", ifInState=state, create={"c": PLAIN}) == "stateMismatch"


async def test_a_later_call_names_what_an_earlier_one_created(call):
    made, changed = await call(
        ["Email/set", {"accountId": ALICE, "create": {"new": PLAIN}}, "0"],
        ["Email/set", {"accountId": ALICE, "update": {"#new": {"keywords/$flagged": True}}}, "1"],
    )
    assert changed[1]["updated"] == {made[1]["created"]["new"]["id"]: None}


async def test_created_ids_are_answered_where_they_were_sent(post):
    body = {
        "using": [CORE, MAIL],
        "createdIds": {},
        "methodCalls": [["Email/set", {"accountId": ALICE, "create": {"new": PLAIN}}, "0"]],
    }
    answer = (await post(body)).json()
    assert answer["createdIds"] == {"new": answer["methodResponses"][0][1]["created"]["new"]["id"]}


@pytest.mark.parametrize("arguments", [{"create": []}, {"update": {"x": 1}}, {"destroy": "x"}, {"nonsense": 1}])
async def test_wrong_arguments_are_refused(refused, arguments):
    assert await refused("Email/set", **arguments) == "invalidArguments"


async def test_a_read_only_token_changes_nothing(call):
    [[kind, result, _]] = await call(
        ["Email/set", {"accountId": ALICE, "create": {"c": PLAIN}}, "0"], token="fmu1-sandbox-alice-readonly"
    )
    assert (kind, result["type"]) == ("error", "accountReadOnly")
