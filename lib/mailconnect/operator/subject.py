"""The subject of a command: an owner's grants, or grants named by their ids."""

from dataclasses import dataclass

from mailconnect.keys.port import OwnerNamer
from mailconnect.operator.command import Command, check_subject, grant_ids, username
from mailconnect.store.grants import Grants
from mailconnect.store.known import Known, known


@dataclass(frozen=True, slots=True)
class Subjects:
    """`provider` is the id of the provider at which the owners have their accounts."""

    grants: Grants
    owners: OwnerNamer
    provider: str

    async def ids(self, command: Command) -> list[str]:
        """Raises BadCommand, StoreUnavailable, KeyUnavailable."""
        check_subject(command)
        if "owner" in command:
            return await self.grants.owned_by(await self.owner(command))
        return grant_ids(command)

    async def owner(self, command: Command) -> str:
        """The stored name of the command's owner. Raises BadCommand, KeyUnavailable."""
        return await self.owners.owner(self.provider, username(command))

    async def found(self, ids: list[str]) -> Known:
        """The grants with these ids, the oldest first. An id that names nothing is left out."""
        found = await known(self.grants, ids)
        return Known(sorted(found.grants, key=lambda grant: grant.created_at), found.unknown)
