"""The operator's settings, read once from the environment: each name, default and bound stands at its field."""

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self, get_args
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

PREFIX = "MAILCONNECT_"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingError(Exception):
    """One sentence: which setting is wrong, and how to mend it."""


def _digits(text: str) -> int:
    """Stricter than `int`, which takes a sign, spaces, underscores and the digits of every script."""
    if not re.fullmatch(r"[0-9]{1,10}", text):
        raise ValueError
    return int(text)


def _yes(text: str) -> bool:
    return ("no", "yes").index(text) == 1


def _on(text: str) -> bool:
    return ("off", "on").index(text) == 1


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _address(text: str) -> str:
    return str(ipaddress.ip_address(text))


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(text.replace(",", " ").split())
    if not all(re.fullmatch(r"\*|null|[a-z][a-z0-9+.-]*://[^/?#@\s]+", origin) for origin in origins):
        raise ValueError
    return origins


def networks(text: str) -> tuple[Network, ...]:
    """With spaces or commas between them. Raises ValueError."""
    return tuple(map(ipaddress.ip_network, text.replace(",", " ").split()))


# A type's description says what a setting of it must be set to: it ends the sentence of a SettingError.
Number = Annotated[int, BeforeValidator(_digits)]
YesOrNo = Annotated[bool, BeforeValidator(_yes), Field(description="one of yes, no")]
OnOrOff = Annotated[bool, BeforeValidator(_on), Field(description="one of on, off")]
WebAddress = Annotated[str, Field(pattern="^(https://[!-~]+)?$", description="an https address, or to nothing")]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Networks = Annotated[
    tuple[Network, ...],
    BeforeValidator(networks),
    Field(description="networks such as 192.0.2.0/24 2001:db8::/32, or to nothing"),
]
Origins = Annotated[
    tuple[str, ...],
    BeforeValidator(_origins),
    Field(description="origins such as https://app.example.com, or to *, or to nothing"),
]
Colour = Annotated[
    str, Field(pattern="^#[0-9A-Fa-f]{6}$", description="a colour such as #1c4a9b"), AfterValidator(str.lower)
]


class Settings(BaseModel):
    """`issuer` is our own address, without a closing slash. Lifetimes are seconds; `docs/settings.md` has each one."""

    model_config = ConfigDict(frozen=True, alias_generator=str.upper, hide_input_in_errors=True)

    port: Number = Field(default=8787, ge=1, le=65_535)
    listen: Annotated[
        str, BeforeValidator(_address), Field(description="an address of this machine, such as 127.0.0.1 or ::1")
    ] = "127.0.0.1"
    sandbox_port: Number = Field(default=8788, ge=1, le=65_535)
    workers: Number = Field(default=1, ge=1, le=64)
    data_dir: Annotated[Path, AfterValidator(Path.expanduser)] = Path(".mailconnect")
    issuer: str = Field(
        default="",
        validate_default=True,
        description="the address people reach this service at, such as https://mail.example.com "
        "(http only on this machine itself, no path)",
    )
    provider: Literal["sandbox", "fastmail", "jmap"] = "sandbox"
    session_url: str | None = None
    provider_name: str = ""
    provider_hosts: Words = ()
    provider_issuer: str | None = None
    client_id: str | None = None
    scope_family: Literal["mail", "jmap"] = "mail"
    scopes: Words = ()
    send_resource: YesOrNo = True
    provider_pkce: Literal["announced", "assumed"] = "announced"
    api_token_hint: str = ""
    service_name: str = "mailconnect"
    contact: str = ""
    operator_name: str = ""
    source_url: WebAddress = ""
    poke_recipe: WebAddress = ""
    hosting: str = ""
    accent: Colour = "#1c4a9b"
    access_lifetime: Number = Field(default=3600, ge=1, le=86_400)
    refresh_idle: Number = Field(default=90 * 86_400, ge=60, le=366 * 86_400)
    grant_lifetime: Number = Field(default=365 * 86_400, ge=60, le=10 * 366 * 86_400)
    refresh_grace: Number = Field(default=300, ge=0, le=1800)
    client_documents: OnOrOff = Field(default=True, alias="CLIENT_ID_METADATA")
    limits: OnOrOff = True
    registrations_per_hour: Number = Field(default=20, ge=1, le=100_000)
    all_registrations_per_hour: Number = Field(default=1000, ge=1, le=1_000_000)
    fetches_per_minute: Number = Field(default=10, ge=1, le=10_000)
    all_fetches_per_minute: Number = Field(default=120, ge=1, le=100_000)
    decisions_per_hour: Number = Field(default=60, ge=1, le=100_000)
    all_decisions_per_hour: Number = Field(default=3000, ge=1, le=1_000_000)
    failures_per_hour: Number = Field(default=60, ge=1, le=100_000)
    all_failures_per_hour: Number = Field(default=10_000, ge=1, le=1_000_000)
    calls_per_minute: Number = Field(default=60, ge=1, le=100_000)
    calls_per_day: Number = Field(default=2000, ge=1, le=10_000_000)
    refreshes_per_hour: Number = Field(default=1000, ge=1, le=1_000_000)
    shared_networks: Networks = (ipaddress.ip_network("160.79.104.0/21"),)
    shared_factor: Number = Field(default=50, ge=1, le=10_000)
    trusted_proxies: Networks = ()
    allowed_origins: Origins = ()

    @property
    def resource(self) -> str:
        """The MCP endpoint: what tokens are for (RFC 8707)."""
        return f"{self.issuer}/mcp"

    @property
    def callback(self) -> str:
        """The redirect URI that the provider sends the browser back to."""
        return f"{self.issuer}/auth/callback"

    @property
    def secure(self) -> bool:
        """Whether browsers reach this service over https."""
        return self.issuer.startswith("https://")

    @field_validator("issuer")
    @classmethod
    def _as_browsers_write_it(cls, text: str, info: ValidationInfo) -> str:
        return _origin(text or f"http://127.0.0.1:{info.data.get('port')}")

    @model_validator(mode="after")
    def _provider_is_described(self) -> Self:
        """The sandbox and Fastmail are described in code, any other JMAP provider by settings."""
        if self.provider == "jmap" and not self.session_url:
            raise SettingError(f"{PREFIX}SESSION_URL is not set; set it to the address of the provider's JMAP session.")
        given = [name for name in _OF_ANY_PROVIDER if getattr(self, name)]
        if self.provider != "jmap" and given:
            raise SettingError(
                f"{PREFIX}{given[0].upper()} describes a provider; it goes with {PREFIX}PROVIDER=jmap alone."
            )
        return self

    @model_validator(mode="after")
    def _connections_outlive_their_tokens(self) -> Self:
        """Only a refresh keeps a connection alive, calls do not."""
        if self.refresh_idle < self.access_lifetime:
            raise SettingError(
                f"{PREFIX}REFRESH_IDLE is {self.refresh_idle}, and {PREFIX}ACCESS_LIFETIME {self.access_lifetime}: "
                "connections would end in use; set it to that much or more."
            )
        return self

    @model_validator(mode="after")
    def _others_reach_it_through_a_web_server(self) -> Self:
        if not is_loopback(self.listen) and not self.trusted_proxies:
            raise SettingError(
                f"{PREFIX}LISTEN is {self.listen}, where others reach this service without a certificate; set "
                f"{PREFIX}TRUSTED_PROXIES to the web server in front of it, which has one."
            )
        return self

    @model_validator(mode="after")
    def _limits_are_on_in_public(self) -> Self:
        if not self.limits and not is_loopback(urlsplit(self.issuer).hostname or ""):
            raise SettingError(
                f"{PREFIX}LIMITS is off, which is for tests on this machine; {self.issuer} is for everybody."
            )
        return self


