"""An owner's connections, as the account page shows them."""

from dataclasses import dataclass, replace

from mailconnect import pseudonyms
from mailconnect.clock import Clock
from mailconnect.endpoints.pages.ladder import Rung, beside, chosen_rung
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.widening import can_widen
from mailconnect.languages.words import marked
from mailconnect.oauth.clients.client import AuthMethod, Client
from mailconnect.oauth.clients.known_assistants import KnownAssistants, Recognition, Recognized
from mailconnect.oauth.redirect_uri import redirect_target
from mailconnect.oauth.scopes import SCOPES, Scope
from mailconnect.store.grants import Grants
from mailconnect.store.known import known


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownConnection:
    """`goes_to` is where the code was sent: a host, or a word for an app. `off` are the scopes that the owner has
    switched off since the consent. `namesakes` are the living connections with the same name and place, itself
    included, the newest first. `elsewhere` are the places of living connections with the same name and another place.
    """

    grant: Grant
    number: str
    goes_to: str
    on: tuple[Scope, ...]
    off: tuple[Scope, ...]
    recognized: Recognized = Recognized(Recognition.UNKNOWN)  # noqa: RUF009 - it is frozen
    namesakes: tuple["ShownConnection", ...] = ()
    elsewhere: tuple[str, ...] = ()

    @property
    def place(self) -> int:
        """The position among its namesakes; 1 is the newest."""
        return 1 + [one.number for one in self.namesakes].index(self.number)

    @property
    def newer(self) -> "ShownConnection | None":
        """The connection that the assistant most likely uses instead of this one."""
        return self.namesakes[0] if self.namesakes and self.place > 1 else None

    @property
    def more(self) -> tuple[Scope, ...]:
        """The scopes that the newer connection has, and this one has not."""
        return tuple(scope for scope in self.newer.on if scope not in self.on) if self.newer else ()

    @property
    def less(self) -> tuple[Scope, ...]:
        return tuple(scope for scope in self.on if scope not in self.newer.on) if self.newer else ()

    @property
    def rung(self) -> Rung | None:
        """The highest rung of the ladder that it stands on; None where it may look at nothing."""
        return chosen_rung(frozenset(SCOPES), frozenset(self.grant.scope.split()))

    @property
    def name(self) -> str:
        """Ours for a known assistant, whatever name it gave itself."""
        known = self.recognized.as_what is Recognition.KNOWN and self.recognized.assistant
        return known.name if known else self.grant.client_name

    @property
    def is_app(self) -> bool:
        """Whether its responses stay on the owner's device."""
        target = redirect_target(self.grant.redirect_uri or "")
        return target.loopback or not target.host

    @property
    def not_on(self) -> tuple[Scope, ...]:
        """The abilities that there are and that it does not have."""
        return tuple(scope for name, scope in SCOPES.items() if name not in self.grant.scope.split())

    @property
    def narrows(self) -> bool:
        """Whether there is a rung below its own, or a box beside it."""
        return self.rung is not None and (self.rung.number > 1 or not beside().isdisjoint(self.grant.scope.split()))

    @property
    def widens(self) -> bool:
        """Whether its owner can allow it more, here."""
        return can_widen(self.grant)

    @property
    def consented(self) -> frozenset[str]:
        return consented(self.grant)

    @property
    def ends_at(self) -> int:
        return min(self.grant.expires_at, self.grant.idle_expires_at)


@dataclass(frozen=True, slots=True)
class OwnedGrants:
    """`grants` in any state, the latest first. `unknown` counts those that this version cannot read."""

    grants: list[Grant]
    unknown: int


@dataclass(frozen=True, slots=True)
class Connections:
    grants: Grants
    clock: Clock
    assistants: KnownAssistants

    async def owned_by(self, owner: str) -> OwnedGrants:
        found = await known(self.grants, await self.grants.owned_by(owner))
        # Checked again: the index may lag behind, and these grants are shown and ended for this owner.
        owned = [grant for grant in found.grants if grant.owner == owner]
        owned.sort(key=lambda grant: (grant.created_at, grant.id), reverse=True)
        return OwnedGrants(owned, len(found.unknown))

    async def one(self, grant_id: str, owner: str) -> Grant | None:
        """None also for another owner's grant."""
        grant = await self.grants.get(grant_id) if grant_id else None
        return grant if grant is not None and grant.owner == owner else None

    def living(self, grants: list[Grant]) -> list[ShownConnection]:
        """The latest first, with namesakes next to each other."""
        living = [
            replace(shown(grant), recognized=self._recognized(grant)) for grant in grants if grant.alive(self.clock())
        ]
        named: dict[str, dict[str, list[ShownConnection]]] = {}
        for one in living:
            named.setdefault(one.grant.client_name, {}).setdefault(one.goes_to, []).append(one)
        return [
            replace(one, namesakes=tuple(together), elsewhere=tuple(other for other in places if other != place))
            for places in named.values()
            for place, together in places.items()
            for one in together
        ]

    def _recognized(self, grant: Grant) -> Recognized:
        """By where this response went. What else its client has registered counts on the consent page."""
        uri = grant.redirect_uri or ""
        client = Client(
            id=grant.client_id,
            name=grant.client_name,
            redirect_uris=(uri,),
            auth_method=AuthMethod.NONE,
            secret_hash=None,
            grant_types=(),
            client_uri=None,
            created_at=0,
            expires_at=0,
        )
        return self.assistants.recognize(client, uri)


def ending(grants: list[Grant]) -> list[ShownConnection]:
    """Grants that have ended and are not erased yet, since the provider has not been told."""
    return [shown(grant) for grant in grants if grant.state is GrantState.RETIRED]


def shown(grant: Grant) -> ShownConnection:
    on = frozenset(grant.scope.split())
    return ShownConnection(
        grant=grant,
        number=pseudonyms.grant_hash(grant.id),
        goes_to=_goes_to(grant),
        on=scopes_of(on),
        off=scopes_of(consented(grant) - on),
    )


def consented(grant: Grant) -> frozenset[str]:
    """All that its owner has ever allowed, also what they have switched off since."""
    return frozenset((grant.consented_scope or grant.scope).split())


def names_of(connections: list[ShownConnection]) -> list[str]:
    """Each name once, in their order."""
    return list(dict.fromkeys(one.name for one in connections))


def _goes_to(grant: Grant) -> str:
    """The host, as the consent page showed it. Any program on a device can take a response that stays on it."""
    target = redirect_target(grant.redirect_uri or "")
    if target.loopback:
        return marked("an app on this computer")
    return target.host or marked("an app on this device (%(scheme)s:)", scheme=target.scheme)


def scopes_of(names: frozenset[str]) -> tuple[Scope, ...]:
    """In the order of the consent page; one that this version does not know is called by its name."""
    return tuple(SCOPES.get(name) or Scope(name, name, "", "") for name in sorted(names, reverse=True))
