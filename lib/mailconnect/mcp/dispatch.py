"""One POST to the MCP endpoint: from its headers and bytes to the response, whichever revision they are of."""

import asyncio
from typing import Any

from mailconnect.encoding.fast_json import encode
from mailconnect.grants.errors import GrantError
from mailconnect.mail.errors import MailboxError
from mailconnect.mcp import legacy, modern
from mailconnect.mcp.context import Context
from mailconnect.mcp.errors import InsufficientScope, InternalError, InvalidRequest, ProtocolError
from mailconnect.mcp.headers import VERSION_HEADER, Headers, revision_of, single
from mailconnect.mcp.message import (
    ACCEPTED,
    HttpResponse,
    Notification,
    RpcRequest,
    decode,
    error_response,
    json_response,
    read,
    result_response,
)
from mailconnect.mcp.server import Server
from mailconnect.mcp.versions import BATCHING, MODERN

MAX_IN_BATCH = 8  # each may ask the provider once, and all share one deadline
MAX_BATCH_BYTES = 2_000_000
"""Of the responses together, as mailconnect.mcp.tools.mailboxes.list_mailboxes has it for one."""

_TOO_LONG = "The answers of this batch are too long together: send this request alone"


async def respond(server: Server, headers: Headers, body: bytes, context: Context) -> HttpResponse:
    """Raises InsufficientScope and GrantError alone, before anything was asked of the mailbox: the edge makes the 403
    and the 401 of them.

    The edge has checked the method, the host, the origin, the token and the length. It sends session ids to nobody, and
    one that a client sends means nothing.
    """
    try:
        value = decode(body)
        if isinstance(value, list):
            return await _batch(server, headers, value, context)
        message = read(value)
    except ProtocolError as error:
        return json_response(error.status, error_response(error.id, error))
    ident = message.id if isinstance(message, RpcRequest) else None
    try:
        revision = revision_of(headers, message)
    except ProtocolError as error:
        return json_response(error.status, error_response(ident, error))
    if isinstance(message, Notification):
        return ACCEPTED  # there is none that would have to do anything: nothing is held from one request to the next
    status, response, fault = await _serve(server, headers, revision, message, context=context)
    return json_response(status, response, operation=_operation(server, message), fault=fault)


def requests_in(body: bytes) -> int:
    """How many requests `respond` would serve: of a batch each, and 1 for anything else."""
    if not body.lstrip(b" \t\r\n").startswith(b"["):
        return 1
    try:
        values = decode(body)
    except ProtocolError:
        return 1
    if len(values) > MAX_IN_BATCH:
        return 1
    return max(1, sum(isinstance(value, dict) and "id" in value for value in values))


async def _serve(
    server: Server, headers: Headers, revision: str, request: RpcRequest, *, context: Context
) -> tuple[int, dict[str, Any], Exception | None]:
    """HTTP's status, the JSON-RPC response, and what nobody expected. Raises InsufficientScope, GrantError."""
    try:
        if revision == MODERN:
            result = await modern.respond(server, headers, request, context)
        else:
            result = await legacy.respond(server, revision, request, context)
        return 200, result_response(request.id, result), None
    except (InsufficientScope, GrantError):
        raise
    except ProtocolError as error:
        return *_refused(request, revision, error), None
    except MailboxError as error:
        return *_refused(request, revision, InternalError(error.text)), None
    except Exception as error:  # noqa: BLE001 - a client is owed a response to its id; the edge logs the fault
        return *_refused(request, revision, InternalError("Internal error")), error


def _refused(request: RpcRequest, revision: str, error: ProtocolError) -> tuple[int, dict[str, Any]]:
    return error.modern_status if revision == MODERN else error.status, error_response(request.id, error)


async def _batch(server: Server, headers: Headers, values: list[Any], context: Context) -> HttpResponse:
    """2025-03-26 basic, Batching, and JSON-RPC 2.0 §6. Raises InvalidRequest, GrantError."""
    if single(headers, VERSION_HEADER) not in (None, "", BATCHING):
        raise InvalidRequest("The body must be a single JSON-RPC request or notification")
    if not 1 <= len(values) <= MAX_IN_BATCH:
        raise InvalidRequest(f"A batch holds 1 to {MAX_IN_BATCH} messages")
    messages = [_read_in_batch(value) for value in values]
    if all(isinstance(message, Notification) for message in messages):
        return ACCEPTED
    responses: list[dict[str, Any]] = []
    fault, left = None, MAX_BATCH_BYTES
    for message in messages:
        if isinstance(message, ProtocolError):
            responses.append(error_response(message.id, message))
        elif isinstance(message, RpcRequest):
            await asyncio.sleep(0)  # others are waiting for their responses too
            response, failed = error_response(message.id, InternalError(_TOO_LONG)), None
            if left > 0:
                _, served, failed = await _serve(server, headers, BATCHING, message, context=context)
                left -= len(encode(served))
                response = served if left >= 0 or not responses else response
            responses.append(response)
            fault = fault or failed
    return json_response(200, responses, operation="batch", fault=fault)


def _read_in_batch(value: Any) -> RpcRequest | Notification | InvalidRequest:
    try:
        message = read(value)
    except InvalidRequest as error:
        return error
    if isinstance(message, RpcRequest) and message.method == "initialize":
        return InvalidRequest("initialize must not be part of a batch", id=message.id)
    return message


def _operation(server: Server, request: RpcRequest) -> str:
    if request.method != "tools/call":
        return request.method if request.method in _KNOWN or request.method in server.methods else "unknown"
    name = request.params.get("name")
    return f"tools/call {name}" if isinstance(name, str) and name in server.by_name else "tools/call unknown"


_KNOWN = frozenset({"initialize", "ping", "server/discover", "tools/list"})
