"""The sandbox's own routes: what it counted, its switches, and the acts of an owner in Fastmail's settings."""

import json
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mailconnect.sandbox.accounts import OWNERS
from mailconnect.sandbox.provider import Provider
from mailconnect.sandbox.switches import SwitchError


class Control:
    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def routes(self) -> list[Route]:
        return [
            Route("/sandbox/counters", self.counters, methods=["GET"]),
            Route("/sandbox/switches", self.switches, methods=["GET", "POST", "DELETE"]),
            Route("/sandbox/expire", self.expire, methods=["POST"]),
            Route("/sandbox/deliver", self.deliver, methods=["POST"]),
            Route("/sandbox/disconnect", self.disconnect, methods=["POST"]),
        ]

    async def counters(self, _: Request) -> Response:
        return JSONResponse(counted(self._provider))

    async def switches(self, request: Request) -> Response:
        """POST sets what the JSON object names, DELETE clears the faults; each answers with what is set now."""
        switches = self._provider.switches
        if request.method == "DELETE":
            switches.clear()
        if request.method == "POST":
            try:
                switches.apply(_json(await request.body()))
            except SwitchError as error:
                return JSONResponse({"error": str(error)}, 400)
        return JSONResponse(switches.document())

    async def expire(self, _: Request) -> Response:
        """Every access token that lives is dead from now on; refresh tokens and API tokens are not touched."""
        return JSONResponse({"expired": self._provider.state.expire_access_tokens()})

    async def disconnect(self, request: Request) -> Response:
        """The owner presses Remove under "Connected apps": {"username": "alice@sandbox.test"}."""
        try:
            document = _json(await request.body())
        except SwitchError as error:
            return JSONResponse({"error": str(error)}, 400)
        username = document.get("username") if isinstance(document, dict) else None
        if not isinstance(username, str) or username not in OWNERS:
            return JSONResponse({"error": f"username is one of {', '.join(OWNERS)}"}, 400)
        return JSONResponse({"ended": self._provider.state.end_grants_of(username, "disconnected")})

    async def deliver(self, request: Request) -> Response:
        """New mail: {"username": "alice@sandbox.test", "mailbox": ["Inbox"], "message": "From: ..."}, unread, now."""
        try:
            document = _json(await request.body())
        except SwitchError as error:
            return JSONResponse({"error": str(error)}, 400)
        match document:
            case {"username": str(username), "mailbox": [*path], "message": str(message)} if username in OWNERS:
                account = OWNERS[username].primary
                raw = message.replace("\r\n", "\n").replace("\n", "\r\n").encode()
                if tuple(path) in account.all_mailbox_ids():
                    now = datetime.fromtimestamp(self._provider.clock(), UTC)
                    delivered = self._provider.post.store(account).deliver(raw, [tuple(path)], now)
                    return JSONResponse({"emailId": delivered.email_id})
        return JSONResponse({"error": "username, mailbox (a path as a list) and message are required"}, 400)


def counted(provider: Provider) -> dict[str, Any]:
    counters = provider.counters
    issued = provider.state.counted()
    for grant in issued["grants"]:
        grant["peak_refreshes"] = counters.peak_refreshes.get(grant["grant_id"], 0)
    return {
        **issued,
        "denials": counters.denials,
        "requests": dict(sorted(counters.requests.items())),
        "jmap_calls": dict(sorted(counters.methods.items())),
        "outbox": len(provider.post.outbox),
    }


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SwitchError("the body is not JSON") from error
