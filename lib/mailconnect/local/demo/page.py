"""Renders the one page of the demo, in the look of the bridge's pages and without a script."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from mailconnect.endpoints.pages.rendering import PAGE_HEADERS
from mailconnect.endpoints.pages.stylesheet import stylesheet, tightened
from mailconnect.local.demo.trial import Trial
from mailconnect.settings import Settings

STYLE = "/try/style.css"
_FOLDER = Path(__file__).parent


def headers(settings: Settings) -> dict[str, str]:
    """Those of the bridge's pages; and a form here leads to this origin or to the bridge."""
    policy = f"{PAGE_HEADERS['Content-Security-Policy']}; form-action 'self' {settings.issuer}"
    return PAGE_HEADERS | {"Content-Security-Policy": policy}


class DemoPage:
    def __init__(self, settings: Settings) -> None:
        environment = Environment(
            loader=FileSystemLoader(_FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals |= {
            "issuer": settings.issuer,
            "resource": settings.resource,
            "service": settings.service_name,
            "style": STYLE,
        }
        self._template = environment.get_template("page.html")
        self._headers = headers(settings)
        self.stylesheet = stylesheet(settings.accent) + tightened((_FOLDER / "page.css").read_text("utf-8")).encode()

    def response(self, trial: Trial | None) -> HTMLResponse:
        return HTMLResponse(self._template.render(trial=trial), headers=self._headers)
