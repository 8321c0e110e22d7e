"""The owner's choice of how a connection may send, made past the account page."""

from mailconnect.grants.sending import Choice, choose
from mailconnect.grants.tokens.token import TokenKind, parse
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.store.sqlite.grants import SqliteGrants
from tests.bridge import Bridge


async def choose_sending(bridge: Bridge, assistant: Assistant, choice: Choice) -> None:
    assert assistant.tokens is not None
    grants = SqliteGrants(bridge.database)
    grant = await grants.get(parse(assistant.tokens.access_token, TokenKind.ACCESS).grant_id)
    assert grant is not None
    update = choose(grant, choice, await bridge.keys.widening_key(grant.id))
    assert update is not None
    assert await grants.update(grant.id, update)
