"""What version 0.1.0 (commit a83167f) wrote is opened and served: names in code may change, stored bytes may not.

`tests/earlier_data` holds its data folder, the same records as DynamoDB's items, and the tokens of its connections.
"""

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from mailconnect.grants.grant import Grant, GrantState
from mailconnect.oauth.clients.client import Client as RegisteredClient
from mailconnect.sandbox.settings import Settings as SandboxSettings
from mailconnect.store.dynamodb.conversion import item_of, record_of
from tests.bridge import running_bridge
from tests.endpoints.wire import REDIRECT_URI, Client, Wire

pytestmark = pytest.mark.anyio

EARLIER = Path(__file__).parents[1] / "earlier_data"
WRITTEN = json.loads((EARLIER / "connections.json").read_text("utf-8"))
CONNECTIONS: dict[str, dict[str, Any]] = WRITTEN["connections"]


@pytest.fixture
async def earlier(tmp_path: Path) -> Any:
    folder = tmp_path / "data"
    shutil.copytree(EARLIER, folder)
    (folder / "keys.json").chmod(0o600)
    async with running_bridge(folder, sandbox_settings=SandboxSettings(data=str(folder / "sandbox.sqlite3"))) as bridge:
        bridge.clock.now = WRITTEN["clock"] + 30
        yield Wire(bridge)


def client_of(wire: Wire, name: str) -> Client:
    return Client(wire, CONNECTIONS[name]["client_id"], None, REDIRECT_URI)


@pytest.mark.parametrize("name", ["api_token", "sign_in", "rotated"])
async def test_an_access_token_of_an_earlier_version_still_reads_the_mailbox(earlier: Wire, name: str) -> None:
    answer = await earlier.mcp(CONNECTIONS[name]["access_token"], "tools/call", name="list_mailboxes")
    assert answer.status_code == 200
    assert answer.json()["result"]["structuredContent"]["mailboxes"]


@pytest.mark.parametrize("name", ["api_token", "sign_in", "rotated"])
async def test_a_refresh_token_of_an_earlier_version_still_rotates(earlier: Wire, name: str) -> None:
    client = client_of(earlier, name)
    tokens = (await client.refresh(CONNECTIONS[name]["refresh_token"])).json()
    assert (await earlier.mcp(tokens["access_token"], "tools/call", name="list_mailboxes")).status_code == 200
    assert (await client.refresh(tokens["refresh_token"])).status_code == 200


async def test_a_providers_token_sealed_by_an_earlier_version_is_refreshed(earlier: Wire) -> None:
    client = client_of(earlier, "sign_in")
    earlier.bridge.clock.now += 86_400
    tokens = (await client.refresh(CONNECTIONS["sign_in"]["refresh_token"])).json()
    assert (await earlier.mcp(tokens["access_token"], "tools/call", name="list_mailboxes")).status_code == 200


async def test_a_code_of_an_earlier_version_is_redeemed(earlier: Wire) -> None:
    answer = await client_of(earlier, "code").redeem(CONNECTIONS["code"]["code"])
    assert answer.status_code == 200


async def test_a_connection_that_an_earlier_version_ended_stays_ended_and_is_swept(earlier: Wire) -> None:
    assert (await client_of(earlier, "ended").refresh(CONNECTIONS["ended"]["refresh_token"])).status_code == 400
    assert (await earlier.mcp(CONNECTIONS["ended"]["access_token"])).status_code == 401
    await earlier.bridge.sweep.run()
    alive = [await earlier.bridge.adapters.stores.grants.get(item["id"]["S"]) for item in ITEMS["grants"]]
    assert [grant for grant in alive if grant is not None and grant.state is GrantState.RETIRED] == []


def _with_bytes(pairs: dict[str, Any]) -> Any:
    return base64.b64decode(pairs["base64"]) if pairs.keys() == {"base64"} else pairs


ITEMS = json.loads((EARLIER / "items.json").read_text("utf-8"), object_hook=_with_bytes)


@pytest.mark.parametrize("item", ITEMS["grants"], ids=lambda item: item["client_name"]["S"])
async def test_a_grant_that_an_earlier_version_wrote_to_dynamodb_is_what_sqlite_holds(
    earlier: Wire, item: dict[str, Any]
) -> None:
    grant = record_of(Grant, item)
    assert grant == await earlier.bridge.adapters.stores.grants.get(grant.id)
    assert item.items() <= item_of(grant).items()


@pytest.mark.parametrize("item", ITEMS["clients"], ids=lambda item: item["name"]["S"])
def test_a_client_that_an_earlier_version_wrote_to_dynamodb_is_read(item: dict[str, Any]) -> None:
    assert item.items() <= item_of(record_of(RegisteredClient, item)).items()
