"""A page for a person, at our own name alone, and in words also where something is missing for the moment."""

from starlette.requests import Request
from starlette.responses import Response

from lib import audit
from lib.endpoints.edge import RETRY_AFTER
from lib.endpoints.host import Endpoint, at_canonical_host
from lib.endpoints.pages import Pages
from lib.keys.port import KeyUnavailable
from lib.store.errors import StoreUnavailable


def for_people(pages: Pages, endpoint: Endpoint) -> Endpoint:
    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except (StoreUnavailable, KeyUnavailable) as error:
            audit.record("unavailable", what=type(error).__name__)
            answer = pages.error(
                503, "This cannot be done just now", "Something on our side does not answer. Try again in a minute."
            )
            answer.headers["Retry-After"] = str(RETRY_AFTER)
            return answer

    return at_canonical_host(pages.settings, answered)
