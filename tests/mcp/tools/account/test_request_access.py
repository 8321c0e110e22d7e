import pytest

from mailconnect.mcp.errors import InsufficientScope
from mailconnect.oauth.scopes import SCOPES

pytestmark = pytest.mark.anyio


async def test_a_missing_scope_is_told_as_the_owner_would_read_it(tools):
    tools.granted = frozenset(SCOPES) - {"emails:read"}
    text = await tools.text("request_access")
    scope = SCOPES["emails:read"]
    assert f"- emails:read: {scope.title}. {scope.detail}" in text
    assert "contacts:read" not in text
    assert "https://mail.example.com/account" in text


@pytest.mark.parametrize("revision", ["2025-11-25"])
async def test_a_named_scope_is_asked_for_by_a_403_where_clients_know_it(tools, revision):
    tools.granted = frozenset({"session:read"})
    tools.revision = revision
    with pytest.raises(InsufficientScope) as raised:
        await tools.call("request_access", scope="emails:read")
    assert raised.value.required == {"emails:read"}


async def test_elsewhere_it_is_told_in_words(tools):
    tools.granted = frozenset({"session:read"})
    text = await tools.text("request_access", scope="emails:read")
    assert "emails:read" in text
    assert "contacts:read" not in text


async def test_a_scope_that_is_allowed_already_is_not_asked_for(tools):
    assert "is allowed already" in await tools.text("request_access", scope="emails:read")
    assert "Everything" in await tools.text("request_access")
