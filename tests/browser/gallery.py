"""Every page there is, and how a person comes to it: what axe reads, what is weighed, what the pictures show."""

from collections.abc import Callable

from tests.browser.approvals import APPROVALS
from tests.browser.visitor import Visitor

POKE = "https://poke.com/api/v1/mcp/callback"
_IMITATION = "https://poke-mail.example.net/cb"
_OTHER_LETTERS = "https://xn--mnchen-post-thb.example/cb"

Way = Callable[[Visitor], object]


def _public(path: str) -> Way:
    return lambda visitor: visitor.open(path)


def _consent(visitor: Visitor) -> None:
    visitor.ask(visitor.served.assistant("Poke", POKE))


def _consent_of_an_app(visitor: Visitor) -> None:
    visitor.ask(visitor.served.assistant("Claude Code"))


def _consent_of_an_imitation(visitor: Visitor) -> None:
    visitor.ask(visitor.served.assistant("Poke", _IMITATION))


def _consent_of_an_unknown(visitor: Visitor) -> None:
    visitor.ask(visitor.served.assistant("M" * 80, _OTHER_LETTERS))


def _late(visitor: Visitor) -> None:
    _consent(visitor)
    visitor.served.clock.ahead += 601
    visitor.press("Allow")
    visitor.page.locator("#problem").wait_for()
    visitor.served.clock.ahead -= 601


def _token_with_surplus(visitor: Visitor) -> None:
    _consent(visitor)
    visitor.page.get_by_text("Use an API token instead").click()
    visitor.page.get_by_label("API token of").fill("fmu1-sandbox-alice-full")
    visitor.press("Allow")
    visitor.page.locator("#knowingly").wait_for()


def _token_refused(visitor: Visitor) -> None:
    visitor.ask(visitor.served.assistant("Poke", POKE))
    visitor.page.get_by_text("Use an API token instead").click()
    visitor.page.get_by_label("API token of").fill("fmu1-wrong")
    visitor.press("Allow")
    visitor.page.get_by_role("alert").wait_for()


def _refused(visitor: Visitor) -> None:
    assistant = visitor.served.assistant("Poke", POKE)
    visitor.page.goto(assistant.authorization_url().replace("response_type=code", "response_type=token"))


def _forged(visitor: Visitor) -> None:
    _consent(visitor)
    visitor.page.locator("input[name=consent]").evaluate("it => { it.value = 'x' }")
    visitor.press("Allow")
    visitor.page.locator(".stopped").wait_for()


def _account(visitor: Visitor) -> None:
    """With two connections, whatever there was."""
    visitor.see_connections()
    while visitor.page.get_by_role("button", name="Disconnect ").first.is_visible():
        visitor.page.get_by_role("button", name="Disconnect ").first.click()
        visitor.page.get_by_text("Receipt", exact=True).wait_for()
        visitor.see_connections()
    for name in ("Poke", "Claude Code"):
        assistant = visitor.served.assistant(name)
        visitor.connect(assistant)
        visitor.served.run(assistant.call_tool("list_mailboxes"))
    visitor.see_connections()


def _narrowed(visitor: Visitor) -> None:
    _account(visitor)
    visitor.narrow("Poke")


def _connected_again(visitor: Visitor) -> None:
    """An assistant asked for more than it had, and what it had lives on."""
    _narrowed(visitor)
    visitor.connect(visitor.served.assistant("Poke"))
    visitor.see_connections()
    visitor.page.get_by_text("The newest of 2").wait_for()


def _delete(visitor: Visitor) -> None:
    visitor.see_connections()
    visitor.page.get_by_role("link", name="Delete everything").click()
    visitor.page.get_by_role("button", name="Delete everything").wait_for()


def _export(visitor: Visitor) -> None:
    visitor.see_connections()
    visitor.press("Export")
    visitor.page.get_by_role("link", name="Download the file").wait_for()


def _receipt(visitor: Visitor) -> None:
    _account(visitor)
    visitor.press("Disconnect Poke")
    visitor.page.get_by_text("Receipt", exact=True).wait_for()


def _back_at_an_app(visitor: Visitor) -> None:
    visitor.ask(visitor.served.assistant("Cursor", "cursor://anysphere.cursor-mcp/oauth/callback"))
    visitor.press("Deny")
    visitor.page.get_by_role("link", name="Open ").wait_for()


def _signed_out(visitor: Visitor) -> None:
    _account(visitor)
    visitor.context.clear_cookies()
    visitor.press("Disconnect Poke")
    visitor.page.get_by_text("You were signed out").wait_for()


def _once_more(visitor: Visitor) -> None:
    _signed_out(visitor)
    visitor.press("Sign in")
    visitor.sign_in()
    visitor.page.get_by_role("heading", name="Disconnect Poke?").wait_for()


PAGES: dict[str, Way] = {
    "home": _public("/"),
    "connect": _public("/connect"),
    "privacy": _public("/privacy"),
    "security": _public("/security"),
    "consent": _consent,
    "consent-app": _consent_of_an_app,
    "consent-imitation": _consent_of_an_imitation,
    "consent-unknown": _consent_of_an_unknown,
    "consent-late": _late,
    "api-token-surplus": _token_with_surplus,
    "api-token": _token_refused,
    "account-sign-in": _public("/account"),
    "account": _account,
    "account-narrowed": _narrowed,
    "account-again": _connected_again,
    "account-export": _export,
    "account-delete": _delete,
    "account-receipt": _receipt,
    "account-signed-out": _signed_out,
    "account-once-more": _once_more,
    "answered": _back_at_an_app,
    "refused": _refused,
    "forged": _forged,
    "nowhere": _public("/conect"),
    **APPROVALS,
}


def _home_with_a_play_mailbox(visitor: Visitor) -> None:
    visitor.open("/")
    visitor.page.locator(".strip").wait_for()


def _tried(visitor: Visitor) -> None:
    """A play assistant that has searched."""
    visitor.page.goto(f"{visitor.served.sandbox}/try")
    visitor.press("Connect")
    visitor.page.get_by_label("And the messages, with attachments").check()
    visitor.press("Allow")
    visitor.sign_in()
    visitor.page.locator("summary").filter(has_text="search_emails").click()
    visitor.press("Call search_emails")
    visitor.page.locator(".told").wait_for()


ON_THIS_MACHINE: dict[str, Way] = {"home-play-mailbox": _home_with_a_play_mailbox, "try": _tried}
"""Pages that only a bridge on this machine has."""
