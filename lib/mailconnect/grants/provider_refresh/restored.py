"""A grant that came back from a backup: its provider token may have been used since (docs/decisions/0024)."""

from mailconnect.grants.grant import Grant
from mailconnect.grants.props import open_props

IN_DOUBT = "restored"
"""In `refresh_unknown`: an assistant could call after the backup was taken, and so refresh the provider's token."""

QUIET_SECONDS = 120
"""After an access token's end nobody calls with it. By then a call that began with it is over, and its refresh too."""


def in_doubt(grant: Grant, data_key: bytes, now: int) -> bool:
    """Whether the refresh token may have been used between the backup and the restore; asked before a refresh.

    A refresh is made when the access token is due, or when the provider refuses it before. So the refresh token was not
    used if the access token was not due at the restore, and is due now.
    Raises SealBroken.
    """
    if grant.refresh_unknown != IN_DOUBT or grant.restored_at is None:
        return False
    props = open_props(grant, data_key)
    return props.due_for_refresh(grant.restored_at) or not props.due_for_refresh(now)
