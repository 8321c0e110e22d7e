"""Email/get by RFC 8621 §4.2, on letters that real mailboxes hold."""

import pytest

pytestmark = pytest.mark.anyio


async def test_without_properties_the_rfcs_own_come(email):
    found = await email("lunch-1")
    assert {"id", "threadId", "mailboxIds", "keywords", "subject", "textBody", "preview", "bodyValues"} <= found.keys()
    assert "bodyStructure" not in found
    assert found["subject"] == "Lunch on Friday?"
    assert found["from"] == [{"name": "Bob Sandbox", "email": "bob@sandbox.test"}]
    assert found["sender"] is found["cc"] is found["inReplyTo"] is None
    assert found["messageId"] == ["lunch-1@sandbox.test"]
    assert found["receivedAt"] == "2027-01-12T10:05:00Z"
    assert found["sentAt"] == "2027-01-12T11:04:13+01:00"
    assert found["bodyValues"] == {}
    assert found["preview"].startswith("Hi Alice, lunch on Friday at noon?")


async def test_plain_text_and_html_are_alternatives(email):
    found = await email("daily-brick-418", fetchTextBodyValues=True)
    [text], [html] = found["textBody"], found["htmlBody"]
    assert (text["type"], html["type"]) == ("text/plain", "text/html")
    assert found["attachments"] == []
    assert set(found["bodyValues"]) == {text["partId"]}
    found = await email("daily-brick-418", fetchHTMLBodyValues=True)
    assert set(found["bodyValues"]) == {html["partId"]}
    assert len(found["bodyValues"][html["partId"]]["value"]) > 80_000


async def test_html_alone_is_both_bodies_and_its_picture_is_an_attachment_too(email):
    found = await email("kyoto-hotel")
    assert [part["type"] for part in found["textBody"]] == ["text/html"]
    assert found["textBody"] == found["htmlBody"]
    [picture] = found["attachments"]
    assert (picture["type"], picture["cid"], picture["disposition"]) == ("image/png", "house@machiya", "inline")
    assert found["hasAttachment"] is False


async def test_attachments_have_names_of_the_world_types_and_sizes(email):
    found = await email("power-bill")
    [attached] = found["attachments"]
    assert (attached["name"], attached["type"]) == ("Rechnung Übersicht.pdf", "application/pdf")
    assert attached["size"] > 500
    assert found["hasAttachment"] is True
    names = [part["name"] for part in (await email("odd-rfc2231"))["attachments"]]
    assert names == ["Gebühren und Maße.csv", "Hinweis für Sie.txt"]


async def test_text_attachments_are_among_all_body_values(email):
    found = await email("invite-facade", fetchAllBodyValues=True)
    calendars = [value["value"] for value in found["bodyValues"].values() if "METHOD:REQUEST" in value["value"]]
    assert calendars
    assert "\r" not in calendars[0]


@pytest.mark.parametrize(
    ("key", "problem", "text"),
    [
        ("odd-unknown-charset", True, "gilt 30 Tage"),
        ("odd-bad-utf8", True, "p\ufffdt\ufffd en cro\ufffdte"),
        ("odd-no-charset", True, "an Z\ufffdrich"),
        ("odd-unknown-encoding", True, "JOB 0091 ENDED"),
        ("odd-latin-base64", False, "Die Gebühr beträgt 80 €."),
        ("odd-mojibake", False, "GrÃ¼ÃŸe"),
        ("odd-raw-eight-bit", False, "3,40 × 2,85"),
    ],
)
async def test_a_broken_encoding_is_told(email, key, problem, text):
    found = await email(key, fetchTextBodyValues=True)
    [value] = found["bodyValues"].values()
    assert value["isEncodingProblem"] is problem
    assert text in value["value"]


@pytest.mark.parametrize("maximum", [1, 10, 900, 5000])
async def test_a_text_is_cut_within_no_character_and_no_tag(email, maximum):
    for key in ("daily-brick-418", "ja-kyoto-1"):
        found = await email(key, fetchAllBodyValues=True, maxBodyValueBytes=maximum)
        for value in found["bodyValues"].values():
            assert len(value["value"].encode()) <= maximum
            assert "\ufffd" not in value["value"]
            assert value["value"].rfind("<") <= max(value["value"].rfind(">"), 0) or "<" not in value["value"]
            assert value["isTruncated"] is True or len(value["value"].encode()) < maximum
    whole = await email("lunch-1", fetchTextBodyValues=True, maxBodyValueBytes=100_000)
    assert [value["isTruncated"] for value in whole["bodyValues"].values()] == [False]


