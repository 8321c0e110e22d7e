"""A mailbox provider, described by data: any JMAP server with OAuth is one of these values."""

from dataclasses import dataclass

from lib.jmap.hosts import HostAllowList


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """`id` is what grants are tied to, so it never changes; `hosts` are the only ones that may ever receive a token
    (patterns of lib.jmap.hosts).

    `issuer` is its authorization server, None where the session URL leads to it (RFC 9728). `session_url` is where to
    begin: where `resolves`, it may redirect to another one (RFC 8620 §2.2). `client_id` is ours at the provider, None
    where only an API token can connect. `prompt` is what its sign-in shall show (OpenID Connect Core §3.1.2.1).
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
    resolves: bool = False
    sends_resource: bool = False
    prompt: str | None = None
    loopback_ports: tuple[int, ...] = ()

    @property
    def sign_in_scopes(self) -> tuple[str, ...]:
        """To learn who it is, once: without the word that earns a refresh token."""
        return tuple(scope for scope in self.scopes if scope != "offline_access")

    @property
    def allowed_hosts(self) -> HostAllowList:
        return HostAllowList.of(self.hosts, loopback_ports=self.loopback_ports)
