"""A provider as strict as Fastmail: refresh tokens rotate, and one that is used twice ends everything."""

import math
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from mailconnect.clock import Clock
from mailconnect.grants.props import Props
from mailconnect.jmap.allowance import Allowance
from mailconnect.jmap.client import request_body
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.response import Responses
from mailconnect.jmap.session import Session
from mailconnect.mail.account import Account
from mailconnect.mail.errors import MailboxError, NotAnswering, Unauthorized
from mailconnect.outbound.exchange import within
from mailconnect.provider.errors import GrantEnded
from mailconnect.provider.fastmail import ScopeFamily, fastmail

LIFETIME = 3600
STATE = "s1"
API_URL = "https://phl.api.fastmail.com/jmap/api/"
LOST = NotAnswering("the answer is lost, and the provider has acted")


async def nothing(_: str) -> None:
    """Nobody is in the way."""


@dataclass
class StrictProvider:
    """OAuthClient and JmapClient of one authorization. `before` is awaited before each act, with its name, `after`
    before its answer arrives; `answers` are errors to give instead of acting, or LOST."""

    clock: Clock
    before: Callable[[str], Awaitable[None]] = nothing
    after: Callable[[str], Awaitable[None]] = nothing
    answers: dict[str, list[MailboxError]] = field(default_factory=dict)
    rotating: bool = True
    strict: bool = True
    """Or else a used refresh token is refused, and ends nothing."""
    generation: int = 0
    presented: Counter[str] = field(default_factory=Counter)
    outdated: int = 0
    """How often one was presented that it takes no more."""
    asked: Counter[str] = field(default_factory=Counter)
    prepared_as: list[str] = field(default_factory=list)
    """The client ids."""
    refreshed_as: list[str] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    """The addresses."""
    revoked: list[str] = field(default_factory=list)
    revoked_as: list[str] = field(default_factory=list)
    revocable: bool = True
    dead: bool = False
    in_flight: int = 0
    most_in_flight: int = 0
    state: str = STATE
    session_state: str = STATE
    api_url: str = API_URL
    download_url: str = ""
    _expire_at: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.provider = fastmail("client-id-of-ours", ScopeFamily.MAIL)
        self._issue()

    @property
    def refresh_token(self) -> str:
        """The one that it will take."""
        return f"fmr1-canary-{self.generation if self.rotating else 0}"

    @property
    def access_token(self) -> str:
        """The newest."""
        return f"fmu1-canary-{self.generation}"

    def _issue(self) -> None:
        self.issued_at(self.clock())

    def issued_at(self, now: int) -> None:
        self._expire_at[self.access_token] = now + LIFETIME

    def accepts(self, access_token: str) -> bool:
        return not self.dead and self.clock() < self._expire_at.get(access_token, 0)

    def refuse_access_tokens(self) -> None:
        self._expire_at.clear()

    async def session_url(self) -> str:
        return self.provider.session_url

    async def prepare(self, client_id: str = "") -> None:
        self.prepared_as.append(client_id)
        if errors := self.answers.get("prepare"):
            raise errors.pop(0)

    async def refresh(self, refresh_token: str, *, client_id: str = "") -> Props:
        self.refreshed_as.append(client_id)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            lost = await self._asked("refresh")
            self.presented[refresh_token] += 1
            if self.dead or refresh_token != self.refresh_token:
                self.outdated += 1
                self.dead = self.dead or self.strict
                raise GrantEnded("invalid_grant")
            self.generation += 1
            self._issue()
            if lost:
                raise lost
            tokens = Props(
                access_token=self.access_token,
                refresh_token=self.refresh_token if self.rotating else None,
                obtained_at=self.clock(),
                expires_at=self.clock() + LIFETIME,
            )
            await self.after("refresh")
            return tokens
        finally:
            self.in_flight -= 1

    async def revoke(self, token: str, *, client_id: str = "") -> bool:
        if not self.revocable:
            return False
        lost = await self._asked("revoke")
        self.revoked.append(token)
        self.revoked_as.append(client_id)
        # RFC 7009 §2.2: one that is known no more ends nothing.
        self.dead = self.dead or token in {self.refresh_token, self.access_token}
        if lost:
            raise lost
        return True

    async def session(self, session_url: str, access_token: str, *, seconds: float = math.inf) -> Session:
        async with within(seconds):
            await self._authorized("session", access_token)
        account = Account("u1", "alice", is_personal=True, is_read_only=False, capabilities=frozenset())
        return Session(
            username="alice@fastmail.example",
            account=account,
            accounts=(account,),
            capabilities=frozenset(),
            limits={},
            api_url=self.api_url,
            state=self.session_state,
            download_url=self.download_url,
        )

    async def download(
        self, url: str, access_token: str, *, allowance: Allowance, maximum: int, seconds: float = math.inf
    ) -> bytes:
        async with within(seconds):
            await self._authorized("download", access_token)
        self.called.append(url)
        return b"octets"

    async def call(
        self,
        api_url: str,
        access_token: str,
        using: Sequence[str],
        calls: Sequence[Invocation],
        *,
        allowance: Allowance,
        seconds: float = math.inf,
    ) -> Responses:
        allowance.check(using, calls)
        request_body(using, calls)
        async with within(seconds):
            await self._authorized("call", access_token)
        self.called.append(api_url)
        return Responses((), self.state)

    async def _authorized(self, act: str, access_token: str) -> None:
        await self._asked(act)
        if not self.accepts(access_token):
            raise Unauthorized("401")

    async def _asked(self, act: str) -> MailboxError | None:
        """LOST, if that is planned; any other planned error is raised."""
        await self.before(act)
        self.asked[act] += 1
        planned = self.answers.get(act, [])
        error = planned.pop(0) if planned else None
        if error is not None and error is not LOST:
            raise error
        return error
