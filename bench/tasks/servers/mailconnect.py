"""mailconnect, as an operator starts it in front of a JMAP provider of their own, over Streamable HTTP with its OAuth.

The owner has pasted an API token, allowed every ability, and chosen that mail to anybody leaves at once, as it does at
the others: by default each message waits for their press of Send. The plans rest on the tools' own descriptions
(lib/mailconnect/mcp/tools) and on docs/search.md:

- `search_emails` finds by a query as in Gmail and lists ids; `read_emails` reads a thread, newest first.
- `read_attachment` needs no id of an email's only attachment.
- `update_emails` with a query first says the number, and changes when it is given back.
- `write_draft` and `send_draft` are two calls, so that a message is seen before it leaves.
"""

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bench.process import free_port
from bench.tasks.connection import PlanFailed, Result, Server, ServerDied, Steps, result_of
from bench.tasks.cpu import of_tree
from bench.tasks.ground import Ground
from bench.tasks.peer import Peer
from bench.tasks.tasks import ZONE, Asked
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.assistant.errors import ToolError
from mailconnect.sandbox.person import Person
from mailconnect.version import VERSION

_PROJECT = Path(__file__).parents[3]


class OverHttp:
    def __init__(self, pid: int, assistant: Assistant, runner: asyncio.Runner) -> None:
        self._pid = pid
        self._assistant = assistant
        self._runner = runner

    def tools(self) -> Sequence[Mapping[str, Any]]:
        return self._runner.run(self._assistant.list_tools())

    def call(self, tool: str, arguments: Mapping[str, Any]) -> Result:
        try:
            return result_of(self._runner.run(self._assistant.call_tool(tool, dict(arguments))))
        except ToolError as error:
            return Result(str(error), is_error=True)

    def cpu(self) -> float:
        return of_tree(self._pid)


@contextmanager
def start(ground: Ground) -> Iterator[Server]:
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    home = ground.home / "mailconnect"
    home.mkdir(parents=True, exist_ok=True)
    environment = {
        "PATH": "/usr/bin:/bin",
        "MAILCONNECT_PORT": str(port),
        "MAILCONNECT_DATA_DIR": str(home / "data"),
        "MAILCONNECT_LIMITS": "off",
        "MAILCONNECT_PROVIDER": "jmap",
        "MAILCONNECT_SESSION_URL": ground.session_url,
    }
    complaints = home / "stderr"
    with complaints.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "mailconnect.local"],
            cwd=_PROJECT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
    try:
        with asyncio.Runner() as runner:
            http = httpx.AsyncClient(timeout=60, trust_env=False)
            if not runner.run(_listens(process, issuer, http)):
                raise ServerDied(complaints.read_text("utf-8")[-400:])
            assistant = Assistant(f"{issuer}/mcp", http, name="Bench")
            person = Person("alice", "any", http, api_token=ground.token, sending="free")
            runner.run(assistant.connect(person))
            runner.run(assistant.initialize())
            yield OverHttp(process.pid, assistant, runner)
            runner.run(http.aclose())
    finally:
        process.terminate()
        process.wait(30)


async def _listens(process: "subprocess.Popen[bytes]", issuer: str, http: httpx.AsyncClient) -> bool:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        try:
            await http.get(issuer)
        except httpx.ConnectError:
            await asyncio.sleep(0.05)
        else:
            return True
    return False


def attention(call: Steps, _: Asked) -> None:
    call("search_emails", query="in:inbox is:unread", limit=20, timeZone=ZONE)


def invoice(call: Steps, asked: Asked) -> None:
    query = f"subject:{asked.invoice_words} has:attachment after:{asked.first} before:{asked.before}"
    email_id = _first(r"^emailId (\S+)", call("search_emails", query=query, timeZone=ZONE))
    call("read_attachment", emailId=email_id)


def thread(call: Steps, asked: Asked) -> None:
    found = call("search_emails", query=f'subject:"{asked.thread_subject}"', timeZone=ZONE)
    call("read_emails", threadId=_first(r"threadId (\S+)", found), timeZone=ZONE)


def archive(call: Steps, asked: Asked) -> None:
    wanted: dict[str, Any] = {"query": f"from:{asked.publisher} in:inbox", "actions": ["archive"]}
    said = call("update_emails", **wanted)
    call("update_emails", **wanted, expectedTotal=int(_first(r"expectedTotal (\d+)", said)))


def reply(call: Steps, asked: Asked) -> None:
    email_id = _first(r"^emailId (\S+)", call("search_emails", query=f"from:{asked.writer}", timeZone=ZONE))
    draft = call("write_draft", mode="reply", emailId=email_id, body=asked.reply)
    call("send_draft", draftId=_first(r"^draftId (\S+)", draft), recipients=[asked.writer], holdSeconds=0)


def language(call: Steps, asked: Asked) -> None:
    call("search_emails", query=asked.foreign, timeZone=ZONE)


def folders(call: Steps, _: Asked) -> None:
    call("list_mailboxes")


def _first(pattern: str, said: str) -> str:
    found = re.search(pattern, said, re.MULTILINE)
    if found is None:
        raise PlanFailed(f"{pattern} is not in: {said[:300]}")
    return found[1]


PEER = Peer(
    name="mailconnect",
    version=VERSION,
    protocol="JMAP",
    documents=(
        "docs/search.md",
        "lib/mailconnect/mcp/tools",
    ),
    start=start,
    plans={
        "attention": attention,
        "gist": attention,
        "invoice": invoice,
        "thread": thread,
        "archive": archive,
        "reply": reply,
        "language": language,
        "folders": folders,
    },
)
