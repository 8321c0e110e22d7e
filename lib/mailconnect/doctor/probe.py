"""Requests to a deployment as a client makes them, and what they have returned so far."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from mailconnect.clock import Clock
from mailconnect.doctor.finding import CheckFailed, NoResponse


@dataclass(slots=True)
class Probe:
    """`issuer` is the address without a closing slash."""

    issuer: str
    http: httpx.AsyncClient
    clock: Clock
    server: dict[str, Any] = field(default_factory=dict)
    """The authorization server's metadata, once its check is through."""
    client: dict[str, Any] = field(default_factory=dict)
    """The response to the registration, while it lasts."""

    @property
    def host(self) -> str:
        return urlsplit(self.issuer).hostname or ""

    @property
    def secure(self) -> bool:
        return self.issuer.startswith("https://")

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        url = path if "://" in path else f"{self.issuer}{path}"
        try:
            return await self.http.request(method, url, **options)
        except httpx.HTTPError as error:
            raise NoResponse(
                f"{method} {path} brought no answer ({type(error).__name__})",
                "see whether the address is right, its DNS record leads there and its certificate is good",
            ) from None

    async def document(self, path: str) -> dict[str, Any]:
        response = await self.ask("GET", path)
        expect(response, 200)
        try:
            document = response.json()
        except ValueError:
            document = None
        if not isinstance(document, dict) or media_type(response) != "application/json":
            raise CheckFailed(f"{path} is no JSON document", "see what answers in this address's place")
        return document


def media_type(response: httpx.Response) -> str:
    named: str = response.headers.get("content-type", "")
    return named.partition(";")[0].strip().lower()


def expect(response: httpx.Response, status: int) -> None:
    if response.status_code != status:
        asked = f"{response.request.method} {response.request.url.path}"
        raise CheckFailed(
            f"{asked} answered {response.status_code} in place of {status}",
            "see the functions' logs, and whether something else answers in this address's place",
        )


def expect_header(response: httpx.Response, name: str, *parts: str) -> None:
    value = response.headers.get(name, "")
    for part in parts:
        if part.lower() not in value.lower():
            raise CheckFailed(
                f"{response.request.url.path} has {name}: {value or 'nothing'}, without {part}",
                "let whatever stands in front pass headers on as they are",
            )
