"""After a restore the provider's refresh token may have been used already (docs/decisions/0024)."""

from dataclasses import replace

import pytest

from mailconnect.grants.errors import SealBroken
from mailconnect.grants.provider_refresh.restored import IN_DOUBT, in_doubt
from tests.grants.scenario import NOW, PROPS, active

_MADE = active()
GRANT, DATA_KEY = replace(_MADE.grant, refresh_unknown=IN_DOUBT, restored_at=NOW), _MADE.new.data_key
ENDS = PROPS.expires_at or 0
DUE = ENDS - 300
"""From then on the access token is refreshed."""


@pytest.mark.parametrize(
    ("restored_at", "now", "doubtful"),
    [
        (DUE - 1, DUE, False),  # it was not due at the restore, and is now: nobody had a reason to use it
        (DUE - 1, ENDS, False),
        (DUE, DUE + 1, True),  # it was due before the restore
        (ENDS, ENDS + 9, True),
        (NOW, DUE - 1, True),  # it is asked for before its time: the provider refused the access token
    ],
)
def test_the_refresh_token_is_in_doubt_unless_it_came_due_after_the_restore(
    restored_at: int, now: int, doubtful: bool
) -> None:
    assert in_doubt(replace(GRANT, restored_at=restored_at), DATA_KEY, now) is doubtful


@pytest.mark.parametrize("unknown", [None, "refused", "an attempt"])
def test_a_grant_that_came_from_no_backup_is_not_in_doubt(unknown: str | None) -> None:
    assert not in_doubt(replace(GRANT, refresh_unknown=unknown), DATA_KEY, NOW)
    assert not in_doubt(replace(GRANT, restored_at=None), DATA_KEY, NOW)


def test_another_key_tells_nothing() -> None:
    with pytest.raises(SealBroken):
        in_doubt(GRANT, bytes(32), NOW)
