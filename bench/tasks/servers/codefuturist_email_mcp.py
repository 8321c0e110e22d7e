"""@codefuturist/email-mcp 0.2.0 (npm, LGPL-3.0): an MCP server for IMAP and SMTP, over standard input.

One account comes from environment variables (dist/config/loader.js). The plans rest on the descriptions in its
tools/list (dist/tools) and on its README:

- A call searches one mailbox, so the person's folder is given, and a search of all mail takes a call a folder. What it
  finds has no text, which `get_emails` gives.
- `get_thread` needs a Message-ID, which `get_email` gives, and did not answer within 30 s on this mailbox. `get_emails`
  reads up to 20 messages; `stripped` is its shortest form with every body.
- `download_attachment` gives base64; no tool gives an attachment's text.
- `bulk_action` moves by ids. `reply_email` answers and sends at once.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.tasks import packages, stdio
from bench.tasks.connection import PlanFailed, Server, Steps
from bench.tasks.ground import ADDRESS, NAME, USER, Ground
from bench.tasks.peer import Peer
from bench.tasks.tasks import Asked

_ACCOUNT = {"account": "default"}


@contextmanager
def start(ground: Ground) -> Iterator[Server]:
    own = {
        "ACCOUNT_NAME": "default",
        "ADDRESS": ADDRESS,
        "FULL_NAME": NAME,
        "USERNAME": USER,
        "PASSWORD": "any",
        "IMAP_HOST": "127.0.0.1",
        "IMAP_PORT": str(ground.imap.port),
        "IMAP_TLS": "false",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(ground.sink.port),
        "SMTP_TLS": "false",
    }
    node, modules = packages.node_packages()
    command: list[str | Path] = [node, modules / "@codefuturist" / "email-mcp" / "dist" / "main.js", "stdio"]
    environment = {f"MCP_EMAIL_{name}": value for name, value in own.items()}
    with stdio.started(command, environment, ground.home / "codefuturist") as server:
        yield server


def attention(call: Steps, _: Asked) -> None:
    call("list_emails", **_ACCOUNT, seen=False, pageSize=20)


def gist(call: Steps, _: Asked) -> None:
    found = _ids(call("list_emails", **_ACCOUNT, seen=False, pageSize=20))
    call("get_emails", **_ACCOUNT, ids=found, format="stripped", maxLength=100)


def invoice(call: Steps, asked: Asked) -> None:
    folder = {"mailbox": asked.invoice_folder}
    dates = {"since": str(asked.first), "before": str(asked.before)}
    found = _ids(call("list_emails", **_ACCOUNT, **folder, subject=asked.invoice_words, **dates))[0]
    said = call("get_email", **_ACCOUNT, **folder, emailId=found, format="text")
    name = re.search(r"[\w-]+\.pdf", said)
    if name is None:
        raise PlanFailed("no attachment")
    call("download_attachment", **_ACCOUNT, **folder, id=found, filename=name[0])


def thread(call: Steps, asked: Asked) -> None:
    found = _ids(call("list_emails", **_ACCOUNT, subject=asked.thread_subject, pageSize=10))
    call("get_emails", **_ACCOUNT, ids=found, format="stripped")


def archive(call: Steps, asked: Asked) -> None:
    found = _ids(call("list_emails", **_ACCOUNT, pageSize=30, **{"from": asked.publisher}))
    call("bulk_action", **_ACCOUNT, action="move", ids=[int(one) for one in found], destination="Archive")


def reply(call: Steps, asked: Asked) -> None:
    found = _ids(call("list_emails", **_ACCOUNT, pageSize=1, **{"from": asked.writer}))[0]
    call("reply_email", **_ACCOUNT, emailId=found, body=asked.reply)


def language(call: Steps, asked: Asked) -> None:
    for folder in asked.foreign_folders:
        found = _ids(call("search_emails", **_ACCOUNT, mailbox=folder, query=asked.foreign))
        call("get_emails", **_ACCOUNT, mailbox=folder, ids=found, format="stripped")


def folders(call: Steps, _: Asked) -> None:
    call("list_mailboxes", **_ACCOUNT)


def _ids(said: str) -> list[str]:
    found = re.findall(r"^\[(\d+)\]", said, re.MULTILINE)
    if not found:
        raise PlanFailed(f"nothing was found: {said[:200]}")
    return found


PEER = Peer(
    name="@codefuturist/email-mcp",
    version="0.2.0",
    protocol="IMAP",
    documents=("https://www.npmjs.com/package/@codefuturist/email-mcp/v/0.2.0",),
    start=start,
    plans={
        "attention": attention,
        "gist": gist,
        "invoice": invoice,
        "thread": thread,
        "archive": archive,
        "reply": reply,
        "language": language,
        "folders": folders,
    },
)
