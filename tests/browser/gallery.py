"""Every page there is, and how a person comes to it: what axe reads, what is weighed, what the pictures show."""

from collections.abc import Callable

from tests.browser.visitor import Visitor

POKE = "https://poke.com/api/v1/mcp/callback"
_IMITATION = "https://xn--clude-wqd.ai/cb"

Way = Callable[[Visitor], object]


def _public(path: str) -> Way:
    return lambda visitor: visitor.open(path)


def _consent(visitor: Visitor) -> None:
    visitor.ask(visitor.served.assistant("Poke", POKE))


def _consent_of_an_app(visitor: Visitor) -> None:
    visitor.ask(visitor.served.assistant("Claude Code"))


def _consent_of_an_imitation(visitor: Visitor) -> None:
    visitor.ask(visitor.served.assistant("M" * 80, _IMITATION))


def _token_refused(visitor: Visitor) -> None:
    visitor.ask(visitor.served.assistant("Poke", POKE))
    visitor.page.get_by_text("Use an API token instead of signing in").click()
    visitor.page.get_by_label("API token of").fill("fmu1-wrong")
    visitor.press("Allow")
    visitor.page.get_by_role("alert").wait_for()


def _refused(visitor: Visitor) -> None:
    assistant = visitor.served.assistant("Poke", POKE)
    visitor.page.goto(assistant.authorization_url().replace("response_type=code", "response_type=token"))


def _forged(visitor: Visitor) -> None:
    _consent(visitor)
    visitor.context.clear_cookies()
    visitor.press("Allow")
    visitor.page.locator(".stopped").wait_for()


PAGES: dict[str, Way] = {
    "home": _public("/"),
    "connect": _public("/connect"),
    "privacy": _public("/privacy"),
    "security": _public("/security"),
    "consent": _consent,
    "consent-app": _consent_of_an_app,
    "consent-imitation": _consent_of_an_imitation,
    "api-token": _token_refused,
    "refused": _refused,
    "forged": _forged,
}
