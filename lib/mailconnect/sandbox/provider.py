"""Everything the sandbox's endpoints share."""

from dataclasses import dataclass

from mailconnect.sandbox.counters import Counters
from mailconnect.sandbox.mail.post_office import PostOffice
from mailconnect.sandbox.oauth.clients import Client
from mailconnect.sandbox.settings import Clock, Entropy, Settings, Sleep
from mailconnect.sandbox.state import State
from mailconnect.sandbox.switches import Switches


@dataclass(frozen=True, slots=True)
class Provider:
    settings: Settings
    switches: Switches
    counters: Counters
    state: State
    clock: Clock
    entropy: Entropy
    sleep: Sleep
    post: PostOffice

    def client(self, client_id: str) -> Client | None:
        """The client of that id, registered by hand or by itself."""
        for client in self.settings.clients:
            if client.client_id == client_id:
                return client
        return self.state.client(client_id)
