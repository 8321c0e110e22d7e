"""Port: registered clients (RFC 7591)."""

from typing import Protocol

from mailconnect.oauth.clients.client import Client


class Clients(Protocol):
    async def get(self, client_id: str, now: int) -> Client | None:
        """The client, or None if there is none or its registration has expired."""

    async def put(self, client: Client) -> None:
        """Raises AlreadyExists: a registration is never overwritten, unless it expired before `client.created_at`."""

    async def remember(self, client: Client) -> None:
        """Stores a client that publishes what it is, in the place of what was read of it before (`created_at`).

        The document that was read later stays. Of both ends the later counts.
        """

    async def replace(self, client: Client, registration_hash: str) -> bool:
        """Whether the registration had this hash, and is now `client` but for its end, which stays."""

    async def delete(self, client_id: str, registration_hash: str) -> bool:
        """Whether the registration had this hash, and is gone."""

    async def keep_until(self, client_id: str, expires_at: int) -> None:
        """Prolongs a registration that is in use. Never shortens one; unknown ids are ignored."""

    async def delete_expired(self, now: int) -> int:
        """How many registrations went. A store that expires items by itself answers 0."""
