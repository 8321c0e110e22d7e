"""The sandbox as one ASGI application: its routes, and what is put together behind them."""

import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import anyio
import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from mailconnect.sandbox import pages
from mailconnect.sandbox.control import Control
from mailconnect.sandbox.counters import Counters
from mailconnect.sandbox.endpoint import Endpoint
from mailconnect.sandbox.forward import Forward
from mailconnect.sandbox.jmap.api import Api, SessionResource
from mailconnect.sandbox.jmap.download import Download
from mailconnect.sandbox.jmap.errors import problem
from mailconnect.sandbox.jmap.session import LIMITS
from mailconnect.sandbox.mail.post_office import PostOffice
from mailconnect.sandbox.misbehaviour import RAW_SEND
from mailconnect.sandbox.oauth import bearer, metadata
from mailconnect.sandbox.oauth.authorization import Authorization
from mailconnect.sandbox.oauth.registration import Registration
from mailconnect.sandbox.oauth.token_endpoint import Revocation, TokenEndpoint, name_of, presented_refresh_token
from mailconnect.sandbox.provider import Provider
from mailconnect.sandbox.settings import Clock, Entropy, Settings, Sleep
from mailconnect.sandbox.state import State
from mailconnect.sandbox.switches import Switches


def now() -> int:
    return int(time.time())


class SandboxApp(Starlette):
    """Keeps the server's own send in the scope, so that an endpoint can close the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[RAW_SEND] = send
        await super().__call__(scope, receive, send)


def create_app(
    settings: Settings | None = None,
    *,
    switches: Switches | None = None,
    clock: Clock = now,
    entropy: Entropy = secrets.token_bytes,
    state: State | None = None,
    sleep: Sleep = anyio.sleep,
    http: httpx.AsyncClient | None = None,
    beside: Sequence[Route] = (),
) -> Starlette:
    """app.state.provider holds what the application was put together from: its switches, counters and state.

    http: the way to the real JMAP server, where settings name one. beside: routes of others on the same port.
    """
    settings = settings or Settings()
    switches = switches or Switches()
    provider = Provider(
        settings=settings,
        switches=switches,
        counters=Counters(),
        state=state or State(settings.data),
        clock=clock,
        entropy=entropy,
        sleep=sleep,
        post=PostOffice(clock, lambda: switches.keeps_submissions),
    )
    forward = None
    if settings.real_server is not None:
        http = http or httpx.AsyncClient(timeout=10, trust_env=False)
        forward = Forward(settings, settings.real_server, http, clock)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        if http is not None:
            await http.aclose()
        provider.state.close()

    own = [*_oauth(provider), *_jmap(provider, forward), *Control(provider).routes(), Route("/", _about)]
    routes = [*own, *beside]
    app = SandboxApp(routes=routes, lifespan=lifespan, exception_handlers={404: _elsewhere})
    app.router.redirect_slashes = False
    app.state.provider = provider
    return app


def _oauth(provider: Provider) -> list[Route]:
    async def authorization_server(_: Request) -> Response:
        return JSONResponse(metadata.authorization_server(provider.settings))

    async def protected_resource(_: Request) -> Response:
        return JSONResponse(metadata.protected_resource(provider.settings))

    def page_or_decision(request: Request, _: bytes) -> str:
        return "authorize.decision" if request.method == "POST" else "authorize.page"

    def grant_of(body: bytes) -> str | None:
        issued = provider.state.refresh_token(presented_refresh_token(body))
        return None if issued is None else issued.grant_id

    server = Endpoint(provider, "metadata", authorization_server)
    token = Endpoint(
        provider,
        "token",
        TokenEndpoint(provider).__call__,
        detail=lambda _, body: name_of(body),
        watched=lambda body: provider.counters.refreshing(grant_of(body)),
    )
    authorize = Endpoint(provider, "authorize", Authorization(provider), detail=page_or_decision)
    return [
        Route("/.well-known/oauth-authorization-server", server, methods=["GET"]),
        Route("/.well-known/openid-configuration", server, methods=["GET"]),
        Route(metadata.RESOURCE_PATH, Endpoint(provider, "resource", protected_resource), methods=["GET"]),
        Route("/oauth/authorize", authorize, methods=["GET", "POST"]),
        Route("/oauth/refresh", token, methods=["POST"]),
        Route("/oauth/revoke", Endpoint(provider, "revoke", Revocation(provider)), methods=["POST"]),
        Route("/oauth/register", Endpoint(provider, "register", Registration(provider)), methods=["POST"]),
    ]


def _jmap(provider: Provider, forward: Forward | None) -> list[Route]:
    def refused_token() -> Response:
        return bearer.unauthorized(provider.settings)

    session = Endpoint(
        provider, "session", SessionResource(provider, forward), refused=problem, unauthorized=refused_token
    )
    api = Endpoint(
        provider,
        "jmap",
        Api(provider, forward),
        detail=lambda _, body: "jmap.submission" if b'"EmailSubmission/set"' in body else "jmap",
        refused=problem,
        unauthorized=refused_token,
        max_body=LIMITS["maxSizeRequest"],
        too_large="limit",
    )

    download = Endpoint(provider, "download", Download(provider, forward), refused=problem, unauthorized=refused_token)

    async def well_known(_: Request) -> Response:
        return RedirectResponse(provider.settings.session_url, 302)

    return [
        Route("/.well-known/jmap", well_known, methods=["GET"]),
        Route("/jmap/session", session, methods=["GET"]),
        Route("/jmap/api/", api, methods=["POST"]),
        Route("/phl/jmap/api/", api, methods=["POST"]),
        Route("/jmap/download/{account}/{blob}/{name:path}", download, methods=["GET"]),
        Route("/phl/jmap/download/{account}/{blob}/{name:path}", download, methods=["GET"]),
    ]


async def _about(request: Request) -> Response:
    return pages.about(request.app.state.provider.settings.issuer)


async def _elsewhere(_: Request, __: Exception) -> Response:
    """Fastmail redirects a request for an unknown path; it does not say 404."""
    return RedirectResponse("/", 302)
