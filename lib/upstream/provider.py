"""A mailbox provider, described by data: any JMAP server with OAuth is one of these values."""

from dataclasses import dataclass

from lib.jmap.hosts import HostAllowList


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """`hosts` are the only ones that may ever receive a token (patterns of lib.jmap.hosts).

    `client_id` is ours at the provider, None where only an API token can connect.
    """

    name: str
    issuer: str
    session_url: str
    scopes: tuple[str, ...]
    hosts: tuple[str, ...]
    client_id: str | None
    settings_hint: str
    api_token_hint: str
    sends_resource: bool = False
    loopback_ports: tuple[int, ...] = ()

    @property
    def allowed_hosts(self) -> HostAllowList:
        return HostAllowList.of(self.hosts, loopback_ports=self.loopback_ports)
