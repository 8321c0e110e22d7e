"""A page as a browser would see it: its elements, its text, and what it would load."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_LOADING = frozenset({"src", "srcset", "href", "xlink:href", "data", "poster", "background", "manifest"})
_ACTIVE = frozenset({"script", "style", "img", "iframe", "object", "embed", "base"})


@dataclass
class Page(HTMLParser):
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    @classmethod
    def of(cls, html: str) -> "Page":
        page = cls()
        page.feed(html)
        page.close()
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """Every element with the names of its attributes: what no value may change."""
        return [(tag, tuple(sorted(attributes))) for tag, attributes in self.elements]

    @property
    def loaded(self) -> list[str]:
        """The addresses that the browser fetches by itself."""
        found = [has[name] for tag, has in self.elements if tag != "a" for name in _LOADING & has.keys()]
        return [address for address in found if not address.startswith("#")]

    @property
    def inert(self) -> bool:
        """Without a script, an inline style, or anything else that our policy would have to block."""
        names = {name for _, has in self.elements for name in has}
        return not _ACTIVE & {tag for tag, _ in self.elements} and not any(
            name == "style" or name.startswith("on") for name in names
        )

    def all(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        return [has for name, has in self.elements if name == tag and attributes.items() <= has.items()]

    def one(self, tag: str, **attributes: str) -> dict[str, str]:
        (found,) = self.all(tag, **attributes)
        return found
