import pytest

from mailconnect.jmap.email.emails import message
from mailconnect.jmap.email.reading import read_messages
from mailconnect.mail.errors import ResponseTooLong, UnknownThread
from mailconnect.mail.reading import Reading
from tests.jmap.scripted import Scripted
from tests.mcp.conftest import wire_mailbox

pytestmark = pytest.mark.anyio

MAILBOXES = {"list": [wire_mailbox("b1", "Inbox", role="inbox")]}


def email(ident, **change):
    return {"id": ident, "threadId": "T1", "subject": ident} | change


async def read(provider, **asked):
    return await read_messages(provider, "u1", Reading(**asked))


async def test_messages_and_folder_names_are_one_request():
    provider = Scripted(
        {"Mailbox/get": MAILBOXES, "Email/get": {"list": [email("M2"), email("M1")], "notFound": ["M3"]}}
    )
    found = await read(provider, ids=["M1", "M2", "M3"])
    assert [one.envelope.id for one in found.found] == ["M1", "M2"]
    assert found.missing == ["M3"]
    assert provider.methods == [["Mailbox/get", "Email/get"]]


async def test_the_bodies_asked_for_fit_what_is_read_of_a_response():
    provider = Scripted({"Mailbox/get": MAILBOXES, "Email/get": {"list": []}})
    await read(provider, ids=[str(number) for number in range(10)])
    assert provider.asked[0][1].arguments["maxBodyValueBytes"] * 20 <= 4_000_000


@pytest.mark.parametrize("first", ["requestTooLarge", ResponseTooLong("x")], ids=str)
async def test_a_request_that_is_too_large_is_made_again_with_less(first):
    provider = Scripted({"Mailbox/get": MAILBOXES, "Email/get": [first, {"list": [email("M1")]}]})
    found = await read(provider, ids=["M1"])
    assert [one.envelope.id for one in found.found] == ["M1"]
    less = provider.asked[1][1].arguments
    assert less["maxBodyValueBytes"] < provider.asked[0][1].arguments["maxBodyValueBytes"]
    assert "fetchAllBodyValues" not in less


async def test_a_server_that_takes_fewer_messages_than_are_asked_for_is_asked_for_half():
    provider = Scripted(
        {
            "Mailbox/get": MAILBOXES,
            "Email/get": lambda asked: (
                "requestTooLarge" if len(asked["ids"]) > 2 else {"list": [email(ident) for ident in asked["ids"]]}
            ),
        }
    )
    ids = [f"M{number}" for number in range(7)]
    assert [one.envelope.id for one in (await read(provider, ids=ids)).found] == ids


async def test_a_thread_that_the_server_cuts_at_its_limit_is_read_from_its_newest():
    ids = [f"M{number}" for number in range(6)]
    provider = Scripted(
        {
            "Mailbox/get": MAILBOXES,
            "Thread/get": {"list": [{"id": "T1", "emailIds": ids}]},
            "Email/get": lambda asked: {"list": [email(ident) for ident in asked.get("ids", ids)][:4]},
        },
        maximum=4,
    )
    found = await read(provider, thread_id="T1", maximum=3)
    assert [one.envelope.id for one in found.found] == ["M5", "M4", "M3"]
    assert found.omitted == 3


async def test_one_odd_message_harms_only_itself():
    provider = Scripted({"Mailbox/get": MAILBOXES, "Email/get": {"list": [None, email("M1")]}})
    found = await read(provider, ids=["M1", "M2"])
    assert [one.envelope.id for one in found.found] == ["M1"]
    assert (found.unreadable, found.missing) == (1, [])


async def test_without_folder_names_messages_are_read_all_the_same():
    provider = Scripted({"Mailbox/get": "serverFail", "Email/get": {"list": [email("M1")]}})
    assert (await read(provider, ids=["M1"])).mailboxes == ()


async def test_of_a_thread_too_long_for_one_answer_the_newest_are_read():
    ids = [f"M{number}" for number in range(30)]
    provider = Scripted(
        {
            "Mailbox/get": MAILBOXES,
            "Thread/get": {"list": [{"id": "T1", "emailIds": ids}]},
            "Email/get": [ResponseTooLong("x"), {"list": [email(ident) for ident in ids[-3:]]}],
        }
    )
    found = await read(provider, thread_id="T1", maximum=3)
    assert [one.envelope.id for one in found.found] == ["M29", "M28", "M27"]
    assert found.omitted == 27
    assert provider.methods[1:] == [["Thread/get"], ["Mailbox/get", "Email/get"]]


