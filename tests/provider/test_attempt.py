"""What an attempt's failure means for the next one, by the clock alone."""

from dataclasses import replace

import pytest

from mailconnect.grants.provider_refresh.lease import LONGEST_PAUSE
from mailconnect.mail.errors import MailboxError, NotAnswering, Throttled, UpstreamFault
from mailconnect.provider.attempt import RefreshAttempt, pause_left
from mailconnect.provider.errors import RefreshRefused, TemporarilyRefused
from tests.provider.one_grant import DATA_KEY, EXPIRED, NOW, one_grant

pytestmark = pytest.mark.anyio


async def attempt(*, last_resort: bool = True) -> RefreshAttempt:
    return RefreshAttempt(await one_grant(EXPIRED).read(), DATA_KEY, "attempt", NOW, last_resort)


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (UpstreamFault("503"), None),
        (UpstreamFault("503", retry_after=0), None),
        (UpstreamFault("503", retry_after=1), 1),
        (NotAnswering("ReadTimeout"), None),
        (Throttled("429"), 30),
        (Throttled("429", retry_after=1), 1),
        (Throttled("429", retry_after=600), 600),
        (Throttled("429", retry_after=601), 600),
        (TemporarilyRefused("temporary"), 30),
        (RefreshRefused("invalid_request 400"), 30),
    ],
)
async def test_a_failure_names_the_time_before_which_nobody_tries_again(error: MailboxError, pause: int | None) -> None:
    assert (await attempt()).not_before(error, NOW + 9) == (None if pause is None else NOW + 9 + pause)


@pytest.mark.parametrize(("not_before", "left"), [(None, 0), (-1, 0), (0, 0), (1, 1), (600, 600), (601, 0)])
async def test_a_pause_that_is_longer_than_any_is_a_clocks_error(not_before: int | None, left: int) -> None:
    assert LONGEST_PAUSE == 600
    grant = (await attempt()).grant
    assert pause_left(replace(grant, not_before=None if not_before is None else NOW + not_before), NOW) == left
