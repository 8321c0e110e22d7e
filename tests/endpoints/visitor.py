"""An owner on their account page, one request at a time: signs in, and sends what the buttons send."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx

from tests.endpoints.wire import Form, Window, Wire

_CHANGE = re.compile(r'href="(?P<path>/account\?change=[^"#]+)')

HERE = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}


@dataclass
class Visitor:
    wire: Wire
    window: Window = field(init=False)

    def __post_init__(self) -> None:
        self.window = Window(self.wire)

    async def sign_in(self, username: str = "alice", next_path: str = "/account") -> httpx.Response:
        """By the provider; the answer goes to the page that was asked for."""
        begun = await self.begin(next_path)
        return await self.window.send("GET", await self.window.sign_in(begun, username))

    async def begin(self, next_path: str = "/account", **fields: str) -> httpx.Response:
        page = await self.window.send("GET", f"/account/sign-in?next={next_path}")
        assert page.status_code == 200, page.text
        return await self.window.send("POST", "/account/sign-in", HERE, data=Form.of(page).fields | fields)

    async def page(self, path: str = "/account") -> httpx.Response:
        return await self.window.send("GET", path)

    async def buttons(self, path: str = "/account") -> list["Button"]:
        return Buttons.of(await self.page(path))

    async def press(self, action: str, path: str = "/account", **fields: str) -> httpx.Response:
        """The first button of the page at `path` that sends to `action`, among those that send `fields` too."""
        found = [
            button
            for button in await self.buttons(path)
            if button.action == action and fields.items() <= button.fields.items()
        ]
        assert found, action
        return await self.send(found[0])

    async def change(self, scope: str, path: str = "/account") -> httpx.Response:
        """Saves, on the first card at `path`, that its connection may do this."""
        return await self.send(await self.change_button(path), scope=scope)

    async def change_button(self, path: str = "/account") -> "Button":
        """Of the first card at `path`. Of many cards, each one's form is a link away."""
        page = await self.page(path)
        if link := re.search(r'href="(/account\?change=[0-9a-f]+)', page.text):
            page = await self.page(link[1])
        return next(one for one in Buttons.of(page) if one.action == "/account/change")

    async def send(self, button: "Button", headers: Mapping[str, str] = HERE, **changed: Any) -> httpx.Response:
        return await self.window.send("POST", button.action, headers, data=button.fields | changed)

    async def follow(self, answer: httpx.Response) -> httpx.Response:
        assert answer.status_code == 303, answer.text
        return await self.window.send("GET", answer.headers["location"])


@dataclass
class Button:
    """With the form that it sends."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Buttons(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Button] = []
        self._form: Button | None = None

    @classmethod
    def of(cls, answer: httpx.Response) -> list[Button]:
        assert answer.status_code == 200, answer.text
        reader = cls()
        reader.feed(answer.text)
        reader.close()
        return reader.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method") == "post":
            self._form = Button(given["action"])
        elif self._form is not None and tag == "input" and "name" in given:
            if given.get("type") == "radio" and "checked" not in given:
                return  # another of its group is sent; a box is ticked here
            self._form.fields[given["name"]] = given.get("value", "")
        elif self._form is not None and tag == "button":
            own = {given["name"]: given["value"]} if "name" in given else {}
            self.found.append(Button(self._form.action, self._form.fields | own))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
