"""What people see: server-rendered pages without a script, and the headers that keep them so."""

import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from lib.endpoints import markdown
from lib.oauth.scopes import NOTICE_VERSION
from lib.settings import Settings

_HERE = Path(__file__).parent
STATIC = _HERE / "static"

# No form-action: it would also govern the redirects that follow a decision, to whatever provider and assistant.
PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Pages:
    """Every template gets `service` (the operator's name for it), `contact`, `issuer` and `notice_version`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {
            "service": settings.service_name,
            "contact": settings.contact,
            "issuer": settings.issuer,
            "notice_version": NOTICE_VERSION,
            "stylesheet": f"/static/style.css?v={_digest(STATIC / 'style.css')}",
        }
        self._environment.filters["markdown"] = markdown.inline

    def render(self, template: str, status: int = 200, **context: Any) -> Response:
        return HTMLResponse(self._environment.get_template(template).render(context), status, PAGE_HEADERS)

    def error(self, status: int, title: str, sentence: str, *, back: str | None = None, back_to: str = "") -> Response:
        """What happened and what to do. `back` is where the assistant may be told; the person decides whether to go."""
        return self.render("error.html", status, title=title, sentence=sentence, back=back, back_to=back_to)


def _digest(path: Path) -> str:
    """In the stylesheet's address, so that a page never wears the one that a browser kept from an older version."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