_OF_ANY_PROVIDER = ("session_url", "provider_name", "provider_hosts", "provider_issuer", "scopes", "api_token_hint")

FIELDS = {field.alias or name.upper(): field for name, field in Settings.model_fields.items()}
"""By the name in the environment, without the prefix."""

_BLANK_IS_UNSET = frozenset(
    {"ISSUER", "DATA_DIR", "SESSION_URL", "PROVIDER_ISSUER", "CLIENT_ID", "SERVICE_NAME", "ACCENT"}
)
"""Settings whose default holds when they are set to nothing. A blank number or choice is an error."""

_DEFAULT_PORTS = {"https": 443, "http": 80}


def from_environment(environment: Mapping[str, str]) -> Settings:
    """The settings, or SettingError. An unknown MAILCONNECT_ name is an error too: it is most likely misspelt."""
    given = {name.removeprefix(PREFIX): text.strip() for name, text in environment.items() if name.startswith(PREFIX)}
    unknown = sorted(given.keys() - FIELDS.keys())
    if unknown:
        raise SettingError(f"{PREFIX}{unknown[0]} is no setting; {_nearest(unknown[0])}docs/settings.md has them all.")
    try:
        return Settings.model_validate(
            {name: text for name, text in given.items() if text or name not in _BLANK_IS_UNSET}
        )
    except ValidationError as error:
        name = str(error.errors(include_url=False, include_context=False)[0]["loc"][0])
        raise SettingError(f"{PREFIX}{name} is {given[name]!r}; set it to {_expected(name)}.") from None


def _expected(name: str) -> str:
    """The rule for the setting's value, to end a sentence with."""
    field = FIELDS[name]
    least = [bound.ge for bound in field.metadata if hasattr(bound, "ge")]
    maximum = [bound.le for bound in field.metadata if hasattr(bound, "le")]
    if least and maximum:
        return f"a whole number from {least[0]} to {maximum[0]}"
    return field.description or f"one of {', '.join(get_args(field.annotation))}"


def _nearest(name: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only a misspelt name needs it

    near = get_close_matches(name, FIELDS, n=1)
    return f"{PREFIX}{near[0]} is. " if near else ""


def _origin(text: str) -> str:
    """As browsers and clients write it in Host and Origin (RFC 3986 §6.2.3). Raises ValueError."""
    parts = urlsplit(text)
    bare = not (parts.query or parts.fragment or "@" in parts.netloc) and parts.path in ("", "/") and parts.hostname
    if not bare or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))):
        raise ValueError
    address = text.rstrip("/").lower()
    return address.removesuffix(f":{parts.port}") if parts.port == _DEFAULT_PORTS[parts.scheme] else address


def is_loopback(host: str) -> bool:
    """RFC 6761 §6.3: names under `localhost` are this machine's, too."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
