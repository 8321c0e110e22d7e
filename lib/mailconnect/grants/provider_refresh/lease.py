"""The lease that keeps refreshes at the provider to one at a time, and the fence that keeps a late one out.

`lease_id` is the attempt's own id; the props version is the fence: a late attempt finds that it has moved on.
"""

from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.update import Absent, Condition, Equals, NotAfter, Update, Value

LEASE_SECONDS = 12
"""Longer than a refresh may take in all (8 s), so a lease runs out only when its holder is gone."""

_CLOCK_SKEW = 300  # seconds between machines (F-40)

REFUSED = "refused"
"""In the place of the attempt whose response was lost: nobody asks again before the access token serves no more."""

LEASE = frozenset({"lease_id", "lease_until"})

LONGEST_PAUSE = 600
"""Seconds that `not_before` may lie ahead."""


def take_lease(grant: Grant, attempt_id: str, now: int) -> Update:
    """The lease before it must be the one that `grant` shows: its holder may have left something in the outbox."""
    before = Absent("lease_id") if grant.lease_id is None else Equals("lease_id", grant.lease_id)
    return Update(
        (
            Equals("state", GrantState.ACTIVE),
            Equals("props_version", grant.props_version),
            before,
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


def lease_runs(grant: Grant, now: int, *, beyond: int = 0) -> bool:
    """Whether a refresh may be under way, or ended at most `beyond` seconds ago.

    A lease that ends later than any clock could have said does not count.
    """
    until = grant.lease_until
    return until is not None and now < until + beyond and until <= now + LEASE_SECONDS + _CLOCK_SKEW


def release_lease(
    attempt_id: str, *, not_before: int | None = None, unknown: bool = False, refused: bool = False
) -> Update:
    """After a refresh that brought nothing.

    `not_before` keeps everyone from trying again sooner (429). `unknown`: the provider may have acted, and its response
    is lost. `refused`: it refuses the token, which such a response may have used up.
    """
    changes: dict[str, Value] = {} if not_before is None else {"not_before": not_before}
    if unknown:
        changes["refresh_unknown"] = attempt_id
    if refused:
        changes["refresh_unknown"] = REFUSED
    return Update((Equals("lease_id", attempt_id),), changes, LEASE)
