"""ai-courier 0.9.1 (PyPI, MIT): an MCP server for Fastmail over JMAP and CalDAV, over standard input.

Its session URL is `jmap_url` of an account in config.json (courier/config.py); `trust_level` `manage` lists every tool.
The plans rest on the descriptions in its tools/list (courier/server.py) and on its README:

- `email_inbox` takes the newest `limit` messages of the inbox and then drops those that are read, so `limit` is a guess
  here: 40 have 20 unread ones among them. `body_mode` `none` is its smallest answer.
- `email_search` gives 300 characters of each body. It has no filter for unread messages.
- `email_attachment_save` writes the file to a local path. No tool gives an attachment's text.
- `email_reply` with `send` true answers and sends at once; by default it leaves a draft.
"""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.tasks import packages, stdio
from bench.tasks.connection import PlanFailed, Server, Steps
from bench.tasks.ground import ADDRESS, Ground
from bench.tasks.peer import Peer
from bench.tasks.tasks import Asked


@contextmanager
def start(ground: Ground) -> Iterator[Server]:
    folder = ground.home / "courier"
    folder.mkdir(parents=True, exist_ok=True)
    account = {
        "provider": "fastmail",
        "api_token": ground.token,
        "jmap_url": ground.session_url,
        "username": ADDRESS,
        "timezone": "Europe/Zurich",
    }
    settings = {"accounts": {"alice": account}, "default_account": "alice", "trust_level": "manage"}
    (folder / "config.json").write_text(json.dumps(settings))
    environment = {"PYTHONPATH": str(packages.python_packages("ai-courier")), "COURIER_CONFIG_DIR": str(folder)}
    command = [sys.executable, "-P", "-c", "from courier.server import main; main()"]
    with stdio.started(command, environment, folder / "home") as server:
        yield server


def attention(call: Steps, _: Asked) -> None:
    call("email_inbox", limit=40, unread_only=True, body_mode="none")


def gist(call: Steps, _: Asked) -> None:
    call("email_inbox", limit=40, unread_only=True)


def invoice(call: Steps, asked: Asked) -> None:
    dates = {"after": f"{asked.first}T00:00:00Z", "before": f"{asked.before}T00:00:00Z"}
    found = _ids(call("email_search", subject=asked.invoice_words, **dates))[0]
    blob = re.search(r'"blob_?[iI]d": "([^"]+)"', call("email_attachments", email_id=found))
    if blob is None:
        raise PlanFailed("no attachment")
    call("email_attachment_save", email_id=found, blob_id=blob[1], dest_path="invoice.pdf")


def thread(call: Steps, asked: Asked) -> None:
    found = re.search(r'"thread_id": "([^"]+)"', call("email_search", subject=asked.thread_subject, limit=1))
    if found is None:
        raise PlanFailed("no thread")
    call("email_thread_digest", thread_id=found[1])


def archive(call: Steps, asked: Asked) -> None:
    found = call("email_search", mailbox="Inbox", limit=50, **{"from": asked.publisher})
    call("email_archive", email_ids=_ids(found))


def reply(call: Steps, asked: Asked) -> None:
    found = _ids(call("email_search", limit=1, **{"from": asked.writer}))[0]
    call("email_reply", email_id=found, body=asked.reply, send=True)


def language(call: Steps, asked: Asked) -> None:
    call("email_search", query=asked.foreign)


def folders(call: Steps, _: Asked) -> None:
    call("email_mailboxes")


def _ids(said: str) -> list[str]:
    found = re.findall(r'^    "id": "([^"]+)"', said, re.MULTILINE)
    if not found:
        raise PlanFailed("nothing was found")
    return found


PEER = Peer(
    name="ai-courier",
    version="0.9.1",
    protocol="JMAP",
    documents=("https://pypi.org/project/ai-courier/0.9.1/",),
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
