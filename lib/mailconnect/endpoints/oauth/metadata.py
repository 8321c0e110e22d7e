"""`/.well-known/*`: the two metadata documents (RFC 8414 §3, RFC 9728 §3)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailconnect.endpoints.http.responses import CORS, json_response, preflight
from mailconnect.oauth.metadata import (
    AUTHORIZATION_SERVER_PATH,
    PROTECTED_RESOURCE_PATH,
    authorization_server_metadata,
    protected_resource_metadata,
)
from mailconnect.settings import Settings
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.switchboard import Switchboard
from mailconnect.store.switches import Switch

_HEADERS = CORS | {"Cache-Control": "public, max-age=300"}


_OFF_WITH = {
    Switch.NO_REGISTRATIONS: "registration_endpoint",
    Switch.NO_METADATA_DOCUMENTS: "client_id_metadata_document_supported",
}
"""The member that is left out while a switch is on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataEndpoint:
    settings: Settings
    switches: Switchboard

    def routes(self) -> list[Route]:
        settings = self.settings
        resource = protected_resource_metadata(settings.issuer, settings.resource, settings.service_name)
        server = authorization_server_metadata(settings.issuer, client_documents=settings.client_documents)

        async def resource_metadata() -> dict[str, Any]:
            return resource

        async def server_metadata() -> dict[str, Any]:
            off = await self._off()
            return {member: value for member, value in server.items() if member not in off}

        documents = {
            AUTHORIZATION_SERVER_PATH: server_metadata,
            PROTECTED_RESOURCE_PATH: resource_metadata,
            f"{PROTECTED_RESOURCE_PATH}/mcp": resource_metadata,
        }
        return [Route(path, _endpoint(document), methods=["GET", "OPTIONS"]) for path, document in documents.items()]

    async def _off(self) -> frozenset[str]:
        """The members that are switched off. While the switches cannot be read, the endpoint itself refuses."""
        try:
            return frozenset([member for switch, member in _OFF_WITH.items() if await self.switches.is_on(switch)])
        except StoreUnavailable:
            return frozenset()


def _endpoint(document: Callable[[], Awaitable[dict[str, Any]]]) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        return preflight("GET") if request.method == "OPTIONS" else json_response(await document(), headers=_HEADERS)

    return respond
