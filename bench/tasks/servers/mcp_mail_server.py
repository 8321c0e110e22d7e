"""mcp-mail-server 1.2.1 (npm, MIT): an MCP server for IMAP and SMTP, over standard input.

Its account comes from environment variables. The plans rest on the descriptions in its tools/list (dist/index.js) and
on its README:

- Every search looks into the inbox and the folder of sent mail, and gives each message whole, text and HTML.
- No tool searches another folder, moves a message, or gives an attachment's text: `save_attachment` writes a file.
- `open_mailbox` says a folder's numbers, and `list_mailboxes` none.
- `reply_to_email` answers and sends at once.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from bench.tasks import packages, stdio
from bench.tasks.connection import PlanFailed, Server, Steps
from bench.tasks.ground import USER, Ground
from bench.tasks.peer import Peer
from bench.tasks.tasks import Asked


@contextmanager
def start(ground: Ground) -> Iterator[Server]:
    environment = {
        "EMAIL_USER": USER,
        "EMAIL_PASS": "any",
        "IMAP_HOST": "127.0.0.1",
        "IMAP_PORT": str(ground.imap.port),
        "IMAP_SECURE": "false",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(ground.sink.port),
        "SMTP_SECURE": "false",
    }
    node, modules = packages.node_packages()
    command = [node, modules / "mcp-mail-server" / "dist" / "index.js"]
    with stdio.started(command, environment, ground.home / "mcp-mail-server") as server:
        yield server


def attention(call: Steps, _: Asked) -> None:
    call("get_unseen_messages", limit=20)


def invoice(call: Steps, asked: Asked) -> None:
    call("search_by_subject", subject=asked.invoice_words, startDate=str(asked.first), endDate=str(asked.before))


def thread(call: Steps, asked: Asked) -> None:
    call("search_by_subject", subject=asked.thread_subject)


def reply(call: Steps, asked: Asked) -> None:
    said = call("search_by_sender", sender=asked.writer, inboxOnly=True)
    found = re.search(r'"uid": (\d+)', said)
    if found is None:
        raise PlanFailed("nothing was found")
    call("reply_to_email", originalUid=int(found[1]), text=asked.reply)


def language(call: Steps, asked: Asked) -> None:
    call("search_by_body", text=asked.foreign)


def folders(call: Steps, asked: Asked) -> None:
    call("list_mailboxes")
    for folder in asked.folders:
        call("open_mailbox", mailboxName=folder, readOnly=True, openSent=False)


PEER = Peer(
    name="mcp-mail-server",
    version="1.2.1",
    protocol="IMAP",
    documents=("https://www.npmjs.com/package/mcp-mail-server/v/1.2.1",),
    start=start,
    plans={
        "attention": attention,
        "gist": attention,
        "invoice": invoice,
        "thread": thread,
        "reply": reply,
        "language": language,
        "folders": folders,
    },
)
