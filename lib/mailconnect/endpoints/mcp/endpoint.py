"""`/mcp`: authenticates the call, and hands it on (RFC 6750 §2.1, §3.1; MCP authorization, transport)."""

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from mailconnect import log
from mailconnect.attachments.port import AttachmentReader
from mailconnect.clock import Clock
from mailconnect.encoding import strict_json
from mailconnect.endpoints.http.edge import receive_body
from mailconnect.endpoints.http.errors import ErrorPageOf, accepts_pages, not_by_hand, refused
from mailconnect.endpoints.http.policy import policy_of
from mailconnect.endpoints.http.responses import NO_STORE, json_response, preflight
from mailconnect.endpoints.limits.limits import Limits
from mailconnect.endpoints.mcp.challenges import Challenges
from mailconnect.endpoints.mcp.origins import Origins
from mailconnect.grants.errors import GrantError, InvalidToken, SealBroken
from mailconnect.grants.grant import Grant
from mailconnect.grants.sending import SEND, SENDS_AT_ONCE, Choice
from mailconnect.grants.tokens.access import Access, announced, authenticate, used
from mailconnect.grants.tokens.token import Token, TokenKind, parse
from mailconnect.jmap.mail import JmapMail
from mailconnect.jmap.mailbox.remembered_places import RememberedPlaces
from mailconnect.mcp.context import Context
from mailconnect.mcp.dispatch import requests_in, respond
from mailconnect.mcp.errors import InsufficientScope
from mailconnect.mcp.headers import Headers
from mailconnect.mcp.message import HttpResponse, id_of
from mailconnect.mcp.server import Server
from mailconnect.oauth.errors import InvalidRequest
from mailconnect.oauth.scopes import TOLD_BY, format_scope
from mailconnect.provider.connection import Mailboxes
from mailconnect.pseudonyms import grant_hash
from mailconnect.render.beside import Rendering
from mailconnect.settings import Settings
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.grants import Grants
from mailconnect.store.switchboard import Switchboard

if TYPE_CHECKING:  # what sending takes is imported by the first message that is sent
    from mailconnect.mail.port import Mail
    from mailconnect.sending.sending import ConnectionSending

PATH = "/mcp"
_QUERY = "%:/?[]@!$&'()*+,;="
_MAX_BODY = 262_144
_MAX_AUTHORIZATION = 1024
_URL = "url"
_TOO_MANY_CALLS = 429
"""Our own code: -32768 to -32000 are reserved by JSON-RPC (§5.1)."""

