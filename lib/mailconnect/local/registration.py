"""The client id that the provider gave to this machine, in a file of the data folder."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from mailconnect.clock import Clock
from mailconnect.data_folder import locked_folder
from mailconnect.provider.provider import Provider
from mailconnect.provider.registration import Registration
from mailconnect.settings import Settings


@dataclass(frozen=True, slots=True)
class ClientIdFile:
    """`provider_client.json` holds no secret: a public client has none. Another registration's client id is ignored."""

    path: Path

    def load(self, provider_id: str, document: bytes) -> str | None:
        try:
            kept = json.loads(self.path.read_bytes())
            found = kept["client_id"] if kept["registered"] == _registered(provider_id, document) else None
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return found if isinstance(found, str) else None

    def save(self, provider_id: str, document: bytes, client_id: str) -> str:
        """Where the file cannot be written, only this process knows the client id."""
        kept = {"client_id": client_id, "provider": provider_id, "registered": _registered(provider_id, document)}
        try:
            with locked_folder(self.path.parent):
                if (first := self.load(provider_id, document)) is not None:
                    return first
                fresh = self.path.with_suffix(".new")
                fresh.write_text(f"{json.dumps(kept)}\n")
                fresh.replace(self.path)
        except OSError:
            pass
        return client_id


def _registered(provider_id: str, document: bytes) -> str:
    return hashlib.sha256(provider_id.encode() + b"\0" + document).hexdigest()


def registration_of(settings: Settings, provider: Provider, clock: Clock) -> Registration | None:
    """None where the settings have a client id, or the service is reached from other machines."""
    if provider.client_id is not None or settings.secure:
        return None
    kept = ClientIdFile(settings.data_dir / "provider_client.json")
    return Registration(provider, settings.callback, settings.service_name, kept, clock)
