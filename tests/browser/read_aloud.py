"""A page as a screen reader says it: Chromium's accessibility tree, in its order, a line for each stop."""

from collections.abc import Iterator, Mapping
from typing import Any

from playwright.sync_api import Page

_WHOLE = {
    "heading": "heading",
    "link": "link",
    "button": "button",
    "radio": "radio button",
    "checkbox": "tick box",
    "textbox": "text field",
    "spinbutton": "number field",
    "DisclosureTriangle": "disclosure",
}
"""Said in one line, by their names."""
_AROUND = {
    "banner": "page head",
    "navigation": "navigation",
    "main": "main part",
    "contentinfo": "page foot",
    "form": "form",
    "group": "group",
    "radiogroup": "group",
    "region": "part",
    "alert": "alert",
    "status": "status",
    "list": "list",
    "table": "table",
}
"""Said before what is in them. Those without a name, and not in this list, are passed over."""
_NAMED_ONLY = {"group", "radiogroup", "region", "form", "table"}

Node = Mapping[str, Any]


def read_aloud(page: Page) -> list[str]:
    session = page.context.new_cdp_session(page)
    nodes = {one["nodeId"]: one for one in session.send("Accessibility.getFullAXTree")["nodes"]}
    session.detach()
    root = next(one for one in nodes.values() if "parentId" not in one)
    return [_value(root, "name"), *_joined(_said(root, nodes))]


def _said(node: Node, nodes: Mapping[str, Node]) -> Iterator[tuple[bool, str]]:
    """Lines, each with whether it is plain text, which goes on in the same line."""
    role, name = _value(node, "role"), _value(node, "name")
    if not node.get("ignored"):
        if role in _WHOLE:
            yield False, ", ".join([_WHOLE[role] + _level(node), name, *_states(node), *_described(node)])
            return
        if role == "StaticText":
            yield True, name.strip()
            return
        if role in _AROUND and (name or role not in _NAMED_ONLY):
            yield False, f"{_AROUND[role]}{f', {name}' if name else ''}"
    inside = [line for child in node.get("childIds", ()) if child in nodes for line in _said(nodes[child], nodes)]
    if role == "LabelText" and not all(plain for plain, _ in inside):
        inside = [(plain, line) for plain, line in inside if not plain]  # its words were said with its box
    yield from inside
    if role in ("paragraph", "listitem", "term", "definition", "LabelText", "cell"):
        yield False, ""


def _joined(lines: Iterator[tuple[bool, str]]) -> Iterator[str]:
    text: list[str] = []
    for plain, line in lines:
        if plain:
            text.append(line)
            continue
        if text:
            yield _sentence(text)
        text = []
        if line:
            yield line
    if text:
        yield _sentence(text)


def _sentence(words: list[str]) -> str:
    return " ".join(word for word in words if word)


def _level(node: Node) -> str:
    level = _property(node, "level")
    return f" {level}" if level else ""


def _states(node: Node) -> Iterator[str]:
    checked = _property(node, "checked")
    if checked is not None:
        yield "chosen" if checked == "true" else "not chosen"
    for state, said in (("required", "required"), ("invalid", "invalid"), ("focused", "focused")):
        if _property(node, state) in (True, "true"):
            yield said
    expanded = _property(node, "expanded")
    if expanded is not None:
        yield "open" if expanded else "closed"


def _described(node: Node) -> Iterator[str]:
    described = _value(node, "description")
    if described:
        yield described


def _property(node: Node, name: str) -> Any:
    return next((one["value"].get("value") for one in node.get("properties", ()) if one["name"] == name), None)


def _value(node: Node, name: str) -> str:
    text = str(node.get(name, {}).get("value", ""))
    return text.replace("“ ", "“").replace(" ”", "”")  # boxes of their own, in one sentence
