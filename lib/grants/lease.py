"""The lease that keeps refreshes at the provider to one at a time, and the fence that keeps a late one out (design §5).

`lease_id` is the attempt's own id; the props version is the fence: whoever comes late finds it moved on.
"""

from lib.clock import Entropy
from lib.grants.grant import Grant, State
from lib.grants.props import Props, seal_props
from lib.grants.update import Condition, Equals, NotAfter, Update

LEASE_SECONDS = 12
"""Longer than a refresh may take in all (8 s), so a lease runs out only when its holder is gone."""

_CLOCK_SKEW = 300  # seconds between machines (F-40)

LONGEST_PAUSE = 600
"""Seconds that `not_before` may lie ahead."""


def take_lease(grant: Grant, attempt_id: str, now: int) -> Update:
    return Update(
        (
            Equals("state", State.ACTIVE),
            Equals("props_version", grant.props_version),
            _over("lease_until", grant.lease_until, now, LEASE_SECONDS),
            _over("not_before", grant.not_before, now, LONGEST_PAUSE),
        ),
        {"lease_id": attempt_id, "lease_until": now + LEASE_SECONDS},
    )


def _over(attribute: str, until: int | None, now: int, longest: int) -> Condition:
    """That time has passed; or it lies further ahead than any machine sets it, because this clock was set back."""
    if until is not None and until > now + longest + _CLOCK_SKEW:
        return Equals(attribute, until)
    return NotAfter(attribute, now)


def store_refreshed(grant: Grant, props: Props, attempt_id: str, data_key: bytes, entropy: Entropy) -> Update:
    """The provider's new tokens, in place of those `grant` was read with."""
    version = grant.props_version + 1
    return Update(
        (Equals("state", State.ACTIVE), Equals("props_version", grant.props_version)),
        {
            "props": seal_props(props, grant, data_key, entropy, version=version),
            "props_version": version,
            "refreshed_by": attempt_id,
        },
        frozenset({"lease_id", "lease_until", "not_before"}),
    )


def for_sweep(refreshed: Update) -> Update:
    """`store_refreshed` for a grant that was retired meanwhile: the newest tokens are the ones to revoke."""
    conditions = tuple(Equals("state", State.RETIRED) if c.attribute == "state" else c for c in refreshed.conditions)
    kept = {name: value for name, value in refreshed.set.items() if name != "refreshed_by"}
    return Update(conditions, kept)


def release_lease(attempt_id: str, *, not_before: int | None = None) -> Update:
    """After a refresh that failed without harm. `not_before` keeps everyone from trying again sooner (429)."""
    changes = {} if not_before is None else {"not_before": not_before}
    return Update((Equals("lease_id", attempt_id),), changes, frozenset({"lease_id", "lease_until"}))
