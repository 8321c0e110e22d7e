"""`/.well-known/*`: the two metadata documents (RFC 8414 §3, RFC 9728 §3)."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lib.endpoints.answers import CORS, json_answer, preflight
from lib.endpoints.host import Endpoint
from lib.oauth.metadata import (
    AUTHORIZATION_SERVER_PATH,
    PROTECTED_RESOURCE_PATH,
    authorization_server_metadata,
    protected_resource_metadata,
)
from lib.settings import Settings

_HEADERS = CORS | {"Cache-Control": "public, max-age=300"}


def routes(settings: Settings) -> list[Route]:
    resource = protected_resource_metadata(settings.issuer, settings.resource, settings.service_name)
    documents = {
        AUTHORIZATION_SERVER_PATH: authorization_server_metadata(settings.issuer),
        PROTECTED_RESOURCE_PATH: resource,
        f"{PROTECTED_RESOURCE_PATH}/mcp": resource,
    }

    return [Route(path, _endpoint(document), methods=["GET", "OPTIONS"]) for path, document in documents.items()]


def _endpoint(document: dict[str, Any]) -> Endpoint:
    async def answer(request: Request) -> Response:
        return preflight("GET") if request.method == "OPTIONS" else json_answer(document, headers=_HEADERS)

    return answer
