"""When the provider refuses a token, and does not say that it is dead: one refusal proves nothing, a lasting one does.

Fastmail has answered a rate limit of logins with 401, and an API token has no refresh to prove it by. Other providers
refuse a dead refresh token by words that also stand for passing troubles.
"""

from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.retirement import Reason, retire
from mailconnect.grants.update import Absent, Equals, Update

LASTING = 86_400
"""Seconds from the first of an unbroken row of refusals after which an API token counts as dead, if it is refused for
the session as well: with no call between, two refusals make a row. A limit of logins may last for hours, and each call
of ours may prolong it.
"""

REFRESH_LASTING = 600
"""The same for a refresh token. No limit of logins is in its way, for no password and no access token is presented."""


def refused(grant: Grant, now: int, *, lasting: int = LASTING) -> Update | None:
    """The update of another refusal: it is noted, or the grant ends; None where neither is due yet."""
    unchanged = Equals("props_version", grant.props_version)
    if grant.refused_since is None:
        conditions = (Equals("state", GrantState.ACTIVE), unchanged, Absent("refused_since"))
        return Update(conditions, {"refused_since": now})
    if now - grant.refused_since < lasting:
        return None
    return retire(Reason.PROVIDER_ENDED, now, unchanged, Equals("refused_since", grant.refused_since))


def accepted(grant: Grant) -> Update | None:
    """After an accepted call: the row is broken."""
    if grant.refused_since is None:
        return None
    return Update((Equals("refused_since", grant.refused_since),), {}, frozenset({"refused_since"}))
