"""The outside world of one process: its stores, and its way to the provider."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mailconnect.composition.stores import Stores
from mailconnect.jmap.client import JmapClient
from mailconnect.provider.oauth_client import OAuthClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """`time_left` is in seconds: what the function still has, or infinity."""

    stores: Stores
    oauth: OAuthClient
    jmap: JmapClient
    sleep: Callable[[float], Awaitable[None]]
    time_left: Callable[[], float]
