"""The content of a mailbox is in the response only, and in no file, database or log, whatever fails."""

import json
import logging
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from mailconnect.attachments.local import LocalReader
from mailconnect.composition import mcp
from mailconnect.sandbox.accounts import ALICE
from mailconnect.sandbox.assistant.errors import AssistantError
from mailconnect.sandbox.switches import Fault
from tests.bridge import running_bridge
from tests.test_canary import forms

pytestmark = pytest.mark.anyio


def words(value: Any) -> Iterator[str]:
    """Every text in a result that is long enough to be told from chance."""
    match value:
        case dict():
            for inner in value.values():
                yield from words(inner)
        case list():
            for inner in value:
                yield from words(inner)
        case str() if len(value) > 4:
            yield value


def everything_in(folder: Path) -> bytes:
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert {"mailconnect.sqlite3", "mailconnect.sqlite3-wal"} <= {file.name for file in files}
    return b"\0".join(file.read_bytes() for file in files)


def not_there(folder: Path) -> bool:
    return not any(folder.iterdir())


@pytest.mark.row("LG-01")
async def test_no_word_of_a_session_or_a_list_is_kept_or_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, anyio_backend: str
) -> None:
    caplog.set_level(logging.DEBUG)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    async with running_bridge(tmp_path) as bridge:
        assistant = await bridge.connected()
        session = await assistant.call_tool("get_session")
        own = await assistant.call_tool("list_mailboxes")
        [other, *_] = session["structuredContent"]["otherMailAccounts"]
        shared = await assistant.call_tool("list_mailboxes", {"accountId": other["accountId"]})
        bridge.sandbox.switches.session_epoch += 1
        await assistant.call_tool("list_mailboxes", {"name": "Rechnungen"})
        said = {word for result in (session, own, shared) for word in words(result["structuredContent"])}
        assert {"Rechnungen & Verträge", "Projects/2026/Q4", session["structuredContent"]["username"]} <= said
        said -= {"drafts"}  # a role, and also a word in a scope's name
        said |= {json.dumps(word)[1:-1] for word in said}
        kept = everything_in(tmp_path)
        assert [word for word in said if any(form in kept for form in forms(word))] == []
        assert [word for word in said if word in caplog.text] == []
    assert not_there(temporary)


CANARIES = {
    "subject": "canarysubject4711",
    "name": "Canaryname4712",
    "address": "canaryaddress4713@letters.example",
    "body": "canarybody4714",
    "link": "canarylink4715.example",
    "file": "canaryfile4716.txt",
    "inside": "canaryinside4717",
    "searched": "canarysearch4718",
    "contact": "canarycontact4719",
    "id": "canaryid4720",
}
DYING = "import os, sys; told = sys.stdin.buffer.read(); sys.stderr.buffer.write(told); sys.stdout.buffer.write(told); "


def letter() -> bytes:
    message = EmailMessage()
    message["From"] = f"{CANARIES['name']} <{CANARIES['address']}>"
    message["To"] = ALICE.username
    message["Subject"] = CANARIES["subject"]
    message.set_content(f"{CANARIES['body']} https://{CANARIES['link']}/")
    message.add_attachment(CANARIES["inside"], filename=CANARIES["file"])
    return message.as_bytes().replace(b"\n", b"\r\n")


