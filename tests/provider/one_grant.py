"""One grant with its provider and its store, and the tool calls that assistants make on it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import cache
from math import inf

from mailconnect.audit import Audit
from mailconnect.clock import Entropy
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.props import Props, SessionFacts, open_props, seal_props, seal_session_facts
from mailconnect.grants.provider_refresh.refreshed import Refreshed
from mailconnect.grants.retirement import Reason, retire
from mailconnect.keys.port import DataKeyOpener
from mailconnect.mail.errors import MailboxError
from mailconnect.provider.connection import Connection, Mailboxes
from mailconnect.provider.errors import GrantEnded
from mailconnect.provider.refresh import NewProps, ProviderRefresh
from mailconnect.provider.storing import Storing
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.memory import MemoryAuditEvents, MemoryClients, MemoryCounters, MemoryLedger
from mailconnect.sweep.sweep import Sweep
from tests.bridge import TurnedClock
from tests.grants.scenario import active, seeded
from tests.provider.stores import in_memory
from tests.provider.strict_provider import API_URL, LIFETIME, STATE, StrictProvider, nothing
from tests.provider.watched_grants import WatchedGrants, WatchedOutbox
from tests.real_scopes import ALL

NOW = 1_800_000_000
FRESH, EARLY, ENDING, EXPIRED = 3000, 240, 30, -5
"""Seconds that the provider's access token has left: it is refreshed from 300 on, and not used below 60."""

_MADE = active()
DATA_KEY = _MADE.new.data_key
CLIENT_OF_BEFORE = "the-client-of-before"
REFRESH_TOKEN = _MADE.refresh
"""The assistant's."""

FACTS = SessionFacts(
    api_url=API_URL, account_id="u1", state=STATE, contacts_account_id="", has_masked=False, most_objects=500
)


class _Opener(DataKeyOpener):
    async def open_data_key(self, sealed: bytes, grant_id: str) -> bytes:
        return DATA_KEY


