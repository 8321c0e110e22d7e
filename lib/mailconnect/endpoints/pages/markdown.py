"""The little Markdown that our own documents are written in, as HTML: everything is escaped, nothing is guessed.

Headings (1 to 3), paragraphs, lists, tables; inline `code`, **bold** and [links](/). Whatever else looks like Markdown
is refused, so that a document which would be shown wrong is found by a test and not by a reader.
"""

import re
from html import escape

from markupsafe import Markup

_INLINE = re.compile(r"`(?P<code>[^`]+)`|\*\*(?P<bold>.+?)\*\*|(?<!!)\[(?P<label>[^\]]+)\]\((?P<target>[^()\s]+)\)")
_TARGET = re.compile(r"(?:https://|mailto:|#|/(?!/))[!-~]*\Z")
_LEFT_OVER = re.compile(r"`|\*\*|!\[|\]\(")
_HEADING = re.compile(r"(#{1,3}) (.+)\Z")
_ITEM = re.compile(r"(-|[0-9]+\.) +(.+)\Z")
_OTHER_BLOCK = re.compile(r"(?:>|#|```|~~~| {4}|\t|[*+] |---|===|!\[|<|\|)")
_RULER = re.compile(r"\|(?: *:?-+:? *\|)+\Z")


class NotUnderstood(ValueError):
    """The text has Markdown that is not of this subset."""


def document(text: str) -> Markup:
    blocks = re.split(r"\n\s*\n", text.strip("\n"))
    return Markup("\n".join(_block(block.split("\n")) for block in blocks))  # noqa: S704 - of escaped parts


def inline(text: str) -> Markup:
    return Markup(_inline(text))  # noqa: S704 - of escaped parts


def _block(lines: list[str]) -> str:
    heading = _HEADING.match(lines[0])
    if heading and len(lines) == 1:
        level = len(heading[1])
        return f"<h{level}>{_inline(heading[2])}</h{level}>"
    if _ITEM.match(lines[0]):
        return _list(lines)
    if lines[0].startswith("|") and len(lines) > 2 and _RULER.match(lines[1]):
        return _table(lines)
    if any(_OTHER_BLOCK.match(line) or _ITEM.match(line) for line in lines):
        raise NotUnderstood(lines[0])
    return f"<p>{_inline(' '.join(line.strip() for line in lines))}</p>"


def _list(lines: list[str]) -> str:
    items: list[str] = []
    numbered = lines[0][0] != "-"
    for line in lines:
        item = _ITEM.match(line)
        if item and (item[1] != "-") == numbered:
            items.append(item[2])
        elif line.startswith("  ") and not _ITEM.match(line.strip()):
            items[-1] += " " + line.strip()
        else:
            raise NotUnderstood(line)
    tag = "ol" if numbered else "ul"
    return f"<{tag}>{''.join(f'<li>{_inline(item)}</li>' for item in items)}</{tag}>"


def _table(lines: list[str]) -> str:
    """Each cell carries its column's heading, for narrow screens, where rows are shown one below the other."""
    head, *rows = (_cells(line) for line in (lines[0], *lines[2:]))
    if any(len(row) != len(head) for row in rows):
        raise NotUnderstood(lines[0])
    heads = "".join(f'<th scope="col" role="columnheader">{_inline(cell)}</th>' for cell in head)
    body = "".join(
        '<tr role="row">'
        + "".join(
            f'<td role="cell" data-column="{escape(column)}">{_inline(cell)}</td>'
            for column, cell in zip(head, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<table role="table"><thead role="rowgroup"><tr role="row">{heads}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table>'
    )


def _cells(line: str) -> list[str]:
    if not (line.startswith("|") and line.endswith("|")):
        raise NotUnderstood(line)
    return [cell.strip() for cell in line[1:-1].split("|")]


def _inline(text: str) -> str:
    html, at = [], 0
    for match in _INLINE.finditer(text):
        html += [_plain(text[at : match.start()]), _span(match)]
        at = match.end()
    return "".join([*html, _plain(text[at:])])


def _span(match: re.Match[str]) -> str:
    if match["code"]:
        return f"<code>{escape(match['code'])}</code>"
    if match["bold"]:
        return f"<strong>{_inline(match['bold'])}</strong>"
    if not _TARGET.match(match["target"]):
        raise NotUnderstood(match[0])
    return f'<a href="{escape(match["target"])}">{_inline(match["label"])}</a>'


def _plain(text: str) -> str:
    if _LEFT_OVER.search(text):
        raise NotUnderstood(text)
    return escape(text)
