"""Wraps the endpoint of a page: each failure becomes an error page."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from mailconnect import log
from mailconnect.endpoints.http.edge import RETRY_AFTER, BodyTooLarge, BodyTooSlow
from mailconnect.endpoints.http.policy import policy_of
from mailconnect.endpoints.http.reader import keep_choice, reader_of, reading
from mailconnect.endpoints.pages.rendering import OPENER_POLICY, Pages
from mailconnect.keys.port import KeyUnavailable
from mailconnect.languages.words import marked
from mailconnect.oauth.errors import TemporarilyUnavailable
from mailconnect.store.errors import StoreUnavailable

Endpoint = Callable[[Request], Awaitable[Response]]


def page_endpoint(pages: Pages, endpoint: Endpoint) -> Endpoint:
    async def respond(request: Request) -> Response:
        with reading(reader_of(request.scope)):
            response = await page_or_error(request)
            keep_choice(response, secure=pages.settings.secure)
        if policy_of(request.scope["path"]).popup:
            # With this header the page that opened the window could not reach it any more.
            del response.headers[OPENER_POLICY]
        return response

    async def page_or_error(request: Request) -> Response:
        try:
            return await endpoint(request)
        except TemporarilyUnavailable as busy:
            sentence = marked("There were too many requests. Nothing was done. Try again later.")
            response = pages.error(busy.status, marked("Too much at once"), sentence)
            response.headers["Retry-After"] = str(busy.retry_after)
            return response
        except (BodyTooLarge, BodyTooSlow):
            raise  # no page of ours sends such a body
        except (StoreUnavailable, KeyUnavailable) as error:
            log.record("unavailable", what=type(error).__name__)
            response = pages.error(
                503,
                marked("This cannot be done just now"),
                marked("Something on our side does not answer. Try again in a minute."),
                stamp="",
            )
            response.headers["Retry-After"] = str(RETRY_AFTER)
            return response
        except Exception as error:  # noqa: BLE001 - as the edge does, as a page
            sentence = marked("Something went wrong on our side. Start again from your assistant, or try again later.")
            return pages.error(500, marked("This did not work"), sentence, reference=log.fault(error), stamp="")

    return respond
