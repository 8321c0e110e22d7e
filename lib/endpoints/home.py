"""The pages that anybody may read, and what they are dressed in: home, how to connect, the privacy notice."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lib.endpoints import markdown
from lib.endpoints.assistants import ASSISTANTS
from lib.endpoints.pages import STATIC, Pages

PRIVACY_NOTICE = Path(__file__).parents[2] / "PRIVACY.md"

_DAY = 86_400
_CACHED = {"Cache-Control": f"public, max-age={_DAY}"}
# The rest is a door for machines, or a question to one person.
_ROBOTS = "User-agent: *\nDisallow: /\nAllow: /$\nAllow: /connect\nAllow: /privacy\nAllow: /static/\n"


def routes(pages: Pages) -> list[Route]:
    """Raises OSError where PRIVACY.md is not: without its promise this service does not start."""
    notice = markdown.document(PRIVACY_NOTICE.read_text("utf-8"))
    settings = pages.settings

    async def home(_: Request) -> Response:
        return pages.render("home.html")

    async def connect(_: Request) -> Response:
        return pages.render(
            "connect.html", assistants=ASSISTANTS, resource=settings.resource, on_this_machine=not settings.secure
        )

    async def privacy(_: Request) -> Response:
        return pages.render(
            "privacy.html",
            notice=notice,
            access_lifetime=settings.access_lifetime,
            idle_days=settings.refresh_idle // _DAY,
            grant_days=settings.grant_lifetime // _DAY,
        )

    return [
        Route("/", home),
        Route("/connect", connect),
        Route("/privacy", privacy),
        _file("/static/style.css", (STATIC / "style.css").read_bytes(), "text/css"),
        _file("/favicon.svg", (STATIC / "favicon.svg").read_bytes(), "image/svg+xml"),
        _file("/robots.txt", _ROBOTS.encode(), "text/plain"),
    ]


def _file(path: str, content: bytes, media_type: str) -> Route:
    async def file(_: Request) -> Response:
        return Response(content, headers=_CACHED, media_type=media_type)

    return Route(path, file)
