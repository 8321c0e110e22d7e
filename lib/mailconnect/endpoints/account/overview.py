"""`/account`: a person's connections, seen and ended."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailconnect import log
from mailconnect.audit import Audit
from mailconnect.endpoints.account import deed as deeds
from mailconnect.endpoints.account.changed import changed_of
from mailconnect.endpoints.account.connections import Connections, ShownConnection, ending, names_of, scopes_of
from mailconnect.endpoints.account.deed import AGAIN, Deed, deed_of
from mailconnect.endpoints.account.ended_names import EndedNames
from mailconnect.endpoints.account.ending import End, Ending
from mailconnect.endpoints.account.export import MAX_HISTORY
from mailconnect.endpoints.account.guard import ACCOUNT, Guard, query_of, query_text, to
from mailconnect.endpoints.account.receipts import receipt
from mailconnect.endpoints.account.sessions import Sessions, SignedIn
from mailconnect.endpoints.account.words import lines
from mailconnect.endpoints.approvals.browsers import TrustedBrowsers
from mailconnect.endpoints.pages.boxes import Group, boxes
from mailconnect.endpoints.pages.context import PageContext
from mailconnect.endpoints.pages.ladder import SENDING_WAYS, rungs
from mailconnect.grants.account_session import LIFETIME
from mailconnect.grants.approval import Approval
from mailconnect.grants.sending import MAX_A_DAY, SEND, parse_choice, said
from mailconnect.languages.numbers import number
from mailconnect.oauth.scopes import SCOPES
from mailconnect.provider.provider import Provider
from mailconnect.store.owned import Owned

DISCONNECT = "/account/disconnect"
DISCONNECT_ALL = "/account/disconnect-all"
SIGN_OUT = "/account/sign-out"

LATEST_EVENTS = 200
"""Read of all that is kept, so that the page opens as fast for an owner with a long history."""

MAX_EVENTS = 10
"""Shown of all connections together, but of each at least LEAST_EVENTS, the latest first; the export has them all."""

LEAST_EVENTS = 3

# Not "cookies", which would be those of every service under the operator's domain: ours is taken back by its name.
CLEARED = {"Clear-Site-Data": '"cache", "storage"'}


@dataclass(frozen=True, slots=True)
class Overview:
    context: PageContext
    guard: Guard
    sessions: Sessions
    connections: Connections
    ending: Ending
    names: EndedNames
    audit: Audit
    provider: Provider
    approvals: Owned[Approval]
    trusted: TrustedBrowsers

    def routes(self) -> list[Route]:
        return [
            self.guard.route(ACCOUNT, page=self.page),
            self.guard.route(AGAIN, page=self.again),
            self.guard.route(DISCONNECT, action=self.disconnect, again=_disconnecting),
            self.guard.route(DISCONNECT_ALL, action=self.disconnect_all, again=lambda _: Deed(deeds.DISCONNECT_ALL)),
            self.guard.route(SIGN_OUT, action=self.sign_out),
        ]

    async def page(self, request: Request, signed_in: SignedIn) -> Response:
        owned = await self.connections.owned_by(signed_in.owner)
        history = await self.audit.events.of_owner(signed_in.owner, self.context.clock(), limit=LATEST_EVENTS)
        living = self.connections.living(owned.grants)
        shown = {connection.number for connection in living}
        maximum = max(MAX_EVENTS // max(len(living), 1), LEAST_EVENTS)
        return self.context.pages.render(
            "account.html",
            here=ACCOUNT,
            now=self.context.clock(),
            username=signed_in.session.username,
            provider=self.provider,
            session_minutes=_minutes(signed_in.session.signed_in_at + LIFETIME - self.context.clock()),
            connections=living,
            change=query_of(query_text(request)).get("change", ""),
            changed=changed_of(query_of(query_text(request)), living),
            rungs=rungs(frozenset(SCOPES)),
            look_boxes=boxes(frozenset(SCOPES), Group.LOOK),
            change_boxes=boxes(frozenset(SCOPES), Group.CHANGE),
            sending_ways=SENDING_WAYS,
            sending_of=said,
            most_a_day=MAX_A_DAY,
            ending=ending(owned.grants),
            unknown=owned.unknown,
            events={number: lines(e for e in history.events if e.grant == number)[:maximum] for number in shown},
            other_events=lines(e for e in history.events if e.grant not in shown)[:MAX_EVENTS],
            unknown_events=history.unknown,
            most_exported=number(MAX_HISTORY),
            waiting=await self._waiting(signed_in.owner, living),
            browsers=await self.trusted.of_owner(signed_in.owner),
            this_browser=await self.trusted.of(request),
            form_token=signed_in.token,
        )

    async def _waiting(self, owner: str, living: list[ShownConnection]) -> list[tuple[ShownConnection, Approval]]:
        """Messages that wait for the owner's word, the latest first, with the connection that asked."""
        now = self.context.clock()
        by_grant = {one.grant.id: one for one in living if SEND in one.grant.scope.split()}
        found = await self.approvals.of_owner(owner, now)
        return [(by_grant[one.grant], one) for one in found if one.waits(now) and one.grant in by_grant]

    async def again(self, request: Request, signed_in: SignedIn) -> Response:
        """A button that was pressed while nobody was signed in, asked for once more."""
        deed = deed_of(query_of(query_text(request)))
        if deed is None:
            return to(ACCOUNT)
        owned = await self.connections.owned_by(signed_in.owner)
        living = self.connections.living(owned.grants)
        found = [one for one in living if deed.connection in ("", one.grant.id)]
        if not found:
            return self.guard.not_there()
        allowed = frozenset(name for one in found for name in one.grant.scope.split())
        return self.context.pages.render(
            "account_again.html",
            deed=deed,
            found=found,
            provider=self.provider,
            more=scopes_of(deed.scope - allowed) if deed.kind == deeds.CHANGE else (),
            less=scopes_of(allowed - deed.scope) if deed.kind == deeds.CHANGE else (),
            sending=parse_choice(deed.sending) if deed.sending and SEND in deed.scope else None,
            sending_ways={way.value: way for way in SENDING_WAYS},
            form_token=signed_in.token,
        )

    async def disconnect(self, _: Request, signed_in: SignedIn, form: dict[str, str]) -> Response:
        grant = await self.connections.one(form.get("connection", ""), signed_in.owner)
        if grant is None:
            return self.guard.not_there()
        names = [one.name for one in self.connections.living([grant])] or [grant.client_name]
        return self._receipt(await self.ending.one(grant), names)

    async def disconnect_all(self, request: Request, signed_in: SignedIn, _: dict[str, str]) -> Response:
        owned = await self.connections.owned_by(signed_in.owner)
        names = names_of(self.connections.living(owned.grants))
        response = self._receipt(await self.ending.all(signed_in.session, End.CONNECTIONS), names)
        await self.sessions.end(request, response)
        return response

    def _receipt(self, number: str, names: list[str]) -> Response:
        response = receipt(number)
        self.names.set(response, number, names)
        return response

    async def sign_out(self, request: Request, _: SignedIn, __: dict[str, str]) -> Response:
        response = to("/", CLEARED)
        await self.sessions.end(request, response)
        log.record("account_signed_out")
        return response


def _disconnecting(form: Mapping[str, str]) -> Deed | None:
    return deed_of({"deed": deeds.DISCONNECT, "connection": form.get("connection", "")})


def _minutes(seconds: int) -> int:
    """Rounded up: the last minute is still one."""
    return max(1, -(-seconds // 60))
