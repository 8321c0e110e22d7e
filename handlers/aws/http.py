"""An entry point's application behind the gateway: it refuses other events, and responds to every failure."""

import asyncio
import logging
import os
from typing import Any, cast
from urllib.parse import urlsplit

from mangum import Mangum
from mangum.types import ASGI, LambdaContext, LambdaHandler
from starlette.types import ASGIApp

from handlers.aws.event import HttpApi, NotOurEvent
from handlers.aws.exchange import Exchange
from handlers.aws.front import Front
from handlers.aws.function import Function, InvocationContext, LambdaInvocation
from handlers.aws.settings import named
from mailconnect import log
from mailconnect.settings import Settings


def our_api(settings: Settings) -> HttpApi:
    return HttpApi(named("API_ID"), urlsplit(settings.issuer).hostname or "")


def our_front() -> Front:
    return Front(os.environ.get("FRONT_KEY_HASH", ""))


def http_function(
    app: ASGIApp,
    api: HttpApi,
    invocation: LambdaInvocation,
    front: Front = Front(),  # noqa: B008
) -> Function:
    asyncio.set_event_loop(invocation.loop)
    logging.getLogger("mangum").setLevel(logging.CRITICAL + 1)  # it logs what an application raises, words included
    mangum = Mangum(cast("ASGI", app), lifespan="off", custom_handlers=[cast("type[LambdaHandler]", Exchange)])

    def handler(event: Any, context: InvocationContext) -> dict[str, Any]:
        invocation.begin(context)
        try:
            return mangum(front.seen_through(api.check(event)), cast("LambdaContext", context))
        except NotOurEvent as refused:
            log.record("event_refused", reason=refused.reason)
            return _plain(403, "This is not a request of our own.\n")
        except Exception as error:  # noqa: BLE001 - a stack is for nobody who may invoke this
            return _plain(500, f"This went wrong: {log.fault(error)}\n")

    return handler


def _plain(status: int, sentence: str) -> dict[str, Any]:
    headers = {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": sentence, "isBase64Encoded": False}