SendingFor = Callable[[Grant, "Mail", Callable[[], Choice], Callable[[], bytes]], "ConnectionSending"]
"""Makes the sender of one grant: from its mailbox, the owner's choice, verified, and the data key. Both may raise
GrantError.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mcp:
    """Plain ASGI, without Starlette's request and wrappers: no other route is called so often.

    `page_of`: what a browser sees at this address, where pages are served.
    """

    settings: Settings
    server: Server
    grants: Grants
    mailboxes: Mailboxes
    limits: Limits
    switches: Switchboard
    clock: Clock
    attachments: AttachmentReader
    sending: SendingFor | None = None
    page_of: ErrorPageOf | None = None
    places: RememberedPlaces = field(default_factory=RememberedPlaces)
    rendering: Rendering = field(default_factory=Rendering)
    resource: str = field(init=False)
    origins: Origins = field(init=False)
    challenges: Challenges = field(init=False)
    serving: Server = field(init=False)
    """The server, in the words of these challenges and with the operator's switches."""

    def __post_init__(self) -> None:
        challenges = Challenges(self.settings.issuer)
        named = replace(self.server, not_allowed=challenges.in_words)
        object.__setattr__(self, "resource", self.settings.resource)
        object.__setattr__(self, "origins", Origins(self.settings))
        object.__setattr__(self, "challenges", challenges)
        object.__setattr__(self, "serving", named.asking_before_writing(self.switches.forbids_writing))

    def routes(self) -> list[Route]:
        return [
            Route(PATH, self, methods=["GET", "POST", "DELETE", "OPTIONS"]),
            Route(f"{PATH}/", self, methods=["GET", "POST", "DELETE", "OPTIONS"]),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        response = await self._respond(headers, scope, receive)
        await response(scope, receive, send)

    async def _respond(self, headers: Headers, scope: Scope, receive: Receive) -> ASGIApp:
        origins, credentials, lengths = _values(headers, "origin", "authorization", "content-length")
        method, by_token = scope["method"], scope["method"] == "OPTIONS" or _shows_a_token(credentials)
        if not all(self.origins.allows(origin, by_token=by_token) for origin in origins):
            return json_response({"error": "forbidden_origin"}, 403)
        if method == "OPTIONS":
            return preflight(*policy_of(PATH).cors)
        if scope["path"] != PATH:
            return self._moved(scope)
        if method != "POST":
            return self._by_hand(scope, credentials)
        granted = frozenset[str]()
        try:
            presented = _bearer(credentials, scope["query_string"])
            if presented is None:
                return self.challenges.without_token
            token = parse(presented, TokenKind.ACCESS)
            # The body first, however slowly it comes: what the token may do is decided at the moment of doing it.
            body = await receive_body(receive, lengths, _MAX_BODY)
            grant = await self._grant_of(token)
            now = self.clock()
            access = authenticate(grant, token, self.resource, now)
            request = log.CURRENT.get()
            if request is not None:
                request.grant = grant_hash(grant.id)
            wait = await self.limits.wait_for_call(grant.id, requests_in(body), now)
            if wait:
                return _too_many(body, wait)
            granted = access.scope & TOLD_BY[grant.notice_version]
            response = await respond(self.serving, headers, body, self._context(grant, access, granted))
        except InvalidRequest as error:
            return self.challenges.of(400, error="invalid_request", error_description=error.description)
        except GrantError as error:
            # The tokens in hand may be of the very grant that has ended, and no other call may come (F-37).
            await self.mailboxes.store_what_is_in_hand()
            if isinstance(error, SealBroken):  # no client's doing: the store was written to
                log.record("seal_broken", grant=log.request().grant, reason=error.reason)
            else:
                log.record("access_refused", reason=error.reason)
            return self.challenges.of(
                401, error="invalid_token", error_description="The access token is unknown, expired or ended"
            )
        except InsufficientScope as missing:
            log.record("access_refused", reason="insufficient_scope")
            scope_needed = format_scope(missing.required | granted)
            return self.challenges.of(403, error="insufficient_scope", scope=scope_needed)
        if response.fault is not None:
            log.fault(response.fault)
        if response.operation.startswith(("tools/call", "batch")):
            await self._note_use(grant, now)
        return partial(_sent, response)

    def _moved(self, scope: Scope) -> Response:
        """308 keeps method and body (RFC 9110 §15.4.9); people type the closing slash."""
        query = quote(scope["query_string"], safe=_QUERY)  # no byte of it ends the header
        location = f"{self.resource}?{query}" if query else self.resource
        return Response(status_code=308, headers=NO_STORE | {"Location": location})

    def _by_hand(self, scope: Scope, credentials: list[str]) -> Response:
        """GET, HEAD and DELETE: there is neither a stream nor a session (MCP streamable HTTP), so 405.

        Without a token it is 401: clients look by GET or HEAD where authorization is to be had (RFC 9728 §5.1).
        """
        if _shows_a_token(credentials):
            return refused(not_by_hand(self.settings.issuer), scope, self.page_of, {"Allow": "OPTIONS, POST"})
        challenge = self.challenges.without_token
        if self.page_of is None or not accepts_pages(scope):
            return challenge
        named = {"WWW-Authenticate": challenge.headers["WWW-Authenticate"]}
        return refused(replace(not_by_hand(self.settings.issuer), status=401), scope, self.page_of, named)

    async def _grant_of(self, token: Token) -> Grant:
        """One strongly consistent read. Raises GrantError."""
        grant = await self.grants.get(token.grant_id)
        if grant is None:
            raise InvalidToken("grant_unknown")
        if grant.provider != self.mailboxes.provider.id:
            raise InvalidToken("grant_of_another_provider")
        return grant

    def _context(self, grant: Grant, access: Access, granted: frozenset[str]) -> Context:
        # Where each message waits for its owner, an assistant's own connection cannot send, whatever a tool asks.
        submits = SEND in granted and SENDS_AT_ONCE.fullmatch(grant.sending or "") is not None
        connection = self.mailboxes.open(grant, access.data_key, granted, submits=submits)
        mail = JmapMail(connection, self.places)
        return Context(
            granted=granted,
            mail=mail,
            contacts=mail,
            masked=mail,
            clock=self.clock,
            entropy=self.mailboxes.entropy,
            search_key=connection.search_key,
            draft_key=connection.draft_key,
            rendering=self.rendering,
            authserv_ids=self.mailboxes.provider.authserv_ids,
            account_page=f"{self.settings.issuer}/account",
            attachments=self.attachments,
            sending=self.sending and partial(self.sending, grant, mail, connection.sending, access.data_key),
            opens_urls=grant.elicitation == _URL,
            announced=partial(self._note_elicitation, grant),
        )

    async def _note_elicitation(self, grant: Grant, opens_urls: bool) -> None:
        """One write where a client says something else than before; a lost one costs a link in the text instead."""
        update = announced(grant, _URL if opens_urls else None)
        if update is not None:
            with contextlib.suppress(StoreUnavailable):
                await self.grants.update(grant.id, update)

    async def _note_use(self, grant: Grant, now: int) -> None:
        request = log.CURRENT.get()
        update = used(grant, now, request.address_family if request is not None else None)
        if update is not None:
            try:
                await self.grants.update(grant.id, update)
            except StoreUnavailable:
                return


async def _sent(response: HttpResponse, _: Scope, __: Receive, send: Send) -> None:
    """Sends the response as it is, without the work of Starlette's Response."""
    body = response.body or b""
    headers = [(name.encode(), value.encode()) for name, value in response.headers]
    headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _too_many(body: bytes, wait: int) -> Response:
    """429 (RFC 6585 §4) as a JSON-RPC error, under the id of the request if it has one."""
    try:
        message = strict_json.loads(body)
    except strict_json.NotJson:
        message = None
    ident = id_of(message) if isinstance(message, dict) else None
    error = {"code": _TOO_MANY_CALLS, "message": f"Too many calls on this connection; try again in {wait} seconds"}
    document = {"jsonrpc": "2.0", "id": ident, "error": error}
    return json_response(document, 429, NO_STORE | {"Retry-After": str(wait)})


def _values(headers: Headers, *names: str) -> Iterable[list[str]]:
    """All values of each of these headers, in one pass."""
    found: dict[str, list[str]] = {name: [] for name in names}
    for name, value in headers:
        if name in found:
            found[name].append(value)
    return found.values()


def _shows_a_token(credentials: list[str]) -> bool:
    """Whether there is a token to look at, good or not."""
    return any(value[:7].lower() == "bearer " and value[7:].strip() for value in credentials)


def _bearer(credentials: list[str], query: bytes) -> str | None:
    """The token of the only Authorization header; None where there is no bearer. Raises InvalidRequest, GrantError."""
    if not credentials:
        return None
    if len(credentials) > 1 or "," in credentials[0] or b"access_token=" in query:
        raise InvalidRequest("the request must have one Authorization header and no other token")
    scheme, _, token = credentials[0].partition(" ")
    if scheme.lower() != "bearer":
        return None
    if len(token) > _MAX_AUTHORIZATION:
        raise InvalidToken("token_too_long")
    return token.strip(" ")
