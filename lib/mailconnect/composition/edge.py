"""The HTTP edge, with the clock and the randomness of this process for its log."""

import os
import time
from collections.abc import Sequence

from starlette.routing import Route
from starlette.types import ASGIApp

from mailconnect.endpoints.http import edge
from mailconnect.endpoints.http.errors import ErrorPageOf
from mailconnect.endpoints.http.request_log import Write, logged
from mailconnect.settings import Settings


def application(
    routes: Sequence[Route], settings: Settings, page_of: ErrorPageOf | None = None, write: Write = logged
) -> ASGIApp:
    return edge.application(
        routes,
        settings,
        now=time.time,
        timer=time.perf_counter,
        entropy=os.urandom,
        write=write,
        page_of=page_of,
    )
