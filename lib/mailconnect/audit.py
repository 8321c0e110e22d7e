"""The audit: what happened to an owner's connections, kept for the owner to read, and logged for the operator."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from mailconnect import log, pseudonyms
from mailconnect.clock import Clock, Entropy
from mailconnect.grants.grant import Grant
from mailconnect.store.audit import ERASURES, KEPT, NOBODY, Actor, AuditEvents, Event, What, pages_of
from mailconnect.store.errors import StoreUnavailable


@dataclass(frozen=True, slots=True)
class Audit:
    events: AuditEvents
    clock: Clock
    entropy: Entropy

    async def of_grant(self, what: What, grant: Grant, actor: Actor, reason: str | None = None) -> None:
        await self._keep(what, grant.owner, actor, reason=reason, **_about(grant))

    async def of_grant_once(
        self, what: What, grant: Grant, actor: Actor, seconds: int, reason: str | None = None
    ) -> None:
        """For what an assistant may do without end: the first event of each reason in each window of `seconds` is kept.
        The log has all of them.
        """
        begin = self.clock() // seconds * seconds
        of_this_span = hashlib.sha256("\0".join([what, str(begin), grant.id, *filter(None, [reason])]).encode())
        event_id = f"{begin:010}-{of_this_span.hexdigest()[:24]}"
        await self._keep(what, grant.owner, actor, event_id=event_id, reason=reason, **_about(grant))

    async def of_message(
        self, what: What, grant: Grant, actor: Actor, message: tuple[str, int], reason: str | None = None
    ) -> None:
        """For what can happen to one message once: noted again, it is the same event. `message` is a name that tells
        nothing of it, and when it began (seconds since the epoch).
        """
        name, began_at = message
        of_this_message = hashlib.sha256(f"{what}\0{name}".encode())
        event_id = f"{began_at:010}-{of_this_message.hexdigest()[:24]}"
        await self._keep(what, grant.owner, actor, event_id=event_id, reason=reason, **_about(grant))

    async def of_owner(self, what: What, owner: str, actor: Actor, reason: str | None = None) -> None:
        """An event about none of the owner's connections, or about all."""
        await self._keep(what, owner, actor, reason=reason)

    async def of_client(self, what: What, client_id: str, client_name: str, actor: Actor) -> None:
        """An event about a client's request, before the owner had signed in."""
        await self._keep(what, NOBODY, actor, client_id=client_id, client_name=client_name)

    async def request_erasure(self, owner: str, actor: Actor) -> None:
        """Requests that the sweep ends and erases all that is kept of this owner until now. Raises StoreUnavailable:
        then nothing was requested.
        """
        log.record(What.ERASURE_REQUESTED)
        now = self.clock()
        asked = self._event(f"{now:010}-{owner}", What.ERASURE_REQUESTED, ERASURES, actor, reason=owner)
        try:
            await self.events.append(asked)
        except StoreUnavailable:  # or it was written, and only the response lost (F-17)
            if not await self._asked(lambda one: one.id == asked.id):
                raise

    async def erasing(self, owner: str, began_at: int) -> bool:
        """Whether an erasure of this owner was requested since `began_at`. Raises StoreUnavailable."""
        return await self._asked(lambda one: one.reason == owner and one.at >= began_at)

    async def _asked(self, whether: Callable[[Event], bool]) -> bool:
        """Whether a request for erasure fulfils `whether`."""
        async for page in pages_of(self.events, ERASURES, self.clock()):
            if any(map(whether, page.events)):
                return True
        return False

    async def _keep(
        self, what: What, owner: str, actor: Actor, *, event_id: str | None = None, **facts: str | None
    ) -> None:
        """Called after the deed, which stays done where this fails: the log has the event then, and says that it was
        not kept.
        """
        grant, client = facts.get("grant"), facts.get("client_id")
        named = pseudonyms.client_name(client) if client else None
        log.record(what, grant=grant, client=named, actor=actor, reason=facts.get("reason"))
        event_id = event_id or f"{self.clock():010}-{self.entropy(12).hex()}"
        try:
            await self.events.append(self._event(event_id, what, owner, actor, **facts))
        except StoreUnavailable:
            log.record("event_not_kept", grant=grant, what=what)

    def _event(self, event_id: str, what: What, owner: str, actor: Actor, **facts: str | None) -> Event:
        now, request = self.clock(), log.request()
        return Event(
            id=event_id,
            owner=owner,
            at=now,
            what=what,
            actor=actor,
            door=request.entry_point,
            source=request.source,
            request=request.id,
            expires_at=now + KEPT,
            **facts,
        )


def _about(grant: Grant) -> dict[str, str | None]:
    return {"grant": pseudonyms.grant_hash(grant.id), "client_id": grant.client_id, "client_name": grant.client_name}
