"""The whole journey with the keyboard alone at 200 % zoom, and each of its pages as a screen reader says it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from mailconnect.sandbox.assistant.assistant import Assistant
from tests.browser.approvals import KNOWN
from tests.browser.read_aloud import read_aloud
from tests.browser.served import Served
from tests.browser.visitor import Visitor, visiting
from tests.browser.writing import Writing

pytestmark = pytest.mark.browser

_FOCUSED = "document.activeElement.matches(':focus')"
_UNCOVERED = """() => {
  const focused = document.activeElement, box = focused.getBoundingClientRect()
  const at = y => document.elementFromPoint(box.left + Math.min(box.width, innerWidth) / 2, y)
  const labels = [...(focused.labels || [])]
  const seen = top => top && (focused === top || focused.contains(top) || labels.some(label => label.contains(top)))
  return seen(at(box.top + box.height / 2)) || seen(at(Math.max(box.top, 1) + 2))
}"""
"""WCAG 2.2 §2.4.11: of what has the focus, at least a part is in sight."""
_OUTLINED = """() => {
  const one = document.activeElement, around = one.closest('.rung') || one
  return [one, around].some(it => getComputedStyle(it).outlineStyle !== 'none')
}"""


class Keys:
    """Hands at a keyboard, and a voice: `heard` is what a screen reader said of each page."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.page = visitor, visitor.page
        self.heard: list[str] = []

    def listen(self, title: str) -> list[str]:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title)
        self.page.wait_for_load_state()
        said = read_aloud(self.page)
        self.heard += ["", f"--- {self.page.url.partition('?')[0]}", *said]
        assert [line for line in said if line.startswith("heading 1, ")] == [f"heading 1, {title}"]
        assert said.index("main part") < said.index(f"heading 1, {title}")
        assert not [line for line in said if line.endswith(", ")], "a thing without a name"
        return said

    def tab_to(self, name: str, maximum: int = 40) -> None:
        """By the Tab key, and everything on the way is in sight and has an outline."""
        for _ in range(maximum):
            self.page.keyboard.press("Tab")
            if not self.page.evaluate(_FOCUSED):
                continue  # the browser's own bar
            assert self.page.evaluate(_UNCOVERED), self.named()
            assert self.page.evaluate(_OUTLINED), self.named()
            if self.named().startswith(name):
                return
        raise AssertionError(f"{name} was not reached")

    def named(self) -> str:
        return str(
            self.page.evaluate("""() => {
              const one = document.activeElement
              const by = one.getAttribute('aria-labelledby'), label = (one.labels || [])[0]
              const text = one.getAttribute('aria-label') || (by ? document.getElementById(by).innerText : '')
              return (text || (label || one).innerText || one.name || '').trim()
            }""")
        )

    def press(self, name: str, key: str = "Enter") -> None:
        self.tab_to(name)
        self.page.keyboard.press(key)

    def sign_in(self) -> None:
        expect(self.page.get_by_label("Username")).to_be_focused()
        self.page.keyboard.type("alice")
        self.page.keyboard.press("Tab")
        self.page.keyboard.type("secret")
        self.page.keyboard.press("Enter")


@pytest.fixture
def keys(bridge: Served, browser: Browser, record_property: Callable[[str, object], None]) -> Keys:
    """1280x800 at 200 %."""
    zoomed = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}
    with visiting(bridge, browser, **zoomed) as visitor:
        hands = Keys(visitor)
        yield hands
        record_property("read aloud", "\n".join(hands.heard))


def link_in_a_chat(page: Page, served: Served, address: str) -> None:
    page.goto(served.callback)
    page.evaluate(
        "address => { document.body.innerHTML = '<p>Connect your mail: <a>open this</a></p>'; "
        "document.querySelector('a').href = address }",
        address,
    )


