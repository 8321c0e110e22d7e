"""The output of `make run`: a whole connection, made over HTTP by an assistant and an owner, and what to do next. It
ends with a reply that waits for its owner's word.
"""

import sys
from datetime import UTC, datetime

import httpx

from mailconnect.doctor.web_server import not_trusted
from mailconnect.endpoints.pages.assistants import ASSISTANTS
from mailconnect.local.first_reading import first_reading
from mailconnect.local.first_writing import first_writing, link_in
from mailconnect.provider.provider import Provider
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.assistant.errors import AssistantError
from mailconnect.sandbox.browser import PageError
from mailconnect.sandbox.person import Person
from mailconnect.settings import Settings


async def first_run(settings: Settings, provider: Provider) -> None:
    """Prints what an assistant reads in the mail of the sandbox's alice, how to add the bridge to others, `ready`."""
    if settings.provider == "sandbox":
        _say(f"mailconnect {settings.issuer}   sandbox mailbox {provider.id} (alice or bob, password secret)\n")
        try:
            await _journey(settings)
        except (AssistantError, PageError, httpx.HTTPError) as error:
            _say(f"The journey through a connection failed: {error}")
    for assistant in ASSISTANTS:
        if assistant.on_the_terminal:
            _say(f"{assistant.name}: {assistant.terminal(settings.resource)}")
    left = not_trusted(settings)
    if left is not None:
        _say(f"\nWARNING: {left.wrong}. To do: {left.remedy}.")
    _say(f"\nready {settings.resource}")


async def _journey(settings: Settings) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        assistant = Assistant(settings.resource, http, name="The first run")
        await assistant.connect(Person("alice", "secret", http))
        await assistant.initialize()
        _say("An assistant registered, alice consented and signed in, and it read her mail:\n")
        async for response in first_reading(assistant, datetime.now(UTC).date()):
            _say(f"{response}\n")
        link = ""
        async for response in first_writing(assistant):
            link = link_in(response)
            _say(f"{response}\n")
        if link:
            _say(f"Only alice can send it. Open this, sign in as alice, and press Send or not:\n\n    {link}\n")
            _say(f"The connection stays until alice ends it: {settings.issuer}/account\n")
            return
        await assistant.revoke()
    _say("It has given its connection back.\n")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
