"""Renders the pages: on the server, without a script, with the headers that forbid one."""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

from mailconnect import log
from mailconnect.clock import Entropy
from mailconnect.endpoints.approvals.browser_name import as_said
from mailconnect.endpoints.http.errors import HttpError
from mailconnect.endpoints.http.reader import reader
from mailconnect.endpoints.pages import markdown, spans
from mailconnect.endpoints.pages.references import reference_of
from mailconnect.endpoints.pages.stylesheet import stylesheet
from mailconnect.languages import dates, numbers
from mailconnect.languages.language import ENGLISH
from mailconnect.languages.words import (
    Name,
    Sentence,
    marked,
    said,
    speaking,
    spoken,
    translated,
    translated_for,
    translated_of,
)
from mailconnect.oauth.scopes import NOTICE_VERSION
from mailconnect.settings import Settings
from mailconnect.version import VERSION

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

SHOWN_FROM_THE_TOP = {"Document-Policy": "force-load-at-top"}
"""No fragment of the address scrolls the page when it loads: for a page whose beginning must be seen, and that no link
of ours leads into (URL Fragment Text Directives §3.6).
"""


TRANSLATED = frozenset(
    {
        "account.html",
        "account_again.html",
        "account_delete.html",
        "account_export.html",
        "account_receipt.html",
        "account_sign_in.html",
        "answered.html",
        "approve.html",
        "approve_said.html",
        "consent.html",
        "error.html",
    }
)
"""Templates that are whole in every language. tests/languages checks it."""

Ways = tuple[tuple[str, str], ...]
"""Links: addresses and labels."""

WAYS_ON: Ways = (("/account", marked("See what is connected")), ("/", marked("Home page")))

NOTHING_DONE = marked("Nothing was done")


class Pages:
    """Every template gets `service` (the operator's name for it), `contact`, `issuer`, `resource`, `notice_version`."""

    def __init__(self, settings: Settings, entropy: Entropy = os.urandom) -> None:
        self.settings = settings
        self._faces = {face: stylesheet(settings.accent, face=face) for face in (True, False)}
        self._versions = {face: hashlib.sha256(sheet).hexdigest()[:12] for face, sheet in self._faces.items()}
        self._entropy = entropy
        self._error_pages: dict[tuple[HttpError, str], str] = {}
        self._environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        self._environment.install_gettext_callables(  # type: ignore[attr-defined]  # the extension's
            translated, translated_for, newstyle=True, pgettext=translated_of
        )
        self._environment.globals |= {
            "service": settings.service_name,
            "contact": settings.contact,
            "operator": settings.operator_name,
            "source": settings.source_url,
            "version": VERSION,
            "poke_recipe": settings.poke_recipe,
            "play_mailbox": settings.provider == "sandbox",
            # The demo is served beside the sandbox mailbox, on this machine alone.
            "demo": f"http://127.0.0.1:{settings.sandbox_port}/try",
            "issuer": settings.issuer,
            "resource": settings.resource,
            "on_this_machine": not settings.secure,
            "notice_version": NOTICE_VERSION,
        }
        self._environment.filters["said"] = pass_context(lambda _, text: said(text))
        self._environment.filters["said_with_names"] = pass_context(lambda _, text: _with_names(text))
        self._environment.filters["within"] = pass_context(lambda _, text: _within(text))
        self._environment.filters["browser_said"] = pass_context(lambda _, name: said(as_said(name)))
        self._environment.filters["markdown"] = markdown.inline
        self._environment.filters["machine_time"] = lambda seconds: f"{_utc(seconds):%Y-%m-%dT%H:%M:%SZ}"
        self._environment.filters["spoken_day"] = dates.day
        self._environment.filters["spoken_size"] = pass_context(lambda _, octets: numbers.size(octets))
        self._environment.filters["minutes_left"] = spans.minutes_left
        self._environment.filters["ago"] = spans.ago
        self._environment.filters["spoken_time"] = dates.moment

    def stylesheet(self, version: str = "") -> bytes:
        """The one of that version, or the one with the typeface."""
        return self._faces[version != self._versions[False]]

    def render(self, template: str, status: int = 200, **context: Any) -> Response:
        return HTMLResponse(self.text(template, **context), status, PAGE_HEADERS)

    def text(self, template: str, **context: Any) -> str:
        """In English where the template is not yet translated: no page mixes languages."""
        is_translated = template in TRANSLATED
        with speaking(spoken() if is_translated else ENGLISH):
            # An error page repeats nothing of the address, which may be somebody else's work.
            links = reader().others if is_translated and template != "error.html" else []
            # A page never wears the stylesheet that a browser kept from an older version.
            sheet = f"/static/style.css?v={self._versions[spoken() is ENGLISH]}"
            return self._environment.get_template(template).render(
                context, language=spoken().code, in_other_languages=links, stylesheet=sheet
            )

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
        stamp: str = NOTHING_DONE,
        details: str = "",
        note: tuple[str, str] | None = None,
        ways: Ways = WAYS_ON,
    ) -> Response:
        """An error page: what happened, what to do, and a reference that the log has too.

        `back` is the address that tells the client of the error; the owner decides whether to go there. `reference` is
        given where the log has one already. `kind` tells pages of the same title apart for `mailconnect explain`.
        `details` is for the client's makers, `note` a heading and what stands under it, `ways` are the links on, the
        likeliest first.
        """
        if reference is None:
            reference = reference_of(title, kind, self._entropy)
            log.record("page_refused", status=status, page=title, reference=reference)
        words = {"title": title, "sentence": sentence, "reference": reference, "stamp": stamp, "details": details}
        return self.render("error.html", status, back=back, back_to=back_to, note=note, ways=ways, **words)

    def error_page(self, error: HttpError) -> Response:
        """The same page for everybody who reads one language, so it is rendered once for each."""
        one = (error, spoken().code)
        if one not in self._error_pages:
            ways = [(f"{self.settings.issuer}{path}", label) for path, label in reversed(WAYS_ON)]
            words = {"title": error.title, "sentence": error.sentence, "stamp": NOTHING_DONE, "details": ""}
            self._error_pages[one] = self.text("error.html", back=None, reference=None, note=None, ways=ways, **words)
        return HTMLResponse(self._error_pages[one], error.status, PAGE_HEADERS)


def _with_names(text: str) -> Markup:
    """A marked text whose names no translator touches, and whose letters run in their own direction."""
    if not isinstance(text, Sentence):
        return escape(said(text))
    named = Markup('<bdi translate="no">{}</bdi>')
    return escape(said(text.pattern)) % {
        name: named.format(value) if isinstance(value, Name) else said(value) if isinstance(value, str) else value
        for name, value in text.values.items()
    }


def _within(title: str) -> str:
    """A title inside a sentence. German nouns keep their capitals, and Japanese has none."""
    text = said(title)
    return text[0].lower() + text[1:] if spoken().code in ("en", "fr") else text


def _utc(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
