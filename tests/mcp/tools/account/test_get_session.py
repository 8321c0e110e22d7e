import json
from dataclasses import replace

import pytest

from tests.mcp import conftest

pytestmark = pytest.mark.anyio


async def call(endpoint, **arguments):
    _, body = await endpoint.modern("tools/call", name="get_session", arguments=arguments)
    return body["result"]


async def test_it_tells_the_account_its_capabilities_and_limits(endpoint):
    result = await call(endpoint)
    assert result["structuredContent"] == {
        "accountId": "u1",
        "name": "Alice",
        "username": "alice@example.com",
        "isReadOnly": False,
        "otherMailAccounts": [{"accountId": "u2", "name": "Team", "isReadOnly": True}],
        "capabilities": ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"],
        "limits": {"maxCallsInRequest": 50, "maxObjectsInGet": 4096},
    }


async def test_the_text_says_the_same(endpoint):
    result = await call(endpoint)
    (block,) = result["content"]
    for word in (
        "Alice",
        "alice@example.com",
        "accountId u1",
        "jmap:mail",
        "maxObjectsInGet 4096",
        "Team [accountId u2] read-only",
    ):
        assert word in block["text"]


async def test_it_asks_the_provider_once_and_tells_no_url(endpoint, access):
    result = await call(endpoint)
    assert access.asked == ["session"]
    assert "https://" not in json.dumps(result)


async def test_it_takes_no_arguments(endpoint, access):
    result = await call(endpoint, accountId="u2")
    assert not result["isError"]
    assert "`accountId`" in result["content"][1]["text"]
    assert access.asked == ["session"]


async def test_an_account_that_has_no_mail_is_not_told(endpoint):
    result = await call(endpoint)
    assert "u3" not in json.dumps(result)
    assert "Contacts" not in json.dumps(result)


@pytest.mark.row("MC-27")
async def test_names_that_others_chose_show_nothing_hidden_in_text_and_structure(endpoint, monkeypatch):
    team = replace(conftest.SHARED, name="Te\u202eam\U000e0041")
    session = replace(conftest.SESSION, accounts=(team, conftest.ACCOUNT))
    monkeypatch.setattr(conftest, "SESSION", session)
    result = await call(endpoint)
    assert result["structuredContent"]["otherMailAccounts"][0]["name"] == "Te\ufffdam\ufffd"
    assert "Te\ufffdam\ufffd [accountId u2]" in result["content"][0]["text"]
