"""The public pages (home, how to connect, privacy, security) and the files that they load.

They are the same for everybody and hold no secret, so they may be compressed (unlike a page with a consent token).
"""

import gzip
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailconnect.endpoints.pages import markdown, security_txt
from mailconnect.endpoints.pages.assistants import ASSISTANTS
from mailconnect.endpoints.pages.connect_document import connect_document
from mailconnect.endpoints.pages.rendering import PAGE_HEADERS, Pages
from mailconnect.endpoints.pages.stylesheet import STATIC
from mailconnect.version import RELEASED

_PACKAGE = Path(__file__).parents[2]
PRIVACY_NOTICE = next(
    (path for path in (_PACKAGE / "PRIVACY.md", _PACKAGE.parents[1] / "PRIVACY.md") if path.is_file()),
    _PACKAGE / "PRIVACY.md",
)
"""In the package that is shipped; in a checkout, at its root."""

_DAY = 86_400
_A_DAY = {"Cache-Control": f"public, max-age={_DAY}"}
_FOR_EVER = {"Cache-Control": f"public, max-age={365 * _DAY}, immutable"}
"""For an address that changes with its content."""

# Everything else is for programs, or for one owner.
_ROBOTS = "User-agent: *\nDisallow: /\nAllow: /$\nAllow: /connect\nAllow: /privacy\nAllow: /security\nAllow: /static/\n"


@dataclass(frozen=True, slots=True)
class Home:
    pages: Pages

    def routes(self) -> list[Route]:
        """Raises OSError where PRIVACY.md is missing: without its promise this service does not start."""
        notice = markdown.document(PRIVACY_NOTICE.read_text("utf-8"))
        settings = self.pages.settings
        security = security_txt.security_txt(settings, RELEASED)
        return [
            self._page("/", "home.html", assistants=ASSISTANTS),
            self._page("/connect", "connect.html", assistants=ASSISTANTS),
            self._page("/privacy", "privacy.html", notice=notice, hosting=settings.hosting),
            self._page("/security", "security.html"),
            _file("/connect.md", connect_document(settings).encode(), "text/markdown", _A_DAY),
            Route("/static/style.css", self._stylesheet),
            _file("/favicon.svg", (STATIC / "favicon.svg").read_bytes(), "image/svg+xml", _A_DAY),
            _file(security_txt.PATH, security.encode(), "text/plain", _A_DAY),
            _file("/robots.txt", _ROBOTS.encode(), "text/plain", _A_DAY),
        ]

    async def _stylesheet(self, request: Request) -> Response:
        return _response(request, self.pages.stylesheet(request.query_params.get("v", "")), "text/css", _FOR_EVER)

    def _page(self, path: str, template: str, **context: object) -> Route:
        settings = self.pages.settings
        lifetimes = {
            "access_lifetime": settings.access_lifetime,
            "idle_days": settings.refresh_idle // _DAY,
            "grant_days": settings.grant_lifetime // _DAY,
        }

        async def page(request: Request) -> Response:
            text = self.pages.text(template, here=path, **lifetimes, **context)
            return _response(request, text.encode(), "text/html", PAGE_HEADERS)

        return Route(path, page)


def _file(path: str, content: bytes, media_type: str, headers: dict[str, str]) -> Route:
    async def file(request: Request) -> Response:
        return _response(request, content, media_type, headers)

    return Route(path, file)


def _response(request: Request, content: bytes, media_type: str, headers: dict[str, str]) -> Response:
    headers = headers | {"Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        content, headers = gzip.compress(content, mtime=0), headers | {"Content-Encoding": "gzip"}
    return Response(content, headers=headers, media_type=media_type)
