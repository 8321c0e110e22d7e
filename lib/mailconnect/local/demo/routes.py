"""`/try` beside the sandbox: a person sees what an assistant gets.

It is a client of the bridge without rights of its own: it registers, sends its person to the consent page, calls with
the token that it got, and gives the connection back, all over HTTP as any assistant does (RFC 7591, RFC 7636, RFC
7009). It is served where the sandbox is, and nowhere else.
"""

from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from mailconnect.clock import Entropy
from mailconnect.endpoints.http.cookies import Cookie
from mailconnect.endpoints.pages.stylesheet import STATIC
from mailconnect.local.demo.page import STYLE, DemoPage, headers
from mailconnect.local.demo.trial import Trial
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.assistant.errors import AssistantError, Denied
from mailconnect.settings import Settings

PATH = "/try"
_LARGEST = 65_536
"""Bytes of a form."""
_MAX = 50
"""Trials at once; the oldest is forgotten, and its connection stays on its owner's account page."""
_COOKIE_SECONDS = 86_400

Act = Callable[[Trial, dict[str, str]], Awaitable[None]]


def over_http() -> httpx.AsyncClient:
    """Keeps no connection and no cookie; nothing but this machine is asked."""
    return httpx.AsyncClient(trust_env=False, timeout=30, limits=httpx.Limits(max_keepalive_connections=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """`origin` is where these pages are, as in "http://127.0.0.1:8788"."""

    settings: Settings
    origin: str
    entropy: Entropy
    http: Callable[[], httpx.AsyncClient] = over_http
    trials: "OrderedDict[bytes, Trial]" = field(default_factory=OrderedDict)
    cookie: Cookie = field(default_factory=lambda: Cookie("try", secure=False, lifetime=_COOKIE_SECONDS))

    def routes(self) -> list[Route]:
        page = DemoPage(self.settings)

        async def show(request: Request) -> Response:
            return page.response(self._trial(request))

        async def style(_: Request) -> Response:
            return Response(page.stylesheet, media_type="text/css", headers=headers(self.settings))

        async def icon(_: Request) -> Response:
            return Response((STATIC / "favicon.svg").read_bytes(), media_type="image/svg+xml")

        return [
            Route(PATH, self._here(show)),
            Route(STYLE, self._here(style)),
            Route(f"{PATH}/icon.svg", self._here(icon)),
            Route(f"{PATH}/begin", self._here(self._pressed(self._begin)), methods=["POST"]),
            Route(f"{PATH}/back", self._here(self._back)),
            Route(f"{PATH}/call", self._here(self._pressed(self._acting(_call))), methods=["POST"]),
            Route(f"{PATH}/end", self._here(self._pressed(self._acting(_end))), methods=["POST"]),
        ]

    async def _begin(self, request: Request, _: dict[str, str]) -> Response:
        """Registers, and sends the person to the bridge's consent page."""
        async with self._speaking() as http:
            trial = Trial(self._assistant(http))
            try:
                await trial.assistant.discover()
                await trial.assistant.register()
                address = trial.assistant.authorization_url()
            except (AssistantError, httpx.HTTPError) as error:
                trial.said, trial.reason, address = "failed", _reason(error), PATH
        value = self.cookie.read(request)
        if value is None or value not in self.trials:
            value = self.entropy(32)
        self.trials.pop(value, None)
        self.trials[value] = trial
        while len(self.trials) > _MAX:
            self.trials.popitem(last=False)
        response = RedirectResponse(address, 303, headers(self.settings))
        self.cookie.set(response, value)
        return response

    async def _back(self, request: Request) -> Response:
        """Where the authorization response arrives (RFC 6749 §4.1.2): the code leaves the address at once."""
        trial = self._trial(request)
        if trial is not None and not trial.connected:
            async with self._speaking(trial):
                try:
                    await trial.finish(str(request.url))
                except Denied:
                    trial.said = "denied"
                except (AssistantError, httpx.HTTPError) as error:
                    trial.said, trial.reason = "failed", _reason(error)
        return RedirectResponse(PATH, 303, headers(self.settings))

    def _acting(self, act: Act) -> Callable[[Request, dict[str, str]], Awaitable[Response]]:
        async def respond(request: Request, form: dict[str, str]) -> Response:
            trial = self._trial(request)
            if trial is not None and trial.connected:
                async with self._speaking(trial):
                    try:
                        await act(trial, form)
                    except (AssistantError, httpx.HTTPError) as error:
                        trial.said, trial.reason = "failed", _reason(error)
            return RedirectResponse(PATH, 303, headers(self.settings))

        return respond

    def _pressed(
        self, act: Callable[[Request, dict[str, str]], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """A form of our own page. Another site's has no cookie of ours (SameSite), and its browser says whose it is."""

        async def respond(request: Request) -> Response:
            if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
                return PlainTextResponse("This form is not from this page.\n", 403)
            length = request.headers.get("content-length", "")
            if not length.isdecimal() or int(length) > _LARGEST:
                return PlainTextResponse("This form is too large.\n", 413)
            body = (await request.body()).decode("utf-8", "replace")
            return await act(request, dict(parse_qsl(body, keep_blank_values=True)))

        return respond

    def _here(self, act: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """At our own host alone: no other name that leads to this machine reads a page (DNS rebinding)."""

        async def respond(request: Request) -> Response:
            if request.headers.get("host") != urlsplit(self.origin).netloc:
                return PlainTextResponse("This is not the address of these pages.\n", 421)
            return await act(request)

        return respond

    def _trial(self, request: Request) -> Trial | None:
        value = self.cookie.read(request)
        return None if value is None else self.trials.get(value)

    def _assistant(self, http: httpx.AsyncClient) -> Assistant:
        return Assistant(
            self.settings.resource,
            http,
            name="Play assistant",
            redirect_uri=f"{self.origin}{PATH}/back",
            entropy=self.entropy,
        )

    @asynccontextmanager
    async def _speaking(self, trial: Trial | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """A client of this moment: none is open between two presses."""
        async with self.http() as http:
            if trial is not None:
                trial.assistant.speak_over(http)
            yield http


async def _call(trial: Trial, form: dict[str, str]) -> None:
    await trial.call(form.get("tool", ""), form.get("arguments", ""))


async def _end(trial: Trial, _: dict[str, str]) -> None:
    await trial.give_back()


def _reason(error: Exception) -> str:
    return str(error) or "The bridge does not answer."
