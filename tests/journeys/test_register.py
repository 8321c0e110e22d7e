"""An unknown assistant registers."""

from html import unescape

import pytest

from mailconnect.sandbox.assistant.errors import ErrorStatus
from mailconnect.sandbox.browser import PageError
from tests.bridge import ISSUER, Bridge
from tests.journeys.assistants import ASSISTANTS, Assistant, called

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("known", ASSISTANTS, ids=lambda known: known.name)
async def test_every_assistant_registers_as_it_is_and_can_ask_for_each_of_its_addresses(
    bridge: Bridge, known: Assistant
) -> None:
    answer = await bridge.http.post(f"{ISSUER}/register", json=known.document)
    assert answer.status_code == 201, answer.text
    for redirect_uri in known.redirect_uris:
        assistant = bridge.assistant(client_id=answer.json()["client_id"], redirect_uri=redirect_uri)
        await assistant.discover()
        page = await bridge.person().browser.open(assistant.authorization_url())
        assert page.status == 200
        assert called(known, redirect_uri) in unescape(page.text)


async def test_an_assistant_that_lost_our_answer_registers_again_and_the_orphan_goes(bridge: Bridge) -> None:
    lost, kept = bridge.assistant(), await bridge.connected()
    await lost.discover()
    await lost.register()
    assert lost.client_id != kept.client_id
    bridge.clock.now += 30 * 86_400
    await bridge.sweep.run()
    assert await bridge.adapters.stores.clients.get(lost.client_id, bridge.clock()) is None
    assert await bridge.adapters.stores.clients.get(kept.client_id, bridge.clock()) is not None
    with pytest.raises(PageError) as refused:
        await bridge.person().authorize(lost.authorization_url(), lost.redirect_uri)
    assert refused.value.page.status == 400
    assert await kept.refresh()


async def test_an_assistant_whose_registration_is_gone_is_told_to_register_again(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    await bridge.database.write("DELETE FROM clients", ())
    with pytest.raises(ErrorStatus) as refused:
        await assistant.refresh()
    assert refused.value.status == 401
    assert "invalid_client" in refused.value.body
    assistant.client_id = ""
    await assistant.connect(bridge.person())
    assert not (await assistant.call_tool("list_mailboxes"))["isError"]
