"""The outside world, as one way of running has it: the stores, and the way to the provider."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mailconnect.composition.stores import Stores
from mailconnect.jmap.client import JmapClient
from mailconnect.provider.oauth_client import OAuthClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters(Stores):
    oauth: OAuthClient
    jmap: JmapClient
    sleep: Callable[[float], Awaitable[None]]
    time_left: Callable[[], float]
