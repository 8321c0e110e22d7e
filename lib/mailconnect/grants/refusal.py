"""When the provider refuses an API token: one refusal proves nothing, a lasting one ends the grant.

Fastmail has answered a rate limit with 401, and an API token has no refresh to prove it by.
"""

from mailconnect.grants.grant import Grant, State
from mailconnect.grants.retirement import Reason, retire
from mailconnect.grants.update import Absent, Equals, Update

LASTING = 600
"""Seconds from the first of an unbroken row of refusals after which the token counts as dead, if it is refused for the
session as well: with no call between, two refusals make a row.
"""


def refused(grant: Grant, now: int) -> Update | None:
    """What another refusal changes."""
    unchanged = Equals("props_version", grant.props_version)
    if grant.refused_since is None:
        conditions = (Equals("state", State.ACTIVE), unchanged, Absent("refused_since"))
        return Update(conditions, {"refused_since": now})
    if now - grant.refused_since < LASTING:
        return None
    return retire(Reason.PROVIDER_ENDED, now, unchanged, Equals("refused_since", grant.refused_since))


def accepted(grant: Grant) -> Update | None:
    """After an accepted call: the row is broken."""
    if grant.refused_since is None:
        return None
    return Update((Equals("refused_since", grant.refused_since),), {}, frozenset({"refused_since"}))
