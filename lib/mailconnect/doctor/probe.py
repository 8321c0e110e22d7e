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
        answer = await self.ask("GET", path)
        expect(answer, 200)
        try:
            document = answer.json()
        except ValueError:
            document = None
        if not isinstance(document, dict) or media_type(answer) != "application/json":
            raise CheckFailed(f"{path} is no JSON document", "see what answers in this address's place")
        return document


def media_type(answer: httpx.Response) -> str:
    named: str = answer.headers.get("content-type", "")
    return named.partition(";")[0].strip().lower()


def expect(answer: httpx.Response, status: int) -> None:
    if answer.status_code != status:
        asked = f"{answer.request.method} {answer.request.url.path}"
        raise CheckFailed(
            f"{asked} answered {answer.status_code} in place of {status}",
            "see the functions' logs, and whether something else answers in this address's place",
        )


def expect_header(answer: httpx.Response, name: str, *parts: str) -> None:
    value = answer.headers.get(name, "")
    for part in parts:
        if part.lower() not in value.lower():
            raise CheckFailed(
                f"{answer.request.url.path} has {name}: {value or 'nothing'}, without {part}",
                "let whatever stands in front pass headers on as they are",
            )
