"""mcp-email-server 1.13.3 (PyPI, BSD-3-Clause): an MCP server for IMAP and SMTP, over standard input.

One account comes from environment variables (mcp_email_server/config.py). Reading attachments is off by default, and so
is sending to anybody; both are switched on here, for the tasks. The plans rest on the descriptions in its tools/list
(mcp_email_server/app.py) and on its README:

- A call searches one mailbox, so the person's folder is given, and a search of all mail takes a call a folder.
- `list_emails_metadata` gives no text of a message; `get_emails_content` takes several ids.
- `get_attachment_content` needs the attachment's name, which the message's content lists, and gives the file as a
  binary resource; no tool gives its text.
- `list_mailboxes` has no numbers: the unread ones of a folder are the total of a list of them.
- `send_email` threads by `in_reply_to` and `references`, which `get_emails_content` gives.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.tasks import packages, stdio
from bench.tasks.connection import PlanFailed, Server, Steps
from bench.tasks.ground import ADDRESS, NAME, USER, Ground
from bench.tasks.peer import Peer
from bench.tasks.tasks import Asked

_ACCOUNT = {"account_name": "default"}


@contextmanager
def start(ground: Ground) -> Iterator[Server]:
    own = {
        "ACCOUNT_NAME": "default",
        "EMAIL_ADDRESS": ADDRESS,
        "FULL_NAME": NAME,
        "USER_NAME": USER,
        "PASSWORD": "any",
        "IMAP_HOST": "127.0.0.1",
        "IMAP_PORT": str(ground.imap.port),
        "IMAP_SSL": "false",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(ground.sink.port),
        "SMTP_SSL": "false",
        "ENABLE_ATTACHMENT_CONTENT": "true",
        "ALLOWED_RECIPIENTS": "*@weiss.example",
    }
    environment = {f"MCP_EMAIL_SERVER_{name}": value for name, value in own.items()}
    environment["PYTHONPATH"] = str(packages.python_packages("mcp-email-server"))
    command = [sys.executable, "-P", "-m", "mcp_email_server.cli", "stdio"]
    with stdio.started(command, environment, ground.home / "mcp-email-server") as server:
        yield server


def attention(call: Steps, _: Asked) -> None:
    _listed(call, page_size=20, seen=False)


def gist(call: Steps, _: Asked) -> None:
    found = _ids(_listed(call, page_size=20, seen=False))
    call("get_emails_content", **_ACCOUNT, email_ids=found, max_body_length=100)


def invoice(call: Steps, asked: Asked) -> None:
    folder = {"mailbox": asked.invoice_folder}
    dates = {"since": f"{asked.first}T00:00:00Z", "before": f"{asked.before}T00:00:00Z"}
    found = _ids(_listed(call, **folder, subject=asked.invoice_words, **dates))[0]
    said = call("get_emails_content", **_ACCOUNT, **folder, email_ids=[found])
    name = re.search(r"[\w-]+\.pdf", said)
    if name is None:
        raise PlanFailed("no attachment")
    call("get_attachment_content", **_ACCOUNT, **folder, email_id=found, attachment_name=name[0])


def thread(call: Steps, asked: Asked) -> None:
    found = _ids(_listed(call, subject=asked.thread_subject, page_size=10))
    call("get_emails_content", **_ACCOUNT, email_ids=found)


def archive(call: Steps, asked: Asked) -> None:
    found = _ids(_listed(call, from_address=asked.publisher, page_size=30))
    call("archive_emails", **_ACCOUNT, email_ids=found)


def reply(call: Steps, asked: Asked) -> None:
    found = _ids(_listed(call, from_address=asked.writer, page_size=1))
    message = call("get_emails_content", **_ACCOUNT, email_ids=found)
    ident = re.search(r'"message_id": ?"([^"]+)"', message)
    subject = re.search(r'"subject": ?"([^"]+)"', message)
    if ident is None or subject is None:
        raise PlanFailed("no Message-ID")
    call(
        "send_email",
        **_ACCOUNT,
        recipients=[asked.writer],
        subject=f"Re: {subject[1]}",
        body=asked.reply,
        in_reply_to=ident[1],
        references=ident[1],
    )


def language(call: Steps, asked: Asked) -> None:
    for folder in asked.foreign_folders:
        found = _ids(_listed(call, mailbox=folder, text=asked.foreign))
        call("get_emails_content", **_ACCOUNT, mailbox=folder, email_ids=found)


def folders(call: Steps, asked: Asked) -> None:
    call("list_mailboxes", **_ACCOUNT)
    for folder in asked.folders:
        _listed(call, mailbox=folder, seen=False, page_size=1)


def _listed(call: Steps, **arguments: Any) -> str:
    return call("list_emails_metadata", **_ACCOUNT, **arguments)


def _ids(said: str) -> list[str]:
    found = re.findall(r'"email_id": ?"(\d+)"', said)
    if not found:
        raise PlanFailed(f"nothing was found: {said[:200]}")
    return found


PEER = Peer(
    name="mcp-email-server",
    version="1.13.3",
    protocol="IMAP",
    documents=("https://pypi.org/project/mcp-email-server/1.13.3/",),
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
