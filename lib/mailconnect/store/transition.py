"""Where the pure rules meet the store: decide, write if nothing changed meanwhile, else read and decide again."""

from collections.abc import Callable

from mailconnect.grants.decision import Decision
from mailconnect.grants.grant import Grant
from mailconnect.grants.update import Update
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.grants import Grants

_ATTEMPTS = 5
"""Each lost race means that another request made progress, so a handful is plenty."""


async def decide(grants: Grants, grant_id: str, rules: Callable[[Grant], Decision]) -> Decision | None:
    """The decision of `rules`, stored; None if there is no such grant. Raises StoreUnavailable."""
    for _ in range(_ATTEMPTS):
        grant = await grants.get(grant_id)
        if grant is None:
            return None
        decision = rules(grant)
        if decision.update is None or await grants.update(grant_id, decision.update):
            return decision
    raise StoreUnavailable("the grant kept changing")


async def change_grant(grants: Grants, grant_id: str, rule: Callable[[Grant], Update | None]) -> bool:
    """Whether what `rule` makes of the grant was written: None changes nothing. Raises StoreUnavailable."""
    for _ in range(_ATTEMPTS):
        grant = await grants.get(grant_id)
        update = None if grant is None else rule(grant)
        if update is None:
            return False
        if await grants.update(grant_id, update):
            return True
    raise StoreUnavailable("the grant kept changing")
