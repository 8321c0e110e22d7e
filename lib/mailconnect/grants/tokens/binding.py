"""What a token was issued for: bound into its wrap of the data key, so that no writer of the store can widen it.

A wrap opens only while the record says the same. It is opened wherever a mailbox is asked for anything, or a token is
rotated or redeemed. What a person takes away later is in `Grant.scope`, which narrows a token further (decision 0021).
"""

from mailconnect.grants.grant import Grant


def of_code(grant: Grant) -> tuple[str, ...]:
    """The code's own limits, and what its redemption is checked against."""
    ends = str(grant.code_expires_at)
    return (*_of_grant(grant), grant.scope, ends, grant.redirect_uri or "", grant.code_challenge or "")


def of_access(grant: Grant, scope: str, expires_at: int) -> tuple[str, ...]:
    return (*_of_grant(grant), scope, str(expires_at))


def of_refresh(grant: Grant, scope: str, idle_expires_at: int) -> tuple[str, ...]:
    """`scope` is the grant's when the token was issued: the most that its successors can have."""
    return (*_of_grant(grant), scope, str(idle_expires_at))


def of_approval(grant: Grant, approval_id: str, draft_id: str, until: int) -> tuple[str, ...]:
    """An approval link opens the grant for one draft, until its own end."""
    return (*_of_grant(grant), approval_id, draft_id, str(until))


def _of_grant(grant: Grant) -> tuple[str, ...]:
    """What never changes."""
    return grant.client_id, grant.owner, grant.provider, grant.resource, str(grant.expires_at)
