"""Assistants that register for many people from few addresses, as hosted_assistants.toml has them.

A row gives an allowance and no trust: any client can name these hosts, and gains no more than its neighbours' patience.
"""

import functools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from mailconnect.endpoints.limits.source import Network
from mailconnect.settings import networks

DATA = Path(__file__).with_name("hosted_assistants.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedAssistant:
    name: str
    redirect_hosts: frozenset[str]
    networks: tuple[Network, ...]


@functools.cache
def hosted_assistants() -> tuple[HostedAssistant, ...]:
    """Read when it is first needed, not at the start."""
    rows = tomllib.loads(DATA.read_text("utf-8"))["assistant"]
    return tuple(
        HostedAssistant(
            name=row["name"],
            redirect_hosts=frozenset(row["redirect_hosts"]),
            networks=networks(" ".join(row["networks"])),
        )
        for row in rows
    )


def hosted_at(redirect_uris: Sequence[str]) -> str | None:
    """The name of the assistant to whose hosts all of these lead; None where there is none."""
    hosts = {urlsplit(uri).hostname if uri.startswith("https://") else None for uri in redirect_uris}
    return next((one.name for one in hosted_assistants() if hosts and hosts <= one.redirect_hosts), None)
