"""Port: records that belong to one owner and expire: approvals, and browsers that may approve."""

from typing import Protocol, TypeVar

from mailconnect.grants.approval import Approval
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.grants.update import Condition, Update

PREFIXES: dict[type, str] = {Approval: "approval:", TrustedBrowser: "browser:"}
"""How the ids of each kind begin."""

R = TypeVar("R", Approval, TrustedBrowser)


class Owned(Protocol[R]):
    """Each method is one atomic request to the store, but `of_owner`, and raises StoreUnavailable."""

    async def get(self, record_id: str, now: int) -> R | None:
        """The record as of now (strongly consistent), or None if there is none or it has expired."""

    async def put(self, record: R, now: int) -> None:
        """Raises AlreadyExists unless the id is free or its record has expired."""

    async def replace(self, record: R, *conditions: Condition) -> bool:
        """Whether a record of this id was there, all conditions held for it, and `record` is in its place."""

    async def update(self, record_id: str, update: Update) -> bool:
        """Whether there is such a record, all conditions held and the change was made; durable on return."""

    async def of_owner(self, owner: str, now: int) -> list[R]:
        """An owner's records that have not expired, the latest first; may lag behind."""

    async def delete(self, record_id: str) -> bool:
        """Whether there was one."""

    async def delete_expired(self, now: int) -> int:
        """How many went. A store that expires items by itself returns 0."""


def latest_first(records: list[R]) -> list[R]:
    return sorted(records, key=lambda record: (record.created_at, record.id), reverse=True)
