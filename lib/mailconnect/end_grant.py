"""The one way to end a grant: it is retired, the owner's history says so, and the sweep is woken.

Nine places end grants. Three differences between them are meant:

- **Waking.** The sweep is woken where provider tokens are left that must be revoked soon. Where the provider has ended
  the grant itself, nothing is left to revoke, and the sweep does not wake itself. A place that ends many grants at once
  wakes it once, after the last of them.
- **The history.** The end of a grant is written to it, but for a grant of which no client has heard: its connection was
  never written either, and the owner has just asked for everything to be erased.
- **Conditions.** A place may bring its own retirement, which holds only while the grant is as that place has read it.
  Without one, the grant ends in whatever state it is.
"""

from collections.abc import Awaitable, Callable

from mailconnect.audit import Audit
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.retirement import Reason, retire
from mailconnect.grants.update import Update
from mailconnect.store.audit import Actor, What
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.grants import Grants

Wake = Callable[[], Awaitable[None]]
"""Wakes the sweep: an asynchronous invocation on Lambda, an event in the same process on one machine.

It never raises: the schedule finds what is not woken now.
"""


async def wake_nobody() -> None:
    """For an entry point that may not wake the sweep, or is the sweep."""


async def end_grant(
    grant: Grant,
    reason: Reason,
    actor: Actor,
    *,
    grants: Grants,
    audit: Audit,
    wake: Wake = wake_nobody,
    retirement: Update | None = None,
    in_history: bool = True,
) -> bool:
    """Whether this call ended the grant; False where it had ended before, or a condition of `retirement` did not hold.

    Raises StoreUnavailable where the grant may live on.
    """
    update = retire(reason, audit.clock()) if retirement is None else retirement
    try:
        ended = await grants.update(grant.id, update)
    except StoreUnavailable:
        # The write may have been made, and only its response lost; the sweep may have erased the grant since.
        left = await grants.get(grant.id)
        if left is not None and left.state is not GrantState.RETIRED:
            raise
        ended = left is None or left.retired_reason == reason
    if ended and in_history:
        await ended_grant(grant, reason, actor, audit=audit)
    if ended:
        await wake()
    return ended


async def ended_grant(grant: Grant, reason: str, actor: Actor, *, audit: Audit, wake: Wake = wake_nobody) -> None:
    """Records a retirement that store.transition.decide has written already, and wakes the sweep."""
    await audit.of_grant(What.GRANT_RETIRED, grant, actor, reason)
    await wake()
