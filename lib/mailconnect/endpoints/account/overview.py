"""`/account`: a person's connections, seen, narrowed and ended."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailconnect import log
from mailconnect.audit import Audit
from mailconnect.endpoints.account.connections import Connections, ending
from mailconnect.endpoints.account.ending import End, Ending
from mailconnect.endpoints.account.export import MOST_HISTORY
from mailconnect.endpoints.account.guard import ACCOUNT, Guard, to
from mailconnect.endpoints.account.receipts import receipt
from mailconnect.endpoints.account.sessions import Sessions, SignedIn
from mailconnect.endpoints.account.words import lines
from mailconnect.endpoints.pages.context import PageContext
from mailconnect.grants.account_session import LIFETIME
from mailconnect.grants.grant import State
from mailconnect.grants.narrowing import narrow
from mailconnect.provider.provider import Provider
from mailconnect.store.audit import Actor, What
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.grants import Grants

NARROW = "/account/narrow"
DISCONNECT = "/account/disconnect"
DISCONNECT_ALL = "/account/disconnect-all"
SIGN_OUT = "/account/sign-out"

LATEST_EVENTS = 200
"""Read of all that is kept, so that the page opens as fast for whoever has had much happen."""

MOST_EVENTS = 10
"""Shown of all connections together, but of each at least LEAST_EVENTS, the latest first; the export has them all."""

LEAST_EVENTS = 3

_ATTEMPTS = 5

# Not "cookies", which would be those of every service under the operator's domain: ours is taken back by its name.
CLEARED = {"Clear-Site-Data": '"cache", "storage"'}


@dataclass(frozen=True, slots=True)
class Account:
    context: PageContext
    guard: Guard
    sessions: Sessions
    connections: Connections
    ending: Ending
    grants: Grants
    audit: Audit
    provider: Provider

    def routes(self) -> list[Route]:
        return [
            self.guard.route(ACCOUNT, page=self.page),
            self.guard.route(NARROW, action=self.narrow),
            self.guard.route(DISCONNECT, action=self.disconnect),
            self.guard.route(DISCONNECT_ALL, action=self.disconnect_all),
            self.guard.route(SIGN_OUT, action=self.sign_out),
        ]

    async def page(self, signed_in: SignedIn) -> Response:
        owned = await self.connections.owned_by(signed_in.owner)
        history = await self.audit.events.of_owner(signed_in.owner, self.context.clock(), limit=LATEST_EVENTS)
        living = self.connections.living(owned.grants)
        shown = {connection.number for connection in living}
        most = max(MOST_EVENTS // max(len(living), 1), LEAST_EVENTS)
        return self.context.pages.render(
            "account.html",
            username=signed_in.session.username,
            provider=self.provider,
            session_ends_at=signed_in.session.signed_in_at + LIFETIME,
            connections=living,
            ending=ending(owned.grants),
            unknown=owned.unknown,
            events={number: lines(e for e in history.events if e.grant == number)[:most] for number in shown},
            others=lines(e for e in history.events if e.grant not in shown)[:MOST_EVENTS],
            unknown_events=history.unknown,
            most_exported=f"{MOST_HISTORY:,}",
            form_token=signed_in.token,
        )

    async def narrow(self, _request: Request, signed_in: SignedIn, form: dict[str, str]) -> Response:
        """Switches one scope off. What is off already, or the last that is left, changes nothing."""
        for _ in range(_ATTEMPTS):
            grant = await self.connections.one(form.get("connection", ""), signed_in.owner)
            if grant is None or grant.state is not State.ACTIVE:
                return self.guard.not_there()
            update = narrow(grant, frozenset({form.get("off", "")}))
            if update is None:
                return to(ACCOUNT)
            if await self.grants.update(grant.id, update):
                await self.audit.of_grant(What.NARROWED, grant, Actor.OWNER, str(update.set["scope"]))
                return to(ACCOUNT)
        raise StoreUnavailable("the grant kept changing")

    async def disconnect(self, _: Request, signed_in: SignedIn, form: dict[str, str]) -> Response:
        grant = await self.connections.one(form.get("connection", ""), signed_in.owner)
        return self.guard.not_there() if grant is None else receipt(await self.ending.one(grant))

    async def disconnect_all(self, request: Request, signed_in: SignedIn, _: dict[str, str]) -> Response:
        response = receipt(await self.ending.all(signed_in.session, End.CONNECTIONS))
        await self.sessions.end(request, response)
        return response

    async def sign_out(self, request: Request, _: SignedIn, __: dict[str, str]) -> Response:
        response = to("/", CLEARED)
        await self.sessions.end(request, response)
        log.record("account_signed_out")
        return response
