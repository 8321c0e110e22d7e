"""`/account/change`: what a connection may do, made less or more by its owner."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailconnect import pseudonyms
from mailconnect.audit import Audit
from mailconnect.endpoints.account.connections import Connections, consented
from mailconnect.endpoints.account.deed import CHANGE, Deed, deed_of
from mailconnect.endpoints.account.guard import ACCOUNT, Guard, to
from mailconnect.endpoints.account.sessions import SignedIn
from mailconnect.endpoints.pages.boxes import boxes
from mailconnect.endpoints.pages.context import PageContext
from mailconnect.endpoints.pages.ladder import LOOK, beside, chosen_rung, rungs, sending_choice, sending_scopes
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.narrowing import narrow
from mailconnect.grants.sending import FIRST, SEND, Choice, choose, said
from mailconnect.grants.widening import can_widen, widen
from mailconnect.keys.port import WideningKeys
from mailconnect.oauth.scopes import NOTICE_VERSION, SCOPES
from mailconnect.provider.provider import Provider
from mailconnect.store.audit import Actor, What
from mailconnect.store.grants import Grants
from mailconnect.store.transition import change_grant

PATH = "/account/change"


@dataclass(frozen=True, slots=True)
class AccountChange:
    context: PageContext
    guard: Guard
    connections: Connections
    grants: Grants
    keys: WideningKeys
    audit: Audit
    provider: Provider

    def routes(self) -> list[Route]:
        return [self.guard.route(PATH, action=self.change, again=_once_more)]

    async def change(self, _: Request, signed_in: SignedIn, form: dict[str, str]) -> Response:
        """Less works at once. More takes a sign-in of the last five minutes: without one, it is asked for once more."""
        grant = await self.connections.one(form.get("connection", ""), signed_in.owner)
        if grant is None or grant.state is not GrantState.ACTIVE:
            return self.guard.not_there()
        allowed = frozenset(grant.scope.split())
        wanted = _wanted(form, allowed)
        more, less = wanted - allowed, allowed - wanted
        sending = _sending(form, grant, wanted)
        looser = sending is not None and (SEND in more or not sending.is_within(said(grant)))
        if not wanted or not more <= SCOPES.keys():
            return to(ACCOUNT)
        if more and (not can_widen(grant) or self.provider.not_asked_for(more, consented(grant))):
            return self.guard.not_there()
        if (more or sending is not None) and not await self.guard.sessions.is_ours(signed_in):
            return self.guard.forged()
        if (more or looser) and not signed_in.session.fresh(self.context.clock()):
            await self._narrow(grant, less)
            return self.guard.sign_in_first(Deed(CHANGE, grant.id, wanted, sending.text if sending else "").path)
        chosen = sending is not None and await self._choose(grant, sending)  # before it may send by an older choice
        if more:
            await self._widen(grant, more)
        await self._narrow(grant, less)
        return to(f"{ACCOUNT}?{_said(grant, more, less, sending=chosen)}")

    async def _narrow(self, grant: Grant, less: frozenset[str]) -> None:
        if await change_grant(self.grants, grant.id, lambda current: narrow(current, less)):
            await self.audit.of_grant(What.NARROWED, grant, Actor.OWNER, " ".join(f"-{name}" for name in sorted(less)))

    async def _widen(self, grant: Grant, more: frozenset[str]) -> None:
        key = await self.keys.widening_key(grant.id)
        if await change_grant(self.grants, grant.id, lambda current: widen(current, more, NOTICE_VERSION, key)):
            what = " ".join(f"+{name}" for name in sorted(more))
            await self.audit.of_grant(What.WIDENED, grant, Actor.OWNER, what)

    async def _choose(self, grant: Grant, sending: Choice) -> bool:
        key = await self.keys.widening_key(grant.id)
        if not await change_grant(self.grants, grant.id, lambda current: choose(current, sending, key)):
            return False
        await self.audit.of_grant(What.SENDING_CHOSEN, grant, Actor.OWNER, sending.text)
        return True


def _wanted(form: Mapping[str, str], allowed: frozenset[str]) -> frozenset[str]:
    """The scopes that the connection shall be allowed: by name, or by a rung and the boxes beside the ladder. Empty
    where the form says neither. The rung that it stands on adds nothing that was switched off below it.
    """
    if "scope" in form:
        return frozenset(form["scope"].split())
    every = frozenset(SCOPES)
    offered = {rung.value: rung for rung in rungs(every)}
    current = chosen_rung(every, allowed)
    look = form.get(LOOK, "")
    if look not in offered and current is not None:
        return frozenset()
    ticked = {box.scope for box in boxes(every) if form.get(f"scope:{box.scope}") == "yes"} | sending_scopes(form)
    looking = frozenset[str]().union(*(rung.scopes for rung in offered.values()))
    if look not in offered or (current is not None and look == current.value):
        return (allowed - beside()) | ticked
    return (allowed - looking - beside()) | offered[look].scopes | ticked


def _sending(form: Mapping[str, str], grant: Grant, wanted: frozenset[str]) -> Choice | None:
    """How it may send from now on; None where that stays as it is, or it may not send. A connection that begins to send
    begins with the strictest way, unless the form says another one.
    """
    if SEND not in wanted:
        return None
    sending = sending_choice(form)
    if SEND not in grant.scope.split():
        return sending or FIRST
    return sending if sending != said(grant) else None


def _once_more(form: Mapping[str, str]) -> Deed | None:
    """Nobody is signed in, so what the connection is allowed now is not known: boxes and the rung say it all."""
    wanted = _wanted(form, frozenset())
    sending = sending_choice(form) if SEND in wanted else None
    asked = {"deed": CHANGE, "connection": form.get("connection", ""), "scope": " ".join(sorted(wanted))}
    return deed_of(asked | ({"sending": sending.text} if sending else {}))


def _said(grant: Grant, more: frozenset[str], less: frozenset[str], *, sending: bool) -> str:
    changes = {"on": " ".join(sorted(more)), "off": " ".join(sorted(less)), "sending": "1" if sending else ""}
    return urlencode(
        {"changed": pseudonyms.grant_hash(grant.id)} | {name: said for name, said in changes.items() if said}
    )
