"""Drafts on Cyrus, written through the bridge by a real client, and looked at over IMAP."""

import email
import time
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default

import httpx
import pytest

from tests.peers.client import AskedPerson
from tests.peers.cyrus.cyrus import Cyrus
from tests.peers.cyrus.outbox import Outbox
from tests.peers.cyrus.packages import CyrusUnavailableError
from tests.peers.cyrus.person import SETTINGS, load_everybody
from tests.peers.drafting import draft_an_answer_and_edit_it, draft_id
from tests.peers.python_mcp import python_client
from tests.peers.running_bridge import RunningBridge

pytestmark = [pytest.mark.peer, pytest.mark.anyio]


@pytest.fixture(scope="module")
def cyrus() -> Iterator[Cyrus]:
    try:
        with (
            Outbox.started() as outbox,
            Cyrus.started(settings={**SETTINGS, **outbox.settings}, provisioned=False) as server,
        ):
            load_everybody(server, int(time.time()))
            yield server
            assert not outbox.taken
    except CyrusUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="module")
def bridge(cyrus: Cyrus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBridge]:
    environment = {"SANDBOX_JMAP": cyrus.jmap_url, "SANDBOX_JMAP_KEY": str(cyrus.jwt_key_file)}
    with RunningBridge.started(tmp_path_factory.mktemp("cyrus-drafts"), environment) as running:
        yield running


def drafts(cyrus: Cyrus) -> dict[str, tuple[bytes, EmailMessage]]:
    """Flags and message, by Message-ID."""
    found = {}
    with cyrus.imap("alice") as imap:
        imap.select("Drafts", readonly=True)
        _, fetched = imap.fetch("1:*", "(FLAGS BODY.PEEK[])")
        for part in fetched:
            if isinstance(part, tuple):
                message = email.message_from_bytes(part[1], policy=default)
                assert isinstance(message, EmailMessage)
                found[str(message["Message-ID"])] = (part[0], message)
    return found


async def test_a_draft_is_what_imap_and_pythons_email_say(
    cyrus: Cyrus, bridge: RunningBridge, http: httpx.AsyncClient
) -> None:
    before = drafts(cyrus)
    async with python_client("auto", bridge, AskedPerson("alice", http)) as client:
        await client.connect()
        await draft_an_answer_and_edit_it(client)
    new = {name: drafts(cyrus)[name] for name in drafts(cyrus).keys() - before.keys()}
    assert len(new) == 2
    assert before.keys() <= drafts(cyrus).keys()
    [(flags, answer)] = [one for one in new.values() if not str(one[1]["Subject"]).startswith("Fwd:")]
    assert b"\\Draft" in flags
    assert answer["Subject"] == "Re: Lunch on Friday?"
    assert [one.addr_spec for one in answer["To"].addresses] == ["x@new.example"]
    assert str(answer["References"]).split()[-1] == answer["In-Reply-To"]
    assert str(answer["Message-ID"]).startswith("<mc.")
    body = answer.get_body(("plain",))
    assert body is not None
    assert body.get_content().startswith("Better at one.")
    [file] = answer.iter_attachments()
    assert (file.get_filename(), file.get_content().strip()) == ("größe.csv", "a;ß")
    [(_, forward)] = [one for one in new.values() if str(one[1]["Subject"]).startswith("Fwd:")]
    assert forward["References"] is None


async def test_an_attachment_is_taken_over_without_a_copy_and_a_sent_one_is_never_replaced(
    cyrus: Cyrus, bridge: RunningBridge, http: httpx.AsyncClient
) -> None:
    async with python_client("auto", bridge, AskedPerson("alice", http)) as client:
        await client.connect()
        [hits] = await client.call("search_emails", query="subject:invoice from:nimbus", limit=1)
        ident = hits["content"][0]["text"].partition("emailId ")[2].split()[0]
        [read] = await client.call("read_emails", emailIds=[ident])
        part = read["content"][0]["text"].partition("attachmentId ")[2].split()[0]
        asked = {"to": ["bob@sandbox.test"], "subject": "Invoice", "body": "Here.", "idempotencyKey": "i"}
        [made] = await client.call("write_draft", **asked, attach=[{"emailId": ident, "attachmentId": part}])
        text = made["content"][0]["text"]
        assert "invoice.pdf · application/pdf" in text, text
        [refused] = await client.call("write_draft", mode="replace", draftId=ident, body="x")
        assert "This is no draft" in refused["content"][0]["text"]
        [still] = await client.call("read_emails", emailIds=[ident])
        assert not still.get("isError")
        [kept] = await client.call("write_draft", mode="replace", draftId=draft_id(text), subject="Invoice again")
        assert "invoice.pdf · application/pdf" in kept["content"][0]["text"]
    [(_, message)] = [one for one in drafts(cyrus).values() if one[1]["Subject"] == "Invoice again"]
    [file] = message.iter_attachments()
    assert file.get_content().startswith(b"%PDF")
