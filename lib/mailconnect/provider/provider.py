"""A mailbox provider, described by data: any JMAP server with OAuth is one of these values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mailconnect.languages.words import marked
from mailconnect.outbound.allowed_hosts import HostAllowList


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """`id` is what grants are tied to, so it never changes; `hosts` are the only ones that may ever receive a token
    (patterns of mailconnect.outbound.allowed_hosts).

    `issuer` is its authorization server, None where the session URL leads to it (RFC 9728). `session_url` is where to
    begin: where `resolves`, it may redirect to another one (RFC 8620 §2.2). `client_id` is ours at the provider, None
    where it is yet to be registered, or only an API token can connect. `capability_words` say what a capability of its
    own lets a token do. `prompt` is what its sign-in shall show (OpenID Connect Core §3.1.2.1).

    `webmail` is where a person reads and changes their mail, empty where that is not known.
    `assumes_pkce`: it takes PKCE with S256, though its metadata does not say so. `resource` is what it calls itself
    where that is not the session's URL (RFC 8707).

    `authserv_ids` are the names under which it writes verdicts on senders (RFC 8601 §2.5); one that begins with a dot
    stands for all hosts of the domain.

    `scopes` are asked for at every sign-in, and those of `more_scopes` beside them where the owner allows the scope of
    ours that they stand under.
    """

    id: str
    name: str
    issuer: str | None
    session_url: str
    scopes: tuple[str, ...]
    hosts: tuple[str, ...]
    client_id: str | None
    settings_hint: str
    api_token_hint: str
    api_token_prefix: str = ""
    api_token_check: str = marked("Check it, or make a new one.")
    capability_words: Mapping[str, str] = field(default_factory=dict)
    resolves: bool = False
    sends_resource: bool = False
    prompt: str | None = None
    all_or_nothing: bool = False
    assumes_pkce: bool = False
    resource: str = ""
    loopback_ports: tuple[int, ...] = ()
    authserv_ids: tuple[str, ...] = ()
    more_scopes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    webmail: str = ""

    @property
    def resource_name(self) -> str:
        return self.resource or self.session_url

    @property
    def sign_in_scopes(self) -> tuple[str, ...]:
        """To learn who it is, once: without the word that earns a refresh token."""
        return tuple(scope for scope in self.scopes if scope != "offline_access")

    def scopes_for(self, allowed: Iterable[str]) -> tuple[str, ...]:
        """The scopes to ask the provider for, where the owner allows these scopes of ours."""
        asked = set(allowed)
        more = (scope for ours, scopes in self.more_scopes.items() if ours in asked for scope in scopes)
        return tuple(dict.fromkeys((*self.scopes, *more)))

    def not_asked_for(self, wanted: Iterable[str], allowed: Iterable[str]) -> frozenset[str]:
        """The wanted scopes of ours that a token lacks whose owner allowed only `allowed` at the sign-in."""
        held = set(self.scopes_for(allowed))
        return frozenset(ours for ours in wanted if not held.issuperset(self.more_scopes.get(ours, ())))

    @property
    def every_scope(self) -> tuple[str, ...]:
        """All scopes that we may ask for: our client is registered for them."""
        return self.scopes_for(self.more_scopes)

    @property
    def allowed_hosts(self) -> HostAllowList:
        return HostAllowList.of(self.hosts, loopback_ports=self.loopback_ports)
