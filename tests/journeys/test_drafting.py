"""An assistant replies to a message: the draft is in the drafts folder, and a repeated call adds no second one."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest

from mailconnect.sandbox.accounts import ALICE
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.mail.store import Email
from mailconnect.sandbox.switches import Fault
from tests.bridge import START, Bridge
from tests.endpoints.wire import Wire
from tests.journeys.test_reading_mail import jmap_calls, text_of

pytestmark = pytest.mark.anyio

NEW = {"to": ["bob@sandbox.test"], "subject": "Plan", "body": "Hello **Bob**"}


def drafts(bridge: Bridge) -> dict[str, Email]:
    store, box = bridge.sandbox.post.store(ALICE.primary), ALICE.primary.mailbox_id(("Drafts",))
    return {name: email for name, email in store.emails.items() if box in email.mailbox_ids}


async def connected_for(bridge: Bridge, scope: str) -> Assistant:
    """An assistant that asks for this and is allowed it."""
    assistant = bridge.assistant()
    await assistant.discover()
    await assistant.register()
    parts = urlsplit(assistant.authorization_url())
    asked = dict(parse_qsl(parts.query)) | {"scope": scope}
    url = urlunsplit(parts._replace(query=urlencode(asked)))
    await assistant.finish(await bridge.person().authorize(url, assistant.redirect_uri))
    return assistant


async def email_id(assistant: Any, query: str) -> str:
    hits = text_of(await assistant.call_tool("search_emails", {"query": query}))
    found = re.search(r"^emailId (\S+)", hits, re.MULTILINE)
    assert found
    return found[1]


def draft_id(text: str) -> str:
    found = re.search(r"^draftId (\S+)", text, re.MULTILINE)
    assert found, text
    return found[1]


async def test_an_answer_is_drafted_shown_and_edited_and_nothing_leaves(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    lunch = await email_id(assistant, "subject:lunch from:bob")
    before = drafts(bridge)
    asked = {
        "mode": "reply",
        "emailId": lunch,
        "body": "Noon is fine.",
        "attach": [{"name": "menu.txt", "text": "Süppchen"}],
    }
    text = text_of(await assistant.call_tool("write_draft", asked))
    assert text.startswith("Draft stored. Nothing is sent.")
    assert "known: the person wrote to it before" in text
    assert "│ Noon is fine." in text
    assert "│ > " in text
    first = draft_id(text)
    assert drafts(bridge).keys() - before.keys() == {first}
    assert "$draft" in drafts(bridge)[first].keywords

    again = text_of(await assistant.call_tool("write_draft", asked))
    assert draft_id(again) == first

    edit = {"mode": "replace", "draftId": first, "body": "Half past twelve is better."}
    edited = draft_id(text_of(await assistant.call_tool("write_draft", edit)))
    assert drafts(bridge).keys() - before.keys() == {edited}
    assert drafts(bridge)[edited].thread_id == bridge.sandbox.post.store(ALICE.primary).emails[lunch].thread_id
    content = drafts(bridge)[edited].content
    assert "Half past twelve" in content.text_body[0].text()[0]
    [menu] = content.attachments
    assert (menu.name, menu.text()) == ("menu.txt", ("Süppchen", False))
    assert "EmailSubmission/set" not in jmap_calls(bridge)
    assert draft_id(text_of(await assistant.call_tool("write_draft", edit))) == edited
    assert drafts(bridge).keys() - before.keys() == {edited}


async def test_a_new_draft_takes_seven_requests_to_the_provider(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    before = bridge.sandbox.counters.requests["jmap"]
    text_of(await assistant.call_tool("write_draft", NEW))
    # Existing drafts, Email/set, the stored draft; the identities; Sent mail, received mail, contacts.
    assert bridge.sandbox.counters.requests["jmap"] - before == 7


async def test_a_lost_answer_is_found_by_the_repeated_call(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    text_of(await assistant.call_tool("write_draft", {**NEW, "subject": "warm"}))
    before = drafts(bridge).keys()
    for lost in range(1, 4):
        asked = {**NEW, "subject": f"Lost {lost}"}
        for _ in range(lost):
            bridge.sandbox.switches.add(Fault("Email/set", omit=("created", "updated"), times=1))
        assert (await assistant.call_tool("write_draft", asked))["isError"]
        bridge.sandbox.switches.clear()
        text = text_of(await assistant.call_tool("write_draft", asked))
        assert draft_id(text) in drafts(bridge)
    assert len(drafts(bridge).keys() - before) == 3


@pytest.mark.parametrize(("answer", "which"), [("drop", range(7)), (503, range(2, 4)), ("html", range(2, 4))])
async def test_an_answer_that_never_came_leaves_one_draft(bridge: Bridge, answer: int | str, which: range) -> None:
    """`which`: the request whose answer is lost, of the seven."""
    assistant = await bridge.connected()
    before = drafts(bridge).keys()
    for number in which:
        asked = {**NEW, "subject": f"Lost {number}"}
        for _ in range(number):
            bridge.sandbox.switches.add(Fault("jmap", times=1))
        bridge.sandbox.switches.add(Fault("jmap", answer=answer, acts=True, times=1))
        await assistant.call_tool("write_draft", asked)
        bridge.sandbox.switches.clear()
        text_of(await assistant.call_tool("write_draft", asked))
    kept = drafts(bridge)
    subjects = [kept[name].header("subject").strip() for name in kept.keys() - before]
    assert sorted(subjects) == [f"Lost {number}" for number in which]


async def test_a_full_mailbox_is_said_and_nothing_is_lost(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    first = draft_id(text_of(await assistant.call_tool("write_draft", NEW)))
    bridge.sandbox.switches.over_quota = True
    result = await assistant.call_tool("write_draft", {"mode": "replace", "draftId": first, "body": "Longer"})
    assert result["isError"]
    assert "is full" in result["content"][0]["text"]
    assert first in drafts(bridge)


async def test_without_drafts_write_nothing_is_written(bridge: Bridge) -> None:
    client = await Wire(bridge).register()
    tokens = await client.tokens(scope="emails:read")
    before = jmap_calls(bridge)
    answer = await client.wire.mcp(tokens["access_token"], "tools/call", name="write_draft", arguments=NEW)
    assert answer.status_code == 403
    assert jmap_calls(bridge) == before


async def test_drafting_alone_reads_no_message(bridge: Bridge) -> None:
    assistant = await connected_for(bridge, "drafts:write")

    async def call(**arguments: Any) -> dict[str, Any]:
        return await assistant.call_tool("write_draft", arguments)

    text = text_of(await call(**NEW))
    assert "known: the person wrote to it before" in text
    assert "address book" not in text
    assert (await call(mode="reply", emailId="M1", body="x"))["isError"]
    received = next(name for name in bridge.sandbox.post.store(ALICE.primary).emails if name not in drafts(bridge))
    assert "no draft" in (await call(mode="replace", draftId=received, body="x"))["content"][0]["text"]
    assert received in bridge.sandbox.post.store(ALICE.primary).emails


OWN_DRAFT = b"""\
From: Alice Sandbox <alice@sandbox.test>
To: zoe@example.net
Subject: The house
Message-ID: <own@sandbox.test>
Date: Fri, 15 Jan 2027 07:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=m

