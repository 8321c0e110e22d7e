"""What people see: server-rendered pages without a script, and the headers that keep them so."""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from mailconnect import log
from mailconnect.clock import Entropy
from mailconnect.endpoints.http.errors import HttpError
from mailconnect.endpoints.pages import markdown
from mailconnect.endpoints.pages.references import reference_of
from mailconnect.endpoints.pages.stylesheet import stylesheet
from mailconnect.oauth.scopes import NOTICE_VERSION
from mailconnect.settings import Settings

OPENER_POLICY = "Cross-Origin-Opener-Policy"

# No form-action: it would also govern the redirects that follow a decision, to whatever provider and assistant.
PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; font-src data:; img-src 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    OPENER_POLICY: "same-origin",
}


class Pages:
    """Every template gets `service` (the operator's name for it), `contact`, `issuer`, `resource`, `notice_version`."""

    def __init__(self, settings: Settings, entropy: Entropy = os.urandom) -> None:
        self.settings = settings
        self.stylesheet = stylesheet(settings.accent)
        self._entropy = entropy
        self._refusals: dict[HttpError, str] = {}
        self._environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {
            "service": settings.service_name,
            "contact": settings.contact,
            "issuer": settings.issuer,
            "resource": settings.resource,
            "on_this_machine": not settings.secure,
            "notice_version": NOTICE_VERSION,
            # A page never wears the stylesheet that a browser kept from an older version.
            "stylesheet": f"/static/style.css?v={hashlib.sha256(self.stylesheet).hexdigest()[:12]}",
        }
        self._environment.filters["markdown"] = markdown.inline
        self._environment.filters["machine_time"] = lambda seconds: f"{_utc(seconds):%Y-%m-%dT%H:%M:%SZ}"
        self._environment.filters["spoken_day"] = lambda seconds: f"{_utc(seconds):%-d %B %Y}"
        self._environment.filters["spoken_time"] = lambda seconds: f"{_utc(seconds):%-d %B %Y, %H:%M} UTC"

    def render(self, template: str, status: int = 200, **context: Any) -> Response:
        return HTMLResponse(self.text(template, **context), status, PAGE_HEADERS)

    def text(self, template: str, **context: Any) -> str:
        return self._environment.get_template(template).render(context)

    def error(
        self,
        status: int,
        title: str,
        sentence: str,
        *,
        back: str | None = None,
        back_to: str = "",
        reference: str | None = None,
        kind: str = "",
    ) -> Response:
        """What happened and what to do, with a reference that the audit trail has too.

        `back` is where the assistant may be told; the person decides whether to go. `reference` is one that the log
        has already. `kind` tells pages of one title apart for `mailconnect explain`.
        """
        if reference is None:
            reference = reference_of(title, kind, self._entropy)
            log.record("page_refused", status=status, page=title, reference=reference)
        words = {"title": title, "sentence": sentence, "reference": reference}
        return self.render("error.html", status, back=back, back_to=back_to, home=False, **words)

    def refusal(self, refusal: HttpError) -> Response:
        """The same for everybody, and so made once."""
        if refusal not in self._refusals:
            words = {"title": refusal.title, "sentence": refusal.sentence, "home": True}
            self._refusals[refusal] = self.text("error.html", back=None, reference=None, **words)
        return HTMLResponse(self._refusals[refusal], refusal.status, PAGE_HEADERS)


def _utc(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
