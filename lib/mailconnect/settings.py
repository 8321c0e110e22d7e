"""What an operator can set, read once from the environment: every name, default and bound in one table."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

PREFIX = "MAILCONNECT_"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingError(Exception):
    """One sentence: which setting is wrong, and how to mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`issuer` is our own address, without a closing slash. Lifetimes are seconds; `docs/settings.md` has each one."""

    issuer: str
    port: int
    sandbox_port: int
    workers: int
    data_dir: Path
    provider: str
    session_url: str | None
    provider_name: str
    provider_hosts: tuple[str, ...]
    provider_issuer: str | None
    client_id: str | None
    scope_family: str
    scopes: tuple[str, ...]
    send_resource: bool
    api_token_hint: str
    service_name: str
    contact: str
    hosting: str
    accent: str
    access_lifetime: int
    refresh_idle: int
    grant_lifetime: int
    refresh_grace: int
    client_documents: bool
    limits: bool
    registrations_per_hour: int
    all_registrations_per_hour: int
    fetches_per_minute: int
    all_fetches_per_minute: int
    decisions_per_hour: int
    all_decisions_per_hour: int
    failures_per_hour: int
    all_failures_per_hour: int
    calls_per_minute: int
    calls_per_day: int
    refreshes_per_hour: int
    shared_networks: tuple[Network, ...]
    shared_factor: int
    trusted_proxies: tuple[Network, ...]

    @property
    def resource(self) -> str:
        """The MCP endpoint: what tokens are for (RFC 8707)."""
        return f"{self.issuer}/mcp"

    @property
    def callback(self) -> str:
        """Where the provider sends the browser back to."""
        return f"{self.issuer}/auth/callback"

    @property
    def secure(self) -> bool:
        return self.issuer.startswith("https://")


_DEFAULTS = {
    "ISSUER": "",
    "PORT": "8787",
    "SANDBOX_PORT": "8788",
    "WORKERS": "1",
    "DATA_DIR": ".mailconnect",
    "PROVIDER": "sandbox",
    "SESSION_URL": "",
    "PROVIDER_NAME": "",
    "PROVIDER_HOSTS": "",
    "PROVIDER_ISSUER": "",
    "CLIENT_ID": "",
    "SCOPE_FAMILY": "mail",
    "SCOPES": "",
    "SEND_RESOURCE": "yes",
    "API_TOKEN_HINT": "",
    "SERVICE_NAME": "mailconnect",
    "CONTACT": "",
    "HOSTING": "",
    "ACCENT": "#1c4a9b",
    "ACCESS_LIFETIME": "3600",
    "REFRESH_IDLE": str(90 * 86_400),
    "GRANT_LIFETIME": str(365 * 86_400),
    "REFRESH_GRACE": "60",
    "CLIENT_ID_METADATA": "on",
    "LIMITS": "on",
    "REGISTRATIONS_PER_HOUR": "20",
    "ALL_REGISTRATIONS_PER_HOUR": "1000",
    "FETCHES_PER_MINUTE": "10",
    "ALL_FETCHES_PER_MINUTE": "120",
    "DECISIONS_PER_HOUR": "60",
    "ALL_DECISIONS_PER_HOUR": "3000",
    "FAILURES_PER_HOUR": "60",
    "ALL_FAILURES_PER_HOUR": "10000",
    "CALLS_PER_MINUTE": "60",
    "CALLS_PER_DAY": "2000",
    "REFRESHES_PER_HOUR": "1000",
    "SHARED_NETWORKS": "160.79.104.0/21",
    "SHARED_FACTOR": "50",
    "TRUSTED_PROXIES": "",
}

_DEFAULT_PORTS = {"https": 443, "http": 80}

_OF_ANY_PROVIDER = ("SESSION_URL", "PROVIDER_NAME", "PROVIDER_HOSTS", "PROVIDER_ISSUER", "SCOPES", "API_TOKEN_HINT")


def from_environment(environment: Mapping[str, str]) -> Settings:
    """The settings, or SettingError. An unknown MAILCONNECT_ name is an error too: it is most likely misspelt."""
    given = {name.removeprefix(PREFIX): value for name, value in environment.items() if name.startswith(PREFIX)}
    unknown = sorted(given.keys() - _DEFAULTS.keys())
    if unknown:
        raise SettingError(f"{PREFIX}{unknown[0]} is no setting; {_nearest(unknown[0])}docs/settings.md has them all.")
    values = _DEFAULTS | {name: value.strip() for name, value in given.items()}
    port = _number(values, "PORT", 1, 65_535)
    provider = _one_of(values, "PROVIDER", ("sandbox", "fastmail", "jmap"))
    _check_described(values, provider)
    issuer = _issuer(values["ISSUER"] or f"http://127.0.0.1:{port}")
    access_lifetime, refresh_idle = _lifetimes(values)
    return Settings(
        issuer=issuer,
        port=port,
        sandbox_port=_number(values, "SANDBOX_PORT", 1, 65_535),
        workers=_number(values, "WORKERS", 1, 64),
        data_dir=Path(values["DATA_DIR"] or _DEFAULTS["DATA_DIR"]).expanduser(),
        provider=provider,
        session_url=values["SESSION_URL"] or None,
        provider_name=values["PROVIDER_NAME"],
        provider_hosts=tuple(values["PROVIDER_HOSTS"].split()),
        provider_issuer=values["PROVIDER_ISSUER"] or None,
        client_id=values["CLIENT_ID"] or None,
        scope_family=_one_of(values, "SCOPE_FAMILY", ("mail", "jmap")),
        scopes=tuple(values["SCOPES"].split()),
        send_resource=_one_of(values, "SEND_RESOURCE", ("yes", "no")) == "yes",
        api_token_hint=values["API_TOKEN_HINT"],
        service_name=values["SERVICE_NAME"] or _DEFAULTS["SERVICE_NAME"],
        contact=values["CONTACT"],
        hosting=values["HOSTING"],
        accent=_colour(values, "ACCENT"),
        access_lifetime=access_lifetime,
        refresh_idle=refresh_idle,
        grant_lifetime=_number(values, "GRANT_LIFETIME", 60, 10 * 366 * 86_400),
        refresh_grace=_number(values, "REFRESH_GRACE", 0, 600),
        client_documents=_one_of(values, "CLIENT_ID_METADATA", ("on", "off")) == "on",
        limits=_limits(values, issuer),
        registrations_per_hour=_number(values, "REGISTRATIONS_PER_HOUR", 1, 100_000),
        all_registrations_per_hour=_number(values, "ALL_REGISTRATIONS_PER_HOUR", 1, 1_000_000),
        fetches_per_minute=_number(values, "FETCHES_PER_MINUTE", 1, 10_000),
        all_fetches_per_minute=_number(values, "ALL_FETCHES_PER_MINUTE", 1, 100_000),
        decisions_per_hour=_number(values, "DECISIONS_PER_HOUR", 1, 100_000),
        all_decisions_per_hour=_number(values, "ALL_DECISIONS_PER_HOUR", 1, 1_000_000),
        failures_per_hour=_number(values, "FAILURES_PER_HOUR", 1, 100_000),
        all_failures_per_hour=_number(values, "ALL_FAILURES_PER_HOUR", 1, 1_000_000),
        calls_per_minute=_number(values, "CALLS_PER_MINUTE", 1, 100_000),
        calls_per_day=_number(values, "CALLS_PER_DAY", 1, 10_000_000),
        refreshes_per_hour=_number(values, "REFRESHES_PER_HOUR", 1, 1_000_000),
        shared_networks=_networks(values, "SHARED_NETWORKS"),
        shared_factor=_number(values, "SHARED_FACTOR", 1, 10_000),
        trusted_proxies=_networks(values, "TRUSTED_PROXIES"),
    )


def _check_described(values: Mapping[str, str], provider: str) -> None:
    """The two that this program knows are described in code; any other JMAP provider is described by settings."""
    if provider == "jmap" and not values["SESSION_URL"]:
        raise SettingError(f"{PREFIX}SESSION_URL is not set; set it to the address of the provider's JMAP session.")
    given = [name for name in _OF_ANY_PROVIDER if values[name]]
    if provider != "jmap" and given:
        raise SettingError(f"{PREFIX}{given[0]} describes a provider; it goes with {PREFIX}PROVIDER=jmap alone.")


def _nearest(name: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only whoever has misspelt one needs it

    near = get_close_matches(name, _DEFAULTS, n=1)
    return f"{PREFIX}{near[0]} is. " if near else ""


def _number(values: Mapping[str, str], name: str, least: int, most: int) -> int:
    text = values[name]
    if not re.fullmatch(r"[0-9]{1,10}", text) or not least <= int(text) <= most:
        raise SettingError(f"{PREFIX}{name} is {text!r}; set it to a whole number from {least} to {most}.")
    return int(text)


def _one_of(values: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    if values[name] not in choices:
        raise SettingError(f"{PREFIX}{name} is {values[name]!r}; set it to one of {', '.join(choices)}.")
    return values[name]


def _lifetimes(values: Mapping[str, str]) -> tuple[int, int]:
    """Of access tokens, and of a connection that is not renewed: calls alone do not keep it."""
    access = _number(values, "ACCESS_LIFETIME", 1, 86_400)
    idle = _number(values, "REFRESH_IDLE", 60, 366 * 86_400)
    if idle < access:
        raise SettingError(
            f"{PREFIX}REFRESH_IDLE is {idle}, and {PREFIX}ACCESS_LIFETIME {access}: connections would end in use; "
            "set it to that much or more."
        )
    return access, idle


def _limits(values: Mapping[str, str], issuer: str) -> bool:
    on = _one_of(values, "LIMITS", ("on", "off")) == "on"
    if not on and not _loopback(urlsplit(issuer).hostname or ""):
        raise SettingError(f"{PREFIX}LIMITS is off, which is for tests on this machine; {issuer} is for everybody.")
    return on


def _networks(values: Mapping[str, str], name: str) -> tuple[Network, ...]:
    try:
        return tuple(map(ipaddress.ip_network, values[name].replace(",", " ").split()))
    except ValueError:
        raise SettingError(
            f"{PREFIX}{name} is {values[name]!r}; set it to networks such as 192.0.2.0/24 2001:db8::/32, or to nothing."
        ) from None


def _colour(values: Mapping[str, str], name: str) -> str:
    text = values[name] or _DEFAULTS[name]
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        raise SettingError(f"{PREFIX}{name} is {text!r}; set it to a colour such as {_DEFAULTS[name]}.")
    return text.lower()


def _issuer(text: str) -> str:
    try:
        parts = urlsplit(text)
        bare = not (parts.query or parts.fragment or "@" in parts.netloc) and parts.path in ("", "/") and parts.hostname
        usable = bare and (parts.scheme == "https" or (parts.scheme == "http" and _loopback(parts.hostname or "")))
        port = parts.port
    except ValueError:
        usable = port = None
    if not usable:
        raise SettingError(
            f"{PREFIX}ISSUER is {text!r}; set it to the address people reach this service at, "
            "such as https://mail.example.com (http only on this machine itself, no path)."
        )
    address = text.rstrip("/").lower()
    # As browsers and clients write it in Host and Origin (RFC 3986 §6.2.3).
    return address.removesuffix(f":{port}") if port == _DEFAULT_PORTS[parts.scheme] else address


def _loopback(host: str) -> bool:
    """RFC 6761 §6.3: names under `localhost` are this machine's, too."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