@pytest.mark.parametrize("answer", [{"list": []}, {"list": None}, {"list": [5]}], ids=str)
async def test_a_thread_that_is_not_there_is_told(answer):
    provider = Scripted({"Mailbox/get": MAILBOXES, "Thread/get": answer, "Email/get": {"list": []}})
    with pytest.raises(UnknownThread):
        await read(provider, thread_id="T1")


def body(text, html, **values):
    sent = {"id": "M1", "textBody": text, "htmlBody": html}
    return message(sent | {"bodyValues": {ident: {"value": value} for ident, value in values.items()}}).content


PLAIN, HTML = {"partId": "p", "type": "text/plain"}, {"partId": "h", "type": "text/html"}


def test_a_body_of_plain_text_alone_is_plain():
    content = body([PLAIN], [PLAIN], p="Hello")
    assert (content.plain, content.html) == ("Hello", None)


def test_of_alternatives_both_are_kept():
    content = body([PLAIN], [HTML], p="Hello", h="<p>Hello")
    assert (content.plain, content.html) == ("Hello", "<p>Hello")


def test_html_without_alternative_has_no_plain_form():
    content = body([HTML], [HTML], h="<p>Hello")
    assert (content.plain, content.html) == (None, "<p>Hello")


def test_a_footer_of_a_list_beside_html_is_kept_in_it():
    footer = {"partId": "f", "type": "text/plain"}
    content = body([HTML, footer], [HTML, footer], h="<p>Hello", f="a <list>")
    assert content.plain is None
    assert content.html == "<p>Hello\n<pre>a &lt;list&gt;</pre>"


FROM = {"from": [{"email": "Ann@example.org", "name": "Ann"}], "receivedAt": "2026-11-30T09:00:00Z"}


async def first_of(*messages, answer, mailboxes=MAILBOXES):
    provider = Scripted({"Mailbox/get": mailboxes, "Email/get": {"list": [*messages]}, "Email/query": answer})
    found = await read(provider, ids=[one["id"] for one in messages])
    assert [one.envelope.id for one in found.found] == [one["id"] for one in messages]
    return provider, found.first_of_sender


async def test_whether_anything_came_from_that_address_before_is_one_request_more():
    provider, first = await first_of(email("M1", **FROM), answer={"ids": []})
    assert first == {"M1"}
    assert provider.methods == [["Mailbox/get", "Email/get"], ["Email/query"]]
    assert provider.asked[1][0].arguments["filter"] == {"from": "ann@example.org", "before": "2026-11-30T09:00:00Z"}
    _, first = await first_of(email("M1", **FROM), answer={"ids": ["M0"]})
    assert first == frozenset()


async def test_of_several_from_one_address_the_earliest_is_asked_about():
    later = FROM | {"receivedAt": "2026-11-30T10:00:00Z"}
    provider, first = await first_of(email("M2", **later), email("M1", **FROM), answer={"ids": []})
    assert first == {"M1"}
    assert len(provider.asked[1]) == 1


@pytest.mark.parametrize("keyword", ["$answered", "$draft", "$istrusted"])
async def test_nobody_is_asked_about_who_is_known(keyword):
    provider, first = await first_of(email("M1", **FROM, keywords={keyword: True}), answer=AssertionError("asked"))
    assert first == frozenset()
    assert len(provider.asked) == 1


async def test_nothing_is_asked_about_what_the_owner_sent():
    sent = {"list": [wire_mailbox("b2", "Sent", role="sent")]}
    message_sent = email("M1", **FROM, mailboxIds={"b2": True})
    provider, _ = await first_of(message_sent, answer=AssertionError("asked"), mailboxes=sent)
    assert len(provider.asked) == 1


async def test_no_more_than_five_senders_are_asked_about():
    many = [email(f"M{n}", **FROM | {"from": [{"email": f"p{n}@example.org"}]}) for n in range(9)]
    provider, first = await first_of(*many, answer={"ids": []})
    assert len(provider.asked[1]) == len(first) == 5


@pytest.mark.parametrize("answer", ["unsupportedFilter", ResponseTooLong("x"), {"ids": None}, {}], ids=str)
async def test_where_it_cannot_be_learned_the_message_is_read_all_the_same(answer):
    _, first = await first_of(email("M1", **FROM), answer=answer)
    assert first == frozenset()
