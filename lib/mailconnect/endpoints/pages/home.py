"""The pages that anybody may read, and what they are dressed in: home, how to connect, privacy, security.

They are the same for everybody and hold no secret, so they may be compressed (unlike a page with a consent token).
"""

import gzip
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
"""What is shipped has it inside the package; in a checkout it stands at the root."""

_DAY = 86_400
_KEPT = {"Cache-Control": f"public, max-age={_DAY}"}
_KEPT_FOR_EVER = {"Cache-Control": f"public, max-age={365 * _DAY}, immutable"}
"""For an address that changes with its content."""

# The rest is a door for machines, or a question to one person.
_ROBOTS = "User-agent: *\nDisallow: /\nAllow: /$\nAllow: /connect\nAllow: /privacy\nAllow: /security\nAllow: /static/\n"


def routes(pages: Pages) -> list[Route]:
    """Raises OSError where PRIVACY.md is not: without its promise this service does not start."""
    notice = markdown.document(PRIVACY_NOTICE.read_text("utf-8"))
    settings = pages.settings
    lifetimes = {
        "access_lifetime": settings.access_lifetime,
        "idle_days": settings.refresh_idle // _DAY,
        "grant_days": settings.grant_lifetime // _DAY,
    }

    def page(path: str, template: str, **context: object) -> Route:
        async def endpoint(request: Request) -> Response:
            text = pages.text(template, here=path, **lifetimes, **context)
            return _answer(request, text.encode(), "text/html", PAGE_HEADERS)

        return Route(path, endpoint)

    return [
        page("/", "home.html", assistants=ASSISTANTS),
        page("/connect", "connect.html", assistants=ASSISTANTS),
        page("/privacy", "privacy.html", notice=notice, hosting=settings.hosting),
        page("/security", "security.html"),
        _file("/connect.md", connect_document(settings).encode(), "text/markdown", _KEPT),
        _file("/static/style.css", pages.stylesheet, "text/css", _KEPT_FOR_EVER),
        _file("/favicon.svg", (STATIC / "favicon.svg").read_bytes(), "image/svg+xml", _KEPT),
        _file(security_txt.PATH, security_txt.security_txt(settings, RELEASED).encode(), "text/plain", _KEPT),
        _file("/robots.txt", _ROBOTS.encode(), "text/plain", _KEPT),
    ]


def _file(path: str, content: bytes, media_type: str, headers: dict[str, str]) -> Route:
    async def file(request: Request) -> Response:
        return _answer(request, content, media_type, headers)

    return Route(path, file)


def _answer(request: Request, content: bytes, media_type: str, headers: dict[str, str]) -> Response:
    headers = headers | {"Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        content, headers = gzip.compress(content, mtime=0), headers | {"Content-Encoding": "gzip"}
    return Response(content, headers=headers, media_type=media_type)
