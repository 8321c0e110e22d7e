"""`python -m bench.reading`: what the tools that read mail cost: requests to the provider, CPU, and sizes of results.

Bridge, sandbox and assistant are in this process, and the provider's part is in the CPU time: it is said apart, as the
time of the same requests to the sandbox alone. An attachment's child process is not in it.
"""

import argparse
import asyncio
import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from mailconnect.sandbox.accounts import ALICE
from tests.bridge import Bridge, running_bridge

_CHARACTERS_OF_A_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    requests: int
    milliseconds: float
    of_provider: float
    characters: int


class Recorder:
    """Keeps the bridge's requests to its provider, so that they can be sent again without the bridge."""

    def __init__(self, bridge: Bridge) -> None:
        self.asked: list[httpx.Request] = []
        self._http = bridge.http
        bridge.to_provider.event_hooks = {"request": [self._note]}

    async def _note(self, request: httpx.Request) -> None:
        self.asked.append(request)

    async def repeat(self, requests: list[httpx.Request]) -> None:
        for one in requests:
            again = httpx.Request(one.method, one.url, headers=one.headers, content=one.content)
            await (await self._http.send(again)).aread()


async def measured(times: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        async with running_bridge(Path(folder), environment={"MAILCONNECT_LIMITS": "off"}) as bridge:
            assistant = await bridge.connected()
            recorder = Recorder(bridge)

            async def text(tool: str, arguments: Mapping[str, Any]) -> str:
                result = await assistant.call_tool(tool, dict(arguments))
                return str(result["content"][0]["text"])

            store = bridge.sandbox.post.store(ALICE.primary)
            largest = max(store.emails.values(), key=lambda email: len(email.raw) if b"text/html" in email.raw else 0)
            invoice = re.findall(r"emailId (\S+)", await text("search_emails", {"query": "subject:invoice"}))[0]
            thread = re.findall(r"threadId (\S+)", await text("search_emails", {"query": "subject:harbour"}))[0]
            calls: list[tuple[str, str, Mapping[str, Any]]] = [
                ("list_mailboxes", "list_mailboxes", {}),
                ("search_emails, 15 hits", "search_emails", {"query": "newer_than:3y"}),
                ("read_emails, one of 2 kB", "read_emails", {"emailIds": [invoice]}),
                (
                    f"read_emails, newsletter of {len(largest.raw) // 1000} kB",
                    "read_emails",
                    {"emailIds": [largest.email_id]},
                ),
                ("read_emails, thread of 12", "read_emails", {"threadId": thread}),
                ("read_attachment, PDF of 1 kB", "read_attachment", {"emailId": invoice, "attachmentId": "2"}),
                ("find_contacts", "find_contacts", {"name": "carol"}),
            ]
            rows = []
            for what, tool, arguments in calls:
                said = await text(tool, arguments)
                recorder.asked.clear()
                spent = []
                for _ in range(times):
                    before = time.process_time()
                    await text(tool, arguments)
                    spent.append(time.process_time() - before)
                once = recorder.asked[: len(recorder.asked) // times]
                alone = []
                for _ in range(times):
                    before = time.process_time()
                    await recorder.repeat(once)
                    alone.append(time.process_time() - before)
                rows.append(
                    Row(what, len(once), statistics.median(spent) * 1e3, statistics.median(alone) * 1e3, len(said))
                )
            tools = json.dumps(await assistant.list_tools(), ensure_ascii=False, separators=(",", ":"))
            rows.append(Row("tools/list", 0, 0, 0, len(tools)))
            return rows


def table(rows: list[Row]) -> str:
    lines = [
        "| What | Provider requests | CPU, ms | of which the provider's | Answer, characters | tokens, estimated |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        cpu = f"{row.milliseconds:.1f} | {row.of_provider:.1f}" if row.milliseconds else "- | -"
        tokens = row.characters // _CHARACTERS_OF_A_TOKEN
        lines.append(f"| {row.what} | {row.requests} | {cpu} | {row.characters:,} | {tokens:,} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.reading", description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="calls of each kind; the median counts")
    sys.stdout.write(table(asyncio.run(measured(parser.parse_args().times))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