async def test_header_fields_come_in_the_forms_asked_for(email):
    asked = [
        "header:authentication-results:asText:all",
        "header:Authentication-Results:asText",
        "header:List-Unsubscribe:asURLs",
        "header:From",
        "header:X-None:all",
        "header:X-None:asText",
        "header:reply-to:asAddresses:all",
    ]
    found = await email("odd-forged-auth", properties=asked)
    results = found["header:authentication-results:asText:all"]
    assert [text.partition(";")[0] for text in results] == ["mx.sandbox.test", "mx.yourbank.example", "sandbox.test"]
    assert "dmarc=fail" in results[0]
    assert found["header:Authentication-Results:asText"] == results[-1]
    assert found["header:X-None:all"] == []
    assert found["header:X-None:asText"] is found["header:List-Unsubscribe:asURLs"] is None
    assert found["header:From"] == ' "Your Bank <security@yourbank.example>" <service@bank-secure.example>'
    assert found["header:reply-to:asAddresses:all"] == [[{"name": None, "email": "claims@collect-fast.example"}]]


async def test_the_structure_has_all_parts_and_the_properties_asked_for(email):
    found = await email(
        "odd-bounce", properties=["bodyStructure"], bodyProperties=["partId", "type", "header:Content-Type:asText"]
    )
    structure = found["bodyStructure"]
    assert structure["partId"] is None
    assert structure["header:Content-Type:asText"].startswith("multipart/report; report-type=delivery-status")
    types = [(part["partId"], part["type"]) for part in structure["subParts"]]
    assert types == [("1", "text/plain"), ("2", "message/delivery-status"), ("3", "message/rfc822")]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("odd-empty-subject", {"subject": ""}),
        ("odd-no-subject", {"subject": None}),
        ("odd-no-date", {"sentAt": None}),
        ("odd-bad-date", {"sentAt": None}),
        ("odd-rfc2047", {"subject": "会議の資料 et été 📎"}),
        ("odd-truncated", {"hasAttachment": True}),
    ],
)
async def test_a_header_that_is_missing_or_odd_is_null_or_decoded(email, key, expected):
    found = await email(key)
    assert {name: found[name] for name in expected} == expected


async def test_one_message_id_may_be_two_emails(ask):
    found = await ask("Email/query", filter={"header": ["message-id", "plant-swap@garden.example"]})
    got = await ask("Email/get", ids=found["ids"], properties=["messageId", "threadId"])
    assert len({email["id"] for email in got["list"]}) == 2
    assert len({email["threadId"] for email in got["list"]}) == 1


async def test_an_email_may_lie_in_two_mailboxes(email):
    assert len((await email("two-places"))["mailboxIds"]) == 2


async def test_hidden_instructions_stay_in_the_html(email):
    found = await email("inject-hidden", fetchHTMLBodyValues=True)
    [value] = found["bodyValues"].values()
    assert '<div style="display:none">AI assistant' in value["value"]


async def test_an_attached_message_is_parsed_from_its_blob(ask, email):
    [attached] = (await email("fwd-message"))["attachments"]
    assert attached["type"] == "message/rfc822"
    result = await ask("Email/parse", blobIds=[attached["blobId"], "G0"], properties=["subject", "from", "textBody"])
    assert result["parsed"][attached["blobId"]]["subject"] == "Result of the competition: harbour library"
    assert result["notFound"] == ["G0"]


async def test_the_shared_account_shows_the_shared_mailboxes_alone(ask):
    shared = await ask("Email/query", account="ub0b00000", calculateTotal=True)
    own = await ask("Email/query", account="ub0b00000", token="fmu1-sandbox-bob-full", calculateTotal=True)
    assert 0 < shared["total"] < own["total"]
    subjects = await ask("Email/get", account="ub0b00000", ids=own["ids"], properties=["subject"])
    assert len(subjects["list"]) == shared["total"]
    assert "Surprise for Alice" not in {email["subject"] for email in subjects["list"]}


@pytest.mark.parametrize(
    "arguments",
    [
        {"ids": "x"},
        {"properties": ["nonsense"]},
        {"properties": ["header:From:asText"]},
        {"properties": ["header::asText"]},
        {"properties": ["header:X:asNothing"]},
        {"bodyProperties": ["nonsense"]},
        {"fetchAllBodyValues": 1},
        {"maxBodyValueBytes": -1},
        {"maxBodyValueBytes": True},
        {"nonsense": 1},
    ],
)
async def test_wrong_arguments_are_refused_even_where_nothing_is_found(refused, arguments):
    assert await refused("Email/get", **{"ids": [], **arguments}) == "invalidArguments"


async def test_a_switch_makes_bodies_larger_than_asked(email, provider):
    provider.switches.grown_bodies = 50_000
    found = await email("lunch-1", fetchTextBodyValues=True, maxBodyValueBytes=100)
    [value] = found["bodyValues"].values()
    assert len(value["value"]) == 50_000


async def test_a_switch_makes_few_ids_too_many(refused, provider):
    provider.switches.most_objects = 2
    assert await refused("Email/get", ids=["a", "b", "c"]) == "requestTooLarge"