@dataclass
class OneGrant:
    clock: TurnedClock
    grants: WatchedGrants
    provider: StrictProvider
    outbox: WatchedOutbox = field(default_factory=WatchedOutbox)
    slept: list[float] = field(default_factory=list)
    seconds_left: float = 900.0
    entropy: Entropy = field(default_factory=lambda: seeded(7))
    process: ProviderRefresh | None = None
    """The process of all calls; None: each call in a process of its own."""
    _opened: dict[bytes, Props] = field(default_factory=dict)
    asleep: Callable[[str], Awaitable[None]] = nothing
    events: MemoryAuditEvents = field(default_factory=MemoryAuditEvents)
    _event_ids: Entropy = field(default_factory=lambda: seeded(8))

    @property
    def id(self) -> str:
        return _MADE.grant.id

    @property
    def grant(self) -> Grant | None:
        return self.grants.now(self.id)

    @property
    def waiting(self) -> Refreshed | None:
        """The tokens in the outbox."""
        return self.outbox.now(self.id)

    @property
    def props(self) -> Props:
        grant = self.grant
        assert grant is not None
        return self._open(grant)

    def _open(self, grant: Grant) -> Props:
        if grant.props not in self._opened:
            self._opened[grant.props] = open_props(grant, DATA_KEY)
        return self._opened[grant.props]

    @property
    def audit(self) -> Audit:
        return Audit(self.events, self.clock, self._event_ids)

    @property
    def refresh(self) -> ProviderRefresh:
        return self.process or self.another_process()

    def another_process(
        self, *, patience: float = inf, time_left: Callable[[], float] | None = None
    ) -> ProviderRefresh:
        return ProviderRefresh(
            grants=self.grants,
            audit=self.audit,
            storing=Storing(self.grants, self.outbox, self._sleep, patience),
            oauth=self.provider,
            clock=self.clock,
            entropy=self.entropy,
            sleep=self._sleep,
            time_left=time_left or (lambda: self.seconds_left),
        )

    @property
    def mailboxes(self) -> Mailboxes:
        return self._mailboxes(self.refresh)

    def _mailboxes(self, refresh: ProviderRefresh) -> Mailboxes:
        return Mailboxes(
            grants=self.grants,
            audit=self.audit,
            jmap=self.provider,
            refresh=refresh,
            provider=self.provider.provider,
            session_url=self.provider.session_url,
            clock=self.clock,
            entropy=self.entropy,
        )

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self.asleep("sleep")

    async def read(self) -> Grant:
        grant = await self.grants.get(self.id)
        assert grant is not None
        return grant

    async def connection(self) -> Connection:
        return self.mailboxes.open(await self.read(), lambda: DATA_KEY, ALL)

    async def renew(self, *, wait: bool = True) -> NewProps:
        return await self.refresh.refresh(await self.read(), DATA_KEY, wait=wait)

    async def call(self, process: ProviderRefresh | None = None) -> str:
        """A tool call as an assistant sees it: "served", "401", "503", or the name of the tool's error."""
        try:
            grant = await self.grants.get(self.id)
        except StoreUnavailable:
            return "503"
        mailboxes = self._mailboxes(process or self.refresh)
        if grant is None or grant.state is not GrantState.ACTIVE:
            await mailboxes.store_what_is_in_hand()
            return "401"
        try:
            await mailboxes.open(grant, lambda: DATA_KEY, ALL).call([], [])
        except MailboxError as error:
            return type(error).__name__
        return "served"

    async def retire(self) -> bool:
        """The owner disconnects."""
        return await self.grants.update(self.id, retire(Reason.OWNER_DISCONNECTED, self.clock()))

    async def sweep(self) -> None:
        await Sweep(
            clients=MemoryClients(),
            grants=self.grants,
            ledger=MemoryLedger(),
            counters=MemoryCounters(),
            audit=self.audit,
            outbox=self.outbox,
            opener=_Opener(),
            oauth=self.provider,
            clock=self.clock,
        ).run()

    def lost(self) -> bool:
        """Whether the provider will take nothing of what is stored."""
        return self.provider.dead or self.provider.refresh_token not in self.stored()

    def stored(self) -> set[str | None]:
        """The refresh tokens in the grant and in the outbox."""
        return {props.refresh_token for props in self._stored()}

    def stored_access(self) -> set[str]:
        """The access tokens there."""
        return {props.access_token for props in self._stored()}

    def _stored(self) -> list[Props]:
        grant, waiting = self.grant, self.waiting
        assert grant is not None
        newer = waiting is not None and waiting.props_version > grant.props_version
        return [self._open(grant), *([self.opened(waiting)] if waiting is not None and newer else [])]

    def opened(self, refreshed: Refreshed) -> Props:
        """The tokens that wait for the grant."""
        return self._open(replace(_MADE.grant, props=refreshed.props, props_version=refreshed.props_version))


def one_grant(seconds_left: int, *, api_token: bool = False) -> OneGrant:
    clock = TurnedClock(NOW + LIFETIME - seconds_left)
    stores = new_stores()
    provider = StrictProvider(clock)
    provider.issued_at(NOW)
    props = Props(
        access_token=provider.access_token,
        refresh_token=None if api_token else provider.refresh_token,
        obtained_at=NOW,
        expires_at=None if api_token else NOW + LIFETIME,
        client_id="" if api_token else CLIENT_OF_BEFORE,
    )
    stores.begin(_sealed(props))
    return OneGrant(clock, WatchedGrants(inner=stores.grants), provider, WatchedOutbox(inner=stores.outbox))


new_stores = in_memory
"""The store of `one_grant`; tests may replace it."""


@cache
def _sealed(props: Props) -> Grant:
    return replace(
        _MADE.grant,
        props=seal_props(props, _MADE.grant, DATA_KEY, seeded(9), version=_MADE.grant.props_version),
        session_facts=seal_session_facts(FACTS, _MADE.grant, DATA_KEY, seeded(9)),
    )


ENDED = GrantEnded.__name__
