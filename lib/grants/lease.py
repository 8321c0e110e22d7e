"""The lease that keeps refreshes at the provider to one at a time, and the fence that keeps a late one out (design §5).

`lease_id` is the attempt's own id; the props version is the fence: whoever comes late finds it moved on.
"""

from lib.clock import Entropy
from lib.grants.grant import Grant, State
from lib.grants.props import Props, seal_props
from lib.grants.update import Equals, NotAfter, Update

LEASE_SECONDS = 12
"""Longer than a refresh may take in all (8 s), so a lease runs out only when its holder is gone."""


def take_lease(grant: Grant, attempt_id: str, now: int) -> Update:
    return Update(
        (
            Equals("state", State.ACTIVE),
            Equals("props_version", grant.props_version),
            NotAfter("lease_until", now),
            NotAfter("not_before", now),
        ),
        {"lease_id": attempt_id, "lease_until": now + LEASE_SECONDS},
    )


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


def release_lease(attempt_id: str, *, not_before: int | None = None) -> Update:
    """After a refresh that failed without harm. `not_before` keeps everyone from trying again sooner (429)."""
    changes = {} if not_before is None else {"not_before": not_before}
    return Update((Equals("lease_id", attempt_id),), changes, frozenset({"lease_id", "lease_until"}))
