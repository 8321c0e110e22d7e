"""Every state of the approval page, and how its owner comes to it."""

import itertools
from collections.abc import Callable

from tests.browser.visitor import Visitor
from tests.browser.writing import HTML, KNOWN, NEW, PLAIN, Writing

_NUMBERS = itertools.count(1)

Way = Callable[[Visitor], object]


def at_message(visitor: Visitor, *to: str, by_hand: bool = True, **more: str) -> tuple[Writing, str]:
    """Signed in, at a message that waits. The second is its draft."""
    writing = Writing.connected(visitor)
    draft = writing.draft(*(to or (NEW,)), **more)
    link = writing.ask(draft, *(to or (NEW,)))
    visitor.open(link)
    sign_in(visitor)
    if by_hand:
        visitor.open(link)  # the sign-in led here from another site
    return writing, draft


def sign_in(visitor: Visitor) -> None:
    if visitor.page.get_by_role("button", name="Sign in").is_visible():
        visitor.press("Sign in")
        visitor.sign_in()
    visitor.page.locator(".approving, .stopped").first.wait_for()


def _nobody_yet() -> str:
    """An address that nobody has written to: what is sent makes an address known."""
    return f"ola.berg.{next(_NUMBERS)}@nordlys.example"


def _new(visitor: Visitor) -> None:
    at_message(visitor, html=HTML)


def _known(visitor: Visitor) -> None:
    at_message(visitor, KNOWN)


def _known_led(visitor: Visitor) -> None:
    """From another site, here by the sign-in."""
    at_message(visitor, KNOWN, by_hand=False)


def _many(visitor: Visitor) -> None:
    people = [f"{name}@nordlys.example" for name in ("ola.berg", "kari", "per", "a.long.local.part.of.an.address")]
    at_message(visitor, KNOWN, *people, "x@averyveryverylongdomainnamethatneverends.of.a.company.example")


def _quoted(visitor: Visitor) -> None:
    quoted = "\n".join(f"> line {number} of what was answered" for number in range(1, 42))
    at_message(visitor, KNOWN, plain=f"{PLAIN}\n\nOn 3 March 2026, Ola Berg wrote:\n{quoted}")


def _two_texts(visitor: Visitor) -> None:
    at_message(visitor, KNOWN, plain="Pay 900 to somebody else.", html=HTML)


def _sign_in(visitor: Visitor) -> None:
    writing = Writing.connected(visitor)
    link = writing.ask(writing.draft(NEW), NEW)
    visitor.context.clear_cookies()
    visitor.open(link)


def _changed(visitor: Visitor) -> None:
    writing, draft = at_message(visitor)
    writing.edited(draft, PLAIN.replace("Friday", "Monday, please"), NEW)
    visitor.page.reload()
    visitor.page.get_by_text("The message has changed").wait_for()


def _untold(visitor: Visitor) -> None:
    at_message(visitor)
    visitor.page.locator("input[name=know]").evaluate("it => { it.required = false }")
    visitor.press("Send")
    visitor.page.get_by_role("alert").wait_for()


def _send(visitor: Visitor) -> Writing:
    writing, _ = at_message(visitor, _nobody_yet())
    visitor.page.locator("input[name=know]").check()
    visitor.press("Send")
    visitor.page.locator(".stopped").wait_for()
    return writing


def _stopped(visitor: Visitor) -> None:
    _send(visitor)
    visitor.press("Stop it")
    visitor.page.get_by_role("heading", name="Stopped").wait_for()


def _sent(visitor: Visitor) -> None:
    _send(visitor)
    visitor.served.clock.ahead += 120
    visitor.page.reload()
    visitor.page.get_by_text("It cannot be called back").wait_for()
    visitor.served.clock.ahead -= 120


def _twice(visitor: Visitor) -> None:
    at_message(visitor, _nobody_yet())
    other = visitor.tab()
    other.page.goto(visitor.page.url)
    for one in (visitor, other):
        one.page.locator("input[name=know]").check()
    visitor.press("Send")
    visitor.page.locator(".stopped").wait_for()
    visitor.served.clock.ahead += 120
    other.press("Send")
    other.page.locator(".stopped").wait_for()
    visitor.page.goto(other.page.url)
    visitor.served.clock.ahead -= 120


def _not_sent(visitor: Visitor) -> None:
    at_message(visitor)
    visitor.press("Do not send")
    visitor.page.get_by_role("heading", name="Not sent").wait_for()


def _expired(visitor: Visitor) -> None:
    at_message(visitor)
    visitor.served.clock.ahead += 3700
    visitor.page.reload()
    if visitor.page.get_by_role("button", name="Sign in").is_visible():
        sign_in(visitor)
    visitor.page.get_by_role("heading", name="This link is over").wait_for()
    visitor.served.clock.ahead -= 3700


def _ended(visitor: Visitor) -> None:
    writing, _ = at_message(visitor)
    visitor.served.run(writing.assistant.revoke())
    visitor.page.reload()
    visitor.page.get_by_text("may not send any more").wait_for()


def _stop(visitor: Visitor) -> None:
    at_message(visitor)
    visitor.page.get_by_role("button", name="I did not ask for this").click()
    visitor.page.get_by_text("cannot send any more").wait_for()


def _another(visitor: Visitor) -> None:
    writing = Writing.connected(visitor)
    link = writing.ask(writing.draft(NEW), NEW)
    visitor.see_connections("bob")
    visitor.open(link)


def _gone(visitor: Visitor) -> None:
    writing, draft = at_message(visitor)
    writing.jmap("Email/set", {"destroy": [draft]})
    visitor.page.reload()
    visitor.page.get_by_text("not in your Drafts any more").wait_for()


def _account(visitor: Visitor) -> None:
    """With a message that waits, and two browsers that may approve."""
    writing = Writing.connected(visitor)
    for _ in range(2):
        link = writing.ask(writing.draft(NEW), NEW)
        visitor.context.clear_cookies()
        visitor.open(link)
        visitor.page.get_by_label("In this browser, approve without signing in").check()
        visitor.press("Sign in")
        visitor.sign_in()
        visitor.page.locator(".approving").wait_for()
    visitor.see_connections()


APPROVALS: dict[str, Way] = {
    "approve": _new,
    "approve-known": _known,
    "approve-known-led": _known_led,
    "approve-many": _many,
    "approve-quoted": _quoted,
    "approve-two-texts": _two_texts,
    "approve-sign-in": _sign_in,
    "approve-changed": _changed,
    "approve-unticked": _untold,
    "approve-held": _send,
    "approve-stopped": _stopped,
    "approve-sent": _sent,
    "approve-twice": _twice,
    "approve-not-sent": _not_sent,
    "approve-over": _expired,
    "approve-ended": _ended,
    "approve-stop": _stop,
    "approve-another": _another,
    "approve-gone": _gone,
    "account-approving": _account,
}