@pytest.mark.row("LG-01")
@pytest.mark.parametrize(
    "child",
    ["", f"{DYING}os.kill(os.getpid(), 9)", f"{DYING}os.abort()", f"{DYING}raise ValueError(told)"],
    ids=["lives", "is killed", "aborts", "fails with the mail in its traceback"],
)
async def test_no_word_of_a_message_is_kept_or_logged_whatever_becomes_of_the_reading_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: Any, child: str
) -> None:
    caplog.set_level(logging.DEBUG)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    if child:
        command = (sys.executable, "-I", "-S", "-B", "-c", child)
        monkeypatch.setattr(mcp, "_local_reader", lambda: LocalReader(command=command))
    async with running_bridge(tmp_path) as bridge:
        email = bridge.sandbox.post.store(ALICE.primary).deliver(letter(), [("Inbox",)], datetime.now(UTC))
        assistant = await bridge.connected()

        async def called(tool: str, **arguments: Any) -> str:
            result = await assistant.call_tool(tool, arguments)
            return str(result["content"][0]["text"])

        wanted = {"emailId": email.email_id, "attachmentId": "2"}
        said = [
            await called("search_emails", query=f"subject:{CANARIES['subject']}"),
            await called("read_emails", emailIds=[email.email_id], links="full"),
            await called("read_attachment", **wanted),
        ]
        shown = {name for name, word in CANARIES.items() if word in "".join(said)}
        assert shown == {*CANARIES} - {"searched", "contact", "id"} - ({"inside"} if child else set())
        # An error about arguments goes to the caller only.
        await called("search_emails", query=f"sbject:{CANARIES['searched']}")
        await called("search_emails", query=CANARIES["searched"], cursor=CANARIES["id"])
        await called("search_emails", query=CANARIES["searched"], limit=CANARIES["id"])
        await called("find_contacts", name=CANARIES["contact"])
        await called("read_emails", threadId=CANARIES["id"])
        await called("read_attachment", emailId=CANARIES["id"], attachmentId=CANARIES["file"])
        for fault in ("drop", 500, "invalid_json", 429):
            bridge.sandbox.switches.add(Fault("jmap", answer=fault, times=1))
            await called("search_emails", query=CANARIES["searched"])
            bridge.sandbox.switches.add(Fault("download", answer=fault, times=1))
            try:
                await called("read_attachment", **wanted)
            except AssistantError as error:
                pytest.fail(str(error))
        words_said = {*CANARIES.values(), email.email_id, email.thread_id}
        kept = everything_in(tmp_path)
        assert [word for word in words_said if any(form in kept for form in forms(word))] == []
        assert [word for word in words_said if word.lower() in caplog.text.lower()] == []
    printed = "".join(capfd.readouterr()).lower()
    assert [word for word in words_said if word.lower() in printed] == []
    assert not_there(temporary)


@pytest.mark.row("LG-01")
async def test_no_word_of_a_draft_is_kept_or_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    async with running_bridge(tmp_path) as bridge:
        email = bridge.sandbox.post.store(ALICE.primary).deliver(letter(), [("Inbox",)], datetime.now(UTC))
        assistant = await bridge.connected()

        async def called(**arguments: Any) -> str:
            result = await assistant.call_tool("write_draft", arguments)
            return str(result["content"][0]["text"])

        asked = {
            "to": [f"{CANARIES['contact']} <new-{CANARIES['address']}>"],
            "subject": f"{CANARIES['searched']} again",
            "body": f"**{CANARIES['inside']}**",
            "attach": [{"name": f"own-{CANARIES['file']}", "text": CANARIES["inside"]}],
            "idempotencyKey": CANARIES["id"],
        }
        said = await called(**asked)
        draft = said.partition("draftId ")[2].split()[0]
        said += await called(mode="reply", emailId=email.email_id, body="Yes", bcc=[f"b-{CANARIES['address']}"])
        said += await called(mode="replace", draftId=draft, body=f"Not {CANARIES['inside']}")
        assert all(word in said for name, word in CANARIES.items() if name != "id")
        await called(**{**asked, "body": "other"})
        await called(**{**asked, "to": [f"{CANARIES['address']}\r\nBcc: x@y.example"], "idempotencyKey": "2"})
        await called(**{**asked, "from": CANARIES["address"], "idempotencyKey": "3"})
        for number, fault in enumerate(("drop", 500, "invalid_json", 429)):
            bridge.sandbox.switches.add(Fault("jmap", answer=fault, times=3))
            await called(**{**asked, "idempotencyKey": f"fault {number}"})
            bridge.sandbox.switches.clear()
        bridge.sandbox.switches.over_quota = True
        await called(**{**asked, "idempotencyKey": "full"})
        words_said = {*CANARIES.values(), draft, email.email_id}
        kept = everything_in(tmp_path)
        assert [word for word in words_said if any(form in kept for form in forms(word))] == []
        assert [word for word in words_said if word.lower() in caplog.text.lower()] == []
    printed = "".join(capfd.readouterr()).lower()
    assert [word for word in words_said if word.lower() in printed] == []