def connect(keys: Keys, assistant: Assistant, name: str) -> list[str]:
    link_in_a_chat(keys.page, keys.visitor.served, assistant.authorization_url())
    keys.press("open this")
    said = keys.listen(f"Let “{name}” into the sandbox mailbox?")
    keys.tab_to("Your folders and their counts")
    keys.page.keyboard.press("ArrowDown")
    keys.page.keyboard.press("ArrowDown")
    assert keys.named() == "And the messages, with attachments"
    keys.press("Your contacts", "Space")
    keys.press("I started this program", "Space")
    keys.press("Allow")
    keys.sign_in()
    keys.visitor.served.run(assistant.finish(keys.visitor.back_at_the_assistant()))
    return said


def test_connecting_narrowing_and_ending_all_take_the_keyboard_alone(keys: Keys) -> None:
    served = keys.visitor.served
    assistants = [served.assistant("Poke"), served.assistant("Claude Code")]
    said = connect(keys, assistants[0], "Poke")
    order = [
        "heading 1, Let “Poke” into the sandbox mailbox?",
        "group, It may look at",
        "group, It may change",
        "group, It may send in your name",
        "button, Allow",
        "button, Deny",
        "heading 2, Next, at the sandbox mailbox",
    ]
    assert [line for line in said if line in order] == order, "the question, the choices, the decision, the rest"
    assert any(line.startswith("radio button, Your folders and their counts, chosen, ") for line in said)
    assert "radio button, Nothing, chosen" in said
    assert any(line.startswith("tick box, I started this program on this computer a moment ago, not") for line in said)
    tokens = assistants[0].tokens
    assert tokens
    assert "contacts:read emails:metadata emails:read mailboxes:read" in str(tokens.scope)
    connect(keys, assistants[1], "Claude Code")

    keys.visitor.open("/account")
    keys.listen("See what may use your mailbox")
    keys.press("Sign in")
    keys.sign_in()
    said = keys.listen("What may use your mailbox")
    assert "button, Disconnect both now" in said
    keys.press("Change what Poke")
    keys.page.wait_for_url("**change=*")
    keys.tab_to("And the messages, with attachments")
    keys.page.keyboard.press("ArrowUp")
    keys.press("Save")
    expect(keys.page.get_by_role("status")).to_be_focused()
    said = keys.listen("What may use your mailbox")
    assert any(line.startswith("Saved. Poke may no longer: Read your messages") for line in said)
    keys.page.keyboard.press("Control+Home")
    keys.visitor.open("/account")
    keys.press("Disconnect both now")
    said = keys.listen("Claude Code and Poke are disconnected")
    assert any("can do nothing any more." in line for line in said)
    for one in assistants:
        with pytest.raises(Exception, match="401"):
            served.run(one.call_tool("get_session"))


def test_a_message_is_read_and_sent_with_the_keyboard_alone(keys: Keys) -> None:
    writing = Writing.connected(keys.visitor)
    link = writing.ask(writing.draft(KNOWN), KNOWN)
    link_in_a_chat(keys.page, keys.visitor.served, f"{keys.visitor.served.issuer}{link}")
    keys.press("open this")
    keys.listen("A message waits for you")
    keys.press("Sign in")
    keys.sign_in()
    said = keys.listen("Send this as you?")
    assert said.index("button, Send") < said.index("button, Do not send")
    assert any(KNOWN in line for line in said[: said.index("button, Send")])
    keys.press("I want this to go to", "Space")
    keys.press("Send")
    keys.listen("Sent in a minute")


def test_a_problem_is_the_first_thing_that_is_heard(keys: Keys) -> None:
    """Finding 2: the page was read from its start, and no word of the error."""
    keys.visitor.ask(keys.visitor.served.assistant())
    keys.visitor.served.clock.ahead += 601
    keys.press("I started this program", "Space")
    keys.press("Allow")
    expect(keys.page.get_by_role("alert")).to_be_focused()
    keys.page.wait_for_load_state()
    said = read_aloud(keys.page)
    keys.heard += ["", "--- after ten minutes", *said]
    assert said.index("alert") < next(i for i, line in enumerate(said) if line.startswith("heading 1, "))
