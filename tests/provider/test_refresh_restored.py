"""A grant that came back from a backup: its refresh token is presented only if nobody can have used it since."""

import pytest

from mailconnect.grants.grant import GrantState
from mailconnect.grants.provider_refresh.restored import IN_DOUBT
from mailconnect.grants.retirement import Reason
from mailconnect.grants.update import Update
from tests.provider.one_grant import EARLY, ENDED, ENDING, EXPIRED, FRESH, OneGrant, one_grant

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("either_store")]


async def restored(seconds_left: int, *, api_token: bool = False) -> OneGrant:
    """In doubt, and restored when the provider's access token had so many seconds left."""
    one = one_grant(seconds_left, api_token=api_token)
    assert await one.grants.update(one.id, Update((), {"restored_at": one.clock(), "refresh_unknown": IN_DOUBT}))
    return one


@pytest.mark.parametrize("seconds_left", [ENDING, EXPIRED])
async def test_a_token_that_may_have_been_used_is_never_presented(seconds_left: int) -> None:
    one = await restored(seconds_left)
    assert [await one.call(), await one.call()] == [ENDED, "401"]
    assert one.provider.asked["refresh"] == 0
    grant = one.grant
    assert grant is not None
    assert (grant.state, grant.retired_reason, grant.restored_at) == (GrantState.RETIRED, Reason.RESTORED, None)
    [kept] = (await one.events.of_owner(grant.owner, one.clock())).events
    assert (kept.what, kept.actor, kept.reason) == ("grant_retired", "service", "restored")


async def test_the_access_token_of_a_grant_in_doubt_serves_to_its_end() -> None:
    one = await restored(EARLY)
    assert [await one.call() for _ in range(3)] == ["served"] * 3
    one.clock.now += EARLY
    assert await one.call() == ENDED
    assert one.provider.asked["refresh"] == 0


async def test_a_grant_in_doubt_ends_only_as_it_was_read() -> None:
    one = await restored(EXPIRED)

    async def before(step: str) -> None:
        if step == "retire":
            version = (await one.read()).props_version + 1
            assert await one.grants.update(one.id, Update((), {"props_version": version}))

    one.grants.before = before
    assert await one.call() == ENDED
    assert one.grant
    assert one.grant.state is GrantState.ACTIVE


@pytest.mark.parametrize("seconds_left", [EARLY, FRESH])
async def test_a_grant_in_doubt_whose_access_token_is_refused_ends_without_a_refresh(seconds_left: int) -> None:
    """The provider may have refused it before the restore too, and then it was refreshed."""
    one = await restored(seconds_left)
    one.provider.refuse_access_tokens()
    assert await one.call() == ENDED
    assert one.provider.asked["refresh"] == 0


async def test_a_token_that_was_not_due_before_the_restore_is_refreshed_as_always() -> None:
    one = await restored(FRESH)
    one.clock.now += FRESH
    assert await one.call() == "served"
    grant = one.grant
    assert grant is not None
    assert (grant.restored_at, grant.refresh_unknown) == (None, None)
    one.clock.now += 4000
    assert await one.call() == "served"
    assert set(one.provider.presented.values()) == {1}


async def test_an_api_token_is_never_in_doubt() -> None:
    one = await restored(EXPIRED, api_token=True)
    one.provider.issued_at(one.clock())
    assert await one.call() == "served"
