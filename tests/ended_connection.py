"""Checks that a connection has ended, for its assistant and at the provider."""

import json

import pytest

from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.assistant.errors import ErrorStatus
from tests.bridge import Bridge


async def refused(assistant: Assistant) -> bool:
    with pytest.raises(ErrorStatus) as answer:
        await assistant.call_tool("list_mailboxes")
    assert (answer.value.status, "invalid_token" in answer.value.challenge) == (401, True)
    with pytest.raises(ErrorStatus) as answer:
        await assistant.refresh()
    assert json.loads(answer.value.body)["error"] == "invalid_grant"
    return True


def at_provider(bridge: Bridge) -> list[str | None]:
    """Of each grant why it ended there; None while it lives."""
    return [grant["ended_because"] for grant in bridge.sandbox.state.counted()["grants"]]
