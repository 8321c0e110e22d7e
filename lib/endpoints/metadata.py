"""`/.well-known/*`: the two metadata documents (RFC 8414 §3, RFC 9728 §3)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lib.endpoints.answers import CORS, json_answer, preflight
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

    async def document(request: Request) -> Response:
        if request.method == "OPTIONS":
            return preflight("GET")
        return json_answer(documents[request.url.path], headers=_HEADERS)

    return [Route(path, document, methods=["GET", "OPTIONS"]) for path in documents]
