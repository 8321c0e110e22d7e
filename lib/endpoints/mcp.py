"""`POST /mcp`: who calls, by which grant, and may they (RFC 6750 §2.1, §3.1; MCP authorization and transport)."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lib import audit, strict_json
from lib.clock import Clock
from lib.endpoints.answers import NO_STORE, json_answer
from lib.endpoints.body import read_body
from lib.endpoints.host import at_canonical_host
from lib.endpoints.limits import Limits
from lib.grants.access import Access, authenticate, used
from lib.grants.errors import GrantError, InvalidToken
from lib.grants.grant import Grant
from lib.grants.token import Token, TokenKind, parse
from lib.mcp.dispatch import answer
from lib.mcp.errors import InsufficientScope
from lib.mcp.server import Server
from lib.oauth.errors import InvalidRequest
from lib.oauth.metadata import PROTECTED_RESOURCE_PATH
from lib.oauth.scopes import SCOPES, format_scope, told_of
from lib.settings import Settings
from lib.store.errors import StoreUnavailable
from lib.store.grants import Grants
from lib.store.switchboard import Switchboard
from lib.store.switches import Switch
from lib.upstream.connection import Mailboxes

_MAX_BODY = 262_144
_MAX_AUTHORIZATION = 1024
_TOO_MANY_CALLS = 429
"""A code of ours: outside -32768 to -32000, which JSON-RPC keeps for itself (§5.1)."""


@dataclass(frozen=True, slots=True)
class Mcp:
    settings: Settings
    server: Server
    grants: Grants
    mailboxes: Mailboxes
    limits: Limits
    switches: Switchboard
    clock: Clock

    def routes(self) -> list[Route]:
        # GET and DELETE are 405: there is neither a stream nor a session (MCP streamable HTTP).
        return [Route("/mcp", at_canonical_host(self.settings, self.post), methods=["POST"])]

    async def post(self, request: Request) -> Response:
        origin = request.headers.get("origin")
        if origin is not None and origin != self.settings.issuer:
            return json_answer({"error": "forbidden_origin"}, 403)
        try:
            presented = _bearer(request)
            if presented is None:
                return self._challenge(401)
            token = parse(presented, TokenKind.ACCESS)
            # The body first, however slowly it comes: what the token may do is decided at the moment of doing it.
            body = await read_body(request, _MAX_BODY)
            grant, access = await self._authenticated(token)
            wait = await self.limits.wait_for_call(grant.id)
            if wait:
                return _too_many(body, wait)
            connection = self.mailboxes.open(grant, access.data_key)
        except InvalidRequest as error:
            return self._challenge(400, error="invalid_request", error_description=error.description)
        except GrantError as error:
            audit.record("access_refused", reason=error.reason)
            return self._challenge(
                401, error="invalid_token", error_description="The access token is unknown, expired or ended"
            )
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.scope["headers"]]
        try:
            granted = told_of(access.scope, grant.notice_version)
            answered = await answer(await self._offered(), headers, body, granted, connection)
        except InsufficientScope as missing:
            audit.record("access_refused", reason="insufficient_scope")
            return self._challenge(403, error="insufficient_scope", scope=format_scope(missing.required | granted))
        if answered.fault is not None:
            audit.fault(answered.fault)
        await self._note_use(grant, audit.request().over)
        return Response(answered.body, answered.status, dict(answered.headers))

    async def _authenticated(self, token: Token) -> tuple[Grant, Access]:
        """One strongly consistent read. Raises GrantError."""
        grant = await self.grants.get(token.grant_id)
        if grant is None:
            raise InvalidToken("grant_unknown")
        if grant.provider != self.mailboxes.provider.id:
            raise InvalidToken("grant_of_another_provider")
        access = authenticate(grant, token, self.settings.resource, self.clock())
        audit.about(grant.id)
        return grant, access

    async def _offered(self) -> Server:
        """A switch that is not known forbids too. Where no tool writes, none is looked at: a call is one read."""
        try:
            forbidden = self.server.writes and await self.switches.is_on(Switch.READ_ONLY)
        except StoreUnavailable:
            forbidden = True
        return self.server.reading_only() if forbidden else self.server

    async def _note_use(self, grant: Grant, over: str | None) -> None:
        update = used(grant, self.clock(), over)
        if update is not None:
            try:
                await self.grants.update(grant.id, update)
            except StoreUnavailable:
                return

    def _challenge(self, status: int, **parameters: str) -> Response:
        """RFC 6750 §3, RFC 9728 §5.1. Without a token there is no `error` (§3.1)."""
        fields = {"scope": format_scope(frozenset(SCOPES))} | parameters
        fields["resource_metadata"] = f"{self.settings.issuer}{PROTECTED_RESOURCE_PATH}/mcp"
        challenge = "Bearer " + ", ".join(f'{name}="{value}"' for name, value in fields.items())
        document = {name: value for name, value in parameters.items() if name.startswith("error")}
        return json_answer(document or {"error": "unauthorized"}, status, NO_STORE | {"WWW-Authenticate": challenge})


def _too_many(body: bytes, wait: int) -> Response:
    """RFC 6585 §4, with what a JSON-RPC client can read, under the id of its request if it has one."""
    try:
        message = strict_json.loads(body)
    except strict_json.NotJson:
        message = None
    ident = message.get("id") if isinstance(message, dict) else None
    error = {"code": _TOO_MANY_CALLS, "message": f"Too many calls on this connection; try again in {wait} seconds"}
    document = {"jsonrpc": "2.0", "id": ident if type(ident) in (str, int) else None, "error": error}
    return json_answer(document, 429, NO_STORE | {"Retry-After": str(wait)})


def _bearer(request: Request) -> str | None:
    """The token of the one Authorization header; None where there is none for us. Raises InvalidRequest, GrantError."""
    headers = request.headers.getlist("authorization")
    if not headers:
        return None
    in_query = b"access_token=" in request.scope["query_string"]
    if len(headers) > 1 or "," in headers[0] or in_query:
        raise InvalidRequest("the request must have one Authorization header and no other token")
    scheme, _, token = headers[0].partition(" ")
    if scheme.lower() != "bearer":
        return None
    if len(token) > _MAX_AUTHORIZATION:
        raise InvalidToken("token_too_long")
    return token.strip(" ")
