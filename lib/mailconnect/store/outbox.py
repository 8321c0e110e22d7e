"""Port: where a refreshed provider token waits while the grants' own store fails (F-16).

It lies where it does not fail together with that store, and any process that knows the grant finds it. One waits for
each grant at most: nobody refreshes again while one does.
"""

from typing import Protocol

from mailconnect.grants.grant import Grant
from mailconnect.grants.provider_refresh.refreshed import Refreshed


class Outbox(Protocol):
    """Every method raises StoreUnavailable."""

    async def put(self, grant: Grant, refreshed: Refreshed) -> None:
        """Durable on return; in place of an older one, and never of a newer one."""

    async def get(self, grant_id: str) -> Refreshed | None:
        """The tokens that wait for this grant, or None."""

    async def remove(self, grant_id: str, props_version: int) -> None:
        """Erases the tokens that wait for this grant, unless they are newer than this version of its props."""
