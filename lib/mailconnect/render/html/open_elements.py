"""The stack of open elements (WHATWG HTML §13.2.4.2), and which of them a tag closes."""

from dataclasses import dataclass

from mailconnect.render.html import elements
from mailconnect.render.html.visibility import Look

_FURTHEST = 100  # open elements looked through for one that a tag closes


@dataclass(slots=True)
class Open:
    name: str  # "" for a quotation that ends where its parent ends
    look: Look
    emitted: str  # the outline's element to close, or ""
    link: int = -1


class OpenElements:
    """`look` is the innermost element's, and `hides` whether it hides text; `cells` counts the open cells of tables."""

    def __init__(self) -> None:
        self.stack: list[Open] = []
        self.look = Look()
        self.hides = False
        self.cells = 0
        self._counts: dict[str, int] = {}

    def has(self, name: str) -> bool:
        return bool(self._counts.get(name))

    def push(self, opened: Open) -> None:
        self.stack.append(opened)
        self._counts[opened.name] = self._counts.get(opened.name, 0) + 1
        self.cells += opened.name in elements.CELLS
        self.look = opened.look
        self.hides = self.look.hides

    def pop(self) -> Open:
        closed = self.stack.pop()
        self._counts[closed.name] -= 1
        self.cells -= closed.name in elements.CELLS
        self.look = self.stack[-1].look if self.stack else Look()
        self.hides = self.look.hides
        return closed

    def closed_by_end(self, name: str) -> int:
        """The place of the element that this end tag closes, or -1."""
        if not self.has(name):
            return -1
        for at in self._places():
            here = self.stack[at].name
            if here == name:
                return at
            if name in elements.TABLE:
                if here == "table" and name != "table":
                    return -1
            elif here in elements.SCOPES or (name not in elements.SPECIAL and here in elements.SPECIAL):
                return -1
        return -1

    def nearest(self, closed: frozenset[str], behind: frozenset[str]) -> int:
        """The place of the innermost element of `closed` that is not `behind` one of those, or -1."""
        for at in self._places():
            here = self.stack[at].name
            if here in closed:
                return at
            if here in behind:
                return -1
        return -1

    def _places(self) -> range:
        top = len(self.stack) - 1
        return range(top, max(0, top + 1 - _FURTHEST) - 1, -1)
