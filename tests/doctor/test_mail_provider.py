"""The doctor says what is wrong with a provider's metadata, and which setting helps."""

import dataclasses
from typing import Any

import httpx
import pytest

from mailconnect.doctor.mail_provider import mail_provider
from mailconnect.outbound.httpx_transport import OverHttpx
from tests.bridge import TurnedClock
from tests.provider.test_discovery import (
    ISSUER,
    PROVIDER,
    RESOURCE,
    RESOURCE_METADATA,
    SERVER,
    SERVER_METADATA,
    Web,
    discovering,
)

pytestmark = pytest.mark.anyio


async def line(web: Web, **changed: Any) -> str:
    provider = dataclasses.replace(PROVIDER, **changed)
    return (await mail_provider(discovering(OverHttpx(httpx.MockTransport(web)), TurnedClock(), provider))).line


async def test_a_provider_that_can_be_signed_in_at_is_good() -> None:
    assert await line(Web()) == f"ok    mail provider people sign in at {ISSUER}."


@pytest.mark.parametrize(
    ("page", "document", "told", "helps"),
    [
        (
            SERVER_METADATA,
            SERVER | {"token_endpoint": "https://tokens.example.net/token"},
            "tokens.example.net",
            "MAILCONNECT_PROVIDER_HOSTS",
        ),
        (SERVER_METADATA, SERVER | {"code_challenge_methods_supported": None}, "PKCE", "MAILCONNECT_PROVIDER_PKCE"),
        (SERVER_METADATA, SERVER | {"issuer": "https://login.example.com"}, "name", "MAILCONNECT_PROVIDER_ISSUER"),
        (RESOURCE_METADATA, RESOURCE | {"resource": "https://x.example"}, "resource", "MAILCONNECT_PROVIDER_ISSUER"),
        (RESOURCE_METADATA, RESOURCE | {"authorization_servers": []}, "no sign-in", "MAILCONNECT_PROVIDER_ISSUER"),
    ],
)
async def test_each_lasting_fault_is_explained_with_the_setting_that_helps(
    page: str, document: Any, told: str, helps: str
) -> None:
    web = Web()
    web.pages[page] = httpx.Response(200, json=document)
    said = await line(web)
    assert said.startswith("FAIL")
    assert told in said
    assert helps in said


async def test_an_operator_who_knows_of_pkce_gets_by() -> None:
    web = Web()
    web.pages[SERVER_METADATA] = httpx.Response(200, json=SERVER | {"code_challenge_methods_supported": None})
    assert (await line(web, assumes_pkce=True)).startswith("ok")


async def test_metadata_that_cannot_be_read_are_told_of() -> None:
    web = Web()
    del web.pages[SERVER_METADATA]
    assert "FAIL" in await line(web)
