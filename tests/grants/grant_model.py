"""A reference model of one grant: what a client and its owner may expect of it, without a look at how it is stored."""

from dataclasses import dataclass, replace
from enum import Enum, auto

from mailconnect.grants.decision import TokenPair
from mailconnect.grants.lifetimes import CODE_RETRY_WINDOW, EXPIRY_LEEWAY, Lifetimes
from mailconnect.grants.props import Props
from mailconnect.grants.tokens.redemption import Redemption
from mailconnect.grants.tokens.rotation import Rotation
from mailconnect.grants.tokens.token import Token
from tests.grants.scenario import CHALLENGE, CONSENTED, RESOURCE, refresh_of


class Verdict(Enum):
    ISSUED = auto()
    REPEATED = auto()  # the newest pair again, unless its access token was given back
    REFUSED = auto()  # and nothing has changed
    ENDED = auto()  # refused as a replay, which costs the grant


@dataclass(frozen=True, slots=True)
class LiveAccess:
    token: Token
    until: int
    scope: frozenset[str]


@dataclass(frozen=True, slots=True)
class RotatedToken:
    """It leads to its successor `until` then, for a client that asks the same scope, or what comes to the same."""

    asked: frozenset[str] | None
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantModel:
    client_id: str
    lifetimes: Lifetimes
    scope: frozenset[str]
    consented: frozenset[str]
    code: Token
    code_until: int
    expires_at: int
    idle_until: int
    data_key: bytes
    props: Props
    version: int = 1
    redeemed_at: int | None = None
    ended: bool = False
    pairs: tuple[TokenPair, ...] = ()
    rotations: tuple[RotatedToken, ...] = ()
    forgotten: int = 0  # the oldest of them, which are past their grace time or too many
    current: LiveAccess | None = None
    previous: LiveAccess | None = None
    holder: str | None = None
    lease_until: int = 0
    not_before: int = 0

    @property
    def active(self) -> bool:
        return self.redeemed_at is not None and not self.ended

    @property
    def refreshes(self) -> tuple[Token, ...]:
        """Every generation, the live one last."""
        return tuple(refresh_of(pair) for pair in self.pairs if pair.refresh is not None)

    def alive(self, now: int) -> bool:
        return self.active and now < self.expires_at and now < self.idle_until

    def expects(self, request: Redemption | Rotation, now: int) -> Verdict:
        if isinstance(request, Redemption):
            return self._on_redemption(request, now)
        return self._on_rotation(request, now)

    def _on_redemption(self, request: Redemption, now: int) -> Verdict:
        right = (self.code, self.client_id, CONSENTED.redirect_uri, CHALLENGE)
        if self.ended or (request.code, request.client_id, request.redirect_uri, request.code_challenge) != right:
            return Verdict.REFUSED
        if request.resource not in (None, RESOURCE):
            return Verdict.REFUSED
        if self.redeemed_at is not None:
            return Verdict.ENDED if now - self.redeemed_at > CODE_RETRY_WINDOW else Verdict.REFUSED
        return Verdict.ISSUED if now < self.code_until else Verdict.REFUSED

    def _on_rotation(self, request: Rotation, now: int) -> Verdict:
        presented = request.refresh_token
        if not self.alive(now) or request.client_id != self.client_id or presented not in self.refreshes:
            return Verdict.REFUSED
        if request.resource not in (None, RESOURCE):
            return Verdict.REFUSED
        if presented == self.refreshes[-1]:
            return Verdict.ISSUED if self._may_ask(request.scope) else Verdict.REFUSED
        generation = self.refreshes.index(presented)
        if generation < self.forgotten or now >= self.rotations[generation].until:
            return Verdict.ENDED
        ways = zip(self.rotations[generation:], self.pairs[generation + 1 :], strict=True)
        if not self._may_ask(request.scope) or not all(self._same(request.scope, *way) for way in ways):
            return Verdict.REFUSED
        return Verdict.REPEATED if self.current is not None else Verdict.ISSUED

    def _may_ask(self, scope: frozenset[str] | None) -> bool:
        """For anything, as long as some of it is allowed."""
        return scope is None or bool(scope & self.scope)

    def _same(self, scope: frozenset[str] | None, rotation: RotatedToken, pair: TokenPair) -> bool:
        allowed = self.scope if scope is None else scope & self.scope
        return rotation.asked == scope or frozenset(pair.scope.split()) & self.scope == allowed

    def redeemed(self, pair: TokenPair, now: int) -> "GrantModel":
        return replace(self._issued(pair, now), redeemed_at=now)

    def rotated(self, pair: TokenPair, request: Rotation, now: int) -> "GrantModel":
        forgotten = max(self.forgotten, len(self.rotations) - 2)
        while forgotten < len(self.rotations) and now >= self.rotations[forgotten].until:
            forgotten += 1
        latest = RotatedToken(request.scope, now + self.lifetimes.refresh_grace)
        model = replace(self._issued(pair, now), previous=self.current)
        return replace(model, rotations=(*self.rotations, latest), forgotten=forgotten)

    def _issued(self, pair: TokenPair, now: int) -> "GrantModel":
        access_until = min(now + self.lifetimes.access, self.expires_at)
        idle = now + self.lifetimes.refresh_idle if pair.refresh else access_until
        return replace(
            self,
            pairs=(*self.pairs, pair),
            current=LiveAccess(pair.access, access_until, frozenset(pair.scope.split())),
            idle_until=min(idle, self.expires_at),
        )

    def opens(self, token: Token, resource: str, now: int) -> frozenset[str] | None:
        """The scope that an access token opens, or None."""
        if not self.alive(now) or resource != RESOURCE:
            return None
        for access in (self.current, self.previous):
            if access is not None and access.token == token:
                return access.scope & self.scope if now < access.until + EXPIRY_LEEWAY else None
        return None

    def revoked(self, token: Token, client_id: str) -> "GrantModel":
        if self.ended or client_id != self.client_id:
            return self
        if token in self.refreshes:
            return replace(self, ended=True)
        if self.current is not None and self.current.token == token:
            return replace(self, current=None)
        if self.previous is not None and self.previous.token == token:
            return replace(self, previous=None)
        return self

    def lease_free(self, version: int, last_holder: str | None, now: int) -> bool:
        """Whether a worker that read this version, and whose the lease was then, may have it."""
        unchanged = self.version == version and self.holder == last_holder
        return self.active and unchanged and max(self.lease_until, self.not_before) <= now

    def leased(self, holder: str | None, until: int) -> "GrantModel":
        return replace(self, holder=holder, lease_until=until)

    def refreshed(self, props: Props) -> "GrantModel":
        return replace(self, props=props, version=self.version + 1, holder=None, lease_until=0, not_before=0)
