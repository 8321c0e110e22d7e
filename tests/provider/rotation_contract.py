"""How a strict provider treats one authorization: what the interleavings are explored on, and the sandbox alike.

A subclass gives the fixture `authorization`.
"""

from dataclasses import dataclass
from typing import Protocol

import pytest

from mailconnect.grants.props import Props
from mailconnect.provider.errors import GrantEnded
from tests.bridge import TurnedClock


class Provider(Protocol):
    async def refresh(self, refresh_token: str) -> Props: ...

    async def revoke(self, token: str) -> bool: ...


@dataclass
class Authorization:
    """`takes` asks for the session with an access token."""

    provider: Provider
    refresh_token: str
    access_token: str
    clock: TurnedClock

    async def takes(self, access_token: str) -> bool:
        raise NotImplementedError

    async def refreshed(self, refresh_token: str | None = None) -> tuple[str, str]:
        """The refresh token and the access token."""
        tokens = await self.provider.refresh(refresh_token or self.refresh_token)
        assert tokens.refresh_token is not None
        return tokens.refresh_token, tokens.access_token


class RotationContract:
    async def test_a_refresh_token_is_good_once_and_leads_to_the_next(self, authorization: Authorization) -> None:
        seen, token = {authorization.refresh_token}, authorization.refresh_token
        for _ in range(3):
            token, access_token = await authorization.refreshed(token)
            seen.add(token)
            assert await authorization.takes(access_token)
        assert len(seen) == 4

    async def test_one_that_is_used_again_ends_everything(self, authorization: Authorization) -> None:
        newest, access_token = await authorization.refreshed()
        with pytest.raises(GrantEnded):
            await authorization.refreshed()
        with pytest.raises(GrantEnded):
            await authorization.refreshed(newest)
        assert not await authorization.takes(access_token)
        assert not await authorization.takes(authorization.access_token)

    async def test_an_older_access_token_lives_to_its_end(self, authorization: Authorization) -> None:
        authorization.clock.now += 1800
        _, newer = await authorization.refreshed()
        assert await authorization.takes(authorization.access_token)
        authorization.clock.now += 1800
        assert not await authorization.takes(authorization.access_token)
        assert await authorization.takes(newer)

    @pytest.mark.parametrize("by", ["refresh token", "access token"])
    async def test_revoking_the_newest_token_ends_everything(self, authorization: Authorization, by: str) -> None:
        newest, access_token = await authorization.refreshed()
        assert await authorization.provider.revoke(newest if by == "refresh token" else access_token)
        assert not await authorization.takes(access_token)
        with pytest.raises(GrantEnded):
            await authorization.refreshed(newest)

    async def test_revoking_again_or_something_unknown_is_confirmed(self, authorization: Authorization) -> None:
        assert await authorization.provider.revoke("fmr1-unknown")
        assert await authorization.takes(authorization.access_token)
        for _ in range(2):
            assert await authorization.provider.revoke(authorization.refresh_token)
