"""One endpoint of the sandbox: counted, made to misbehave where a switch says so, else simply answered."""

import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailconnect.sandbox.misbehaviour import misbehaving
from mailconnect.sandbox.provider import Provider
from mailconnect.sandbox.switches import Fault

Handler = Callable[[Request], Awaitable[Response]]
_RIGHT = Fault("token")


def _plain_error(code: str, status: int) -> Response:
    return JSONResponse({"error": code}, status)


class Endpoint:
    """name: what switches and counters call it; detail: a finer name, read from the request and its body;
    refused: how a protocol error looks here, from its code and status; unauthorized: what a switched 401 looks like;
    watched: a context held until the answer has been sent; too_large: the error where the body has over max_body bytes.
    """

    def __init__(
        self,
        provider: Provider,
        name: str,
        handler: Handler,
        *,
        detail: Callable[[Request, bytes], str] | None = None,
        refused: Callable[[str, int], Response] = _plain_error,
        unauthorized: Callable[[], Response] | None = None,
        watched: Callable[[bytes], AbstractContextManager[None]] | None = None,
        max_body: int = 65_536,
        too_large: str = "invalid_request",
    ) -> None:
        self._provider = provider
        self._name = name
        self._handler = handler
        self._detail = detail
        self._refused = refused
        self._unauthorized = unauthorized
        self._watched = watched
        self._max_body = max_body
        self._too_large = too_large

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await _read(Request(scope, receive), self._max_body)
        except ClientDisconnect:
            return
        if body is None:
            await self._refused(self._too_large, 400)(scope, receive, send)
            return

        async def read_already() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        request = Request(scope, read_already)
        detail = self._name if self._detail is None else self._detail(request, body)
        self._provider.counters.requests[detail] += 1
        fault = self._provider.switches.take({self._name, detail}) or _RIGHT
        with nullcontext() if self._watched is None else self._watched(body):
            answer = await self._response(request, fault)
            await answer(scope, receive, send)

    async def _response(self, request: Request, fault: Fault) -> ASGIApp:
        sleep = self._provider.sleep
        if fault.delay_before:
            await sleep(fault.delay_before)
        response = await self._handler(request) if fault.acting else None
        if fault.delay_after:
            await sleep(fault.delay_after)
        if fault.error is not None:
            status = fault.answer if isinstance(fault.answer, int) else 400
            response = self._refused(fault.error, status)
        elif fault.answer == 401 and self._unauthorized is not None:
            return self._unauthorized()
        elif fault.answer is not None:
            return misbehaving(fault, response, sleep)
        if response is None:  # acts: false without a wrong answer has nothing else to say
            return Response(status_code=503)
        return _changed(response, fault) if fault.change or fault.omit else response


async def _read(request: Request, at_most: int) -> bytes | None:
    """The body; None where it is larger than allowed."""
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > at_most:
            return None
        pieces.append(piece)
    return b"".join(pieces)


def _changed(response: Response, fault: Fault) -> Response:
    """The answer with members (of a JSON object) or parameters (of a redirect) put in and left out."""
    location = response.headers.get("location")
    if location is not None:
        parts = urlsplit(location)
        query: dict[str, Any] = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **fault.change}
        kept = {name: value for name, value in query.items() if name not in fault.omit}
        return RedirectResponse(urlunsplit(parts._replace(query=urlencode(kept))), response.status_code)
    try:
        document = json.loads(bytes(response.body))
    except ValueError:
        return response
    if not isinstance(document, dict):
        return response
    members = {name: value for name, value in {**document, **fault.change}.items() if name not in fault.omit}
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return JSONResponse(members, response.status_code, headers)
