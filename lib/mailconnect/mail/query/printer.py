"""A tree written back as a query: it reads as the same tree."""

import re

from mailconnect.mail.query import tree
from mailconnect.mail.query.operators import DATES, MARKS_PRINTED, PEOPLE, SIZES, WORDS
from mailconnect.mail.query.signs import STRAIGHT_QUOTES

_ESCAPED = re.compile(rf"[{STRAIGHT_QUOTES}\\]")
_PLAIN_NAME = re.compile(r"[^\W_][\w./&+@]*(?:-[\w./&+@]+)*")
_NAMES = {kind: name for names in (PEOPLE, WORDS) for name, kind in names.items()}
_MEASURES = {kind: name for name, kind in reversed([*SIZES.items(), *DATES.items()])}


def printed(query: tree.Query | tree.Node) -> str:
    """Of everything, the empty text. Instants stand in UTC."""
    root = query.root if isinstance(query, tree.Query) else query
    return _written(root)


def _written(node: tree.Node) -> str:
    if isinstance(node, tree.And):
        return " ".join(_inside(term) for term in node.terms)
    if isinstance(node, tree.Or):
        return " OR ".join(_inside(term) for term in node.terms)
    if isinstance(node, tree.Not):
        return f"-{_inside(node.term)}"
    return _leaf(node)


def _inside(node: tree.Node) -> str:
    written = _written(node)
    return f"({written})" if isinstance(node, tree.And | tree.Or) else written


def _leaf(node: tree.Node) -> str:
    if isinstance(node, tree.Words):
        value = _quoted(node.text) if node.phrase else node.text
        return value if type(node) is tree.Text else f"{_NAMES[type(node)]}:{value}"
    if isinstance(node, tree.In):
        name = node.mailbox
        is_plain = _PLAIN_NAME.fullmatch(name) and name.lower() not in {"or", "and", "not"}
        return f"in:{name if is_plain else _quoted(name)}"
    if isinstance(node, tree.Is):
        return "has:memo" if node.mark == "hasmemo" else f"is:{MARKS_PRINTED[node.mark]}"
    if isinstance(node, tree.Larger | tree.Smaller):
        return f"{_MEASURES[type(node)]}:{node.octets}"
    if isinstance(node, tree.Before | tree.After):
        return f"{_MEASURES[type(node)]}:{node.instant:%Y-%m-%dT%H:%M:%SZ}"
    return "has:attachment"


def _quoted(text: str) -> str:
    return f'"{_ESCAPED.sub(lambda match: chr(92) + match[0], text)}"'
