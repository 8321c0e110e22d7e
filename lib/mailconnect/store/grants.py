"""Port: grants. Each method is one atomic request to the store."""

from typing import Protocol

from mailconnect.grants.grant import Grant
from mailconnect.grants.update import Update


class Grants(Protocol):
    async def get(self, grant_id: str) -> Grant | None:
        """The grant as of now (strongly consistent), expired or not, or None."""

    async def put(self, grant: Grant) -> None:
        """Raises AlreadyExists."""

    async def update(self, grant_id: str, update: Update) -> bool:
        """Whether all conditions held and the change was made; durable on return."""

    async def due(self, now: int, limit: int, past: int = 0) -> list[str]:
        """Ids of grants with `due_at` no later than `now`, the earliest first, past so many of them; may lag behind."""

    async def owned_by(self, owner: str) -> list[str]:
        """Ids of an owner's grants, retired ones included; may lag behind."""

    async def everybodys(self) -> list[str]:
        """Ids of all grants, retired ones included; may lag behind."""

    async def delete(self, grant_id: str) -> bool:
        """Erases a retired grant; False (and nothing happens) if it is not there or not retired."""
