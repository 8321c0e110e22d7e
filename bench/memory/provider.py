"""A provider whose messages are large or hostile: `python -m bench.memory.provider PORT`.

An email's id names its body: `large-N` has 5 MB of HTML, and `k7` is the seventh kind of the hostile corpus. It answers
as RFC 8621 §4.2 has it, but for `swollen-N`: there it ignores `maxBodyValueBytes`.
"""

import functools
import json
import sys
from collections.abc import Mapping
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.responses import Response

from bench.stub_provider import MAILBOXES, Stub, authorized
from tests.render.hostile import kinds, source

LARGE = 5_000_000
_SWOLLEN = 4_500_000
"""Just below what is read of a response."""

_PARAGRAPH = '<p>A line of a long <b>letter</b> with <a href="https://example.com/a?b=c">a link</a>.</p>\n'


@functools.cache
def _body(name: str, longest: int) -> bytes:
    """The value as JSON."""
    text = _PARAGRAPH * (LARGE // len(_PARAGRAPH)) if name in ("large", "swollen") else source(kinds()[int(name[1:])])
    maximum = _SWOLLEN if name == "swollen" else longest
    return json.dumps(text.encode("utf-8", "ignore")[:maximum].decode("utf-8", "ignore")).encode()


def _email(email_id: str, longest: int) -> bytes:
    head: dict[str, Any] = {
        "id": email_id,
        "threadId": f"T{email_id}",
        "mailboxIds": {"m0": True},
        "keywords": {},
        "receivedAt": "2026-11-01T10:00:00Z",
        "from": [{"name": "A", "email": "a@example.org"}],
        "to": [{"name": "B", "email": "b@example.com"}],
        "subject": "Large",
        "size": LARGE,
        "hasAttachment": False,
    }
    part = {"partId": "1", "blobId": "b1", "size": LARGE, "type": "text/html", "charset": "utf-8"}
    head |= {"htmlBody": [part], "textBody": [part], "attachments": []}
    rest = b', "bodyValues": {"1": {"value": %s, "isEncodingProblem": false, "isTruncated": true}}}'
    return json.dumps(head).encode()[:-1] + rest % _body(email_id.partition("-")[0], longest)


def _answer(name: str, asked: Mapping[str, Any]) -> bytes:
    if name == "Mailbox/get":
        return json.dumps({"accountId": "u1", "state": "1", "notFound": [], "list": MAILBOXES}).encode()
    if name == "Email/get" and isinstance(asked.get("ids"), list):
        longest = int(asked.get("maxBodyValueBytes", 0)) or LARGE
        listed = b",".join(_email(email_id, longest) for email_id in asked["ids"])
        return b'{"accountId": "u1", "state": "1", "notFound": [], "list": [%s]}' % listed
    return json.dumps({"accountId": "u1", "queryState": "1", "ids": [], "list": [], "total": 0, "position": 0}).encode()


class LargeMail(Stub):
    async def api(self, request: Request) -> Response:
        calls = json.loads(await request.body())["methodCalls"]
        said = [
            b'["%s", %s, "%s"]' % (name.encode(), _answer(name, asked), ident.encode()) for name, asked, ident in calls
        ]
        return authorized(request, b'{"methodResponses": [%s], "sessionState": "s"}' % b",".join(said))


if __name__ == "__main__":
    port = int(sys.argv[1])
    uvicorn.run(
        LargeMail(f"http://127.0.0.1:{port}").application(),
        host="127.0.0.1",
        port=port,
        log_level="error",
        access_log=False,
    )