--m
Content-Type: multipart/related; boundary=r

--r
Content-Type: text/html; charset=utf-8

<p>Look at the <a href="https://house.example/">house</a>: <img src="cid:house@x"></p>
--r
Content-Type: image/png; name=house.png
Content-Disposition: inline; filename=house.png
Content-ID: <house@x>
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--r--
--m
Content-Type: text/plain; charset=iso-8859-1; name=notes.txt
Content-Disposition: attachment; filename=notes.txt
Content-Transfer-Encoding: 8bit

Gr\xfc\xdfe
--m--
"""


async def test_a_draft_of_the_owners_own_keeps_what_is_not_edited(bridge: Bridge) -> None:
    store = bridge.sandbox.post.store(ALICE.primary)
    raw = OWN_DRAFT.replace(b"\n", b"\r\n")
    own = store.deliver(raw, [("Drafts",)], datetime.fromtimestamp(START, UTC), ["$draft", "$seen"])
    assistant = await bridge.connected()
    edit = {"mode": "replace", "draftId": own.email_id, "subject": "The new house"}
    ident = draft_id(text_of(await assistant.call_tool("write_draft", edit)))
    edited = drafts(bridge)[ident]
    assert own.email_id not in store.emails
    content = edited.content
    assert 'src="cid:house@x"' in content.html_body[0].text()[0]
    assert "Look at the house" in content.text_body[0].text()[0]
    picture, notes = content.attachments
    assert (picture.type, picture.disposition, picture.cid) == ("image/png", "inline", "house@x")
    assert (notes.name, notes.disposition, notes.text()[0].strip()) == ("notes.txt", "attachment", "Grüße")

    anew = {"mode": "replace", "draftId": edited.email_id, "body": "No house after all."}
    ident = draft_id(text_of(await assistant.call_tool("write_draft", anew)))
    written = drafts(bridge)[ident]
    assert "cid:" not in written.content.html_body[0].text()[0]
    assert [part.disposition for part in written.content.attachments] == ["attachment", "attachment"]
