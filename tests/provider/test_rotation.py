"""The provider of the interleavings and the sandbox, held to one contract.

They differ in one point, where the former is the stricter: to revoke a refresh token that was used ends nothing there.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mailconnect.grants.props import open_props
from mailconnect.mail.errors import Unauthorized
from tests.bridge import Bridge, TurnedClock, running_bridge
from tests.provider.one_grant import NOW
from tests.provider.rotation_contract import Authorization, RotationContract
from tests.provider.strict_provider import StrictProvider

pytestmark = pytest.mark.anyio


@dataclass
class AtStrictProvider(Authorization):
    async def takes(self, access_token: str) -> bool:
        assert isinstance(self.provider, StrictProvider)
        try:
            await self.provider.session("", access_token)
        except Unauthorized:
            return False
        return True


class TestStrictProvider(RotationContract):
    @pytest.fixture
    def authorization(self) -> Authorization:
        clock = TurnedClock(NOW)
        provider = StrictProvider(clock)
        return AtStrictProvider(provider, provider.refresh_token, provider.access_token, clock)


@dataclass
class AtSandbox(Authorization):
    bridge: Bridge = field(kw_only=True)

    async def takes(self, access_token: str) -> bool:
        adapters = self.bridge.adapters
        try:
            await adapters.jmap.session(f"{adapters.oauth.provider.id}/jmap/session", access_token)
        except Unauthorized:
            return False
        return True


class TestSandbox(RotationContract):
    @pytest.fixture
    async def authorization(self, tmp_path: Path) -> AsyncIterator[Authorization]:
        async with running_bridge(tmp_path) as bridge:
            await bridge.connected()
            [(grant_id,)] = bridge.database.read("SELECT id FROM grants", ())
            grant = await bridge.adapters.stores.grants.get(grant_id)
            assert grant is not None
            props = open_props(grant, await bridge.keys.open_data_key(grant.data_key, grant.id))
            yield AtSandbox(
                bridge.adapters.oauth, props.refresh_token or "", props.access_token, bridge.clock, bridge=bridge
            )
