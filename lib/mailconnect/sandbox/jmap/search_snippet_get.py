"""SearchSnippet/get (RFC 8621 §5.1)."""

import html
import re
from collections.abc import Iterator
from typing import Any

from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.email.filter import TEXTS, email_test
from mailconnect.sandbox.jmap.errors import InvalidArguments
from mailconnect.sandbox.jmap.getting import wanted_ids
from mailconnect.sandbox.mail.header_forms import as_text
from mailconnect.sandbox.mail.search import Term, html_text, plain_text, stemmed, terms, words
from mailconnect.sandbox.mail.store import Email

_MAX = 255
_AROUND = 60
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")


def search_snippet_get(call: Call) -> dict[str, Any]:
    call.allow("filter", "emailIds")
    ids = wanted_ids(call, "emailIds")
    if ids is None:
        raise InvalidArguments("emailIds is required", arguments=["emailIds"])
    email_test(call)
    asked = list(_texts(call.arguments.get("filter")))
    in_subject = [term for name, text in asked if name in {"text", "subject"} for term in terms(text)]
    in_body = [term for name, text in asked if name in {"text", "body"} for term in terms(text)]
    visible = call.visible()
    found = [_snippet(visible[name], in_subject, in_body) for name in ids if name in visible]
    missing = [name for name in ids if name not in visible]
    return {"accountId": call.account_id, "list": found, "notFound": missing or None}


def _texts(given: object) -> Iterator[tuple[str, str]]:
    """The texts that the filter looks for, wherever they stand in it but below a NOT."""
    if not isinstance(given, dict) or given.get("operator") == "NOT":
        return
    for name, value in given.items():
        if name in TEXTS and isinstance(value, str):
            yield name, value
    for inner in given.get("conditions", []):
        yield from _texts(inner)


def _snippet(email: Email, in_subject: list[Term], in_body: list[Term]) -> dict[str, Any]:
    subject = as_text(email.header("subject"))
    spans = _spans(subject, in_subject)
    bodies = [" ".join(text.split()) for text in (plain_text(email.content), html_text(email.content))]
    return {
        "emailId": email.email_id,
        "subject": _marked(subject, spans) if spans else None,
        "preview": next(filter(None, (_excerpt(body, _spans(body, in_body)) for body in bodies)), None),
    }


def _spans(text: str, wanted: list[Term]) -> list[tuple[int, int]]:
    """Where the terms stand, in order and without overlap."""
    tokens = [(found.start(), found.end(), words(found[0])) for found in _TOKEN.finditer(text)]
    spans: list[tuple[int, int]] = []
    for term in wanted:
        length = term.words.count(" ") - (1 if term.words.endswith(" ") else 0)
        for index in range(len(tokens) - length + 1):
            run = tokens[index : index + length]
            joined = " " + "".join(token.lstrip() for _, _, token in run)
            if joined.startswith(term.words) or stemmed(joined).startswith(term.stem):
                spans.append((run[0][0], run[-1][1]))
    kept: list[tuple[int, int]] = []
    for span in sorted(spans):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def _marked(text: str, spans: list[tuple[int, int]]) -> str:
    pieces, at = [], 0
    for start, end in spans:
        pieces += [
            html.escape(text[at:start], quote=False),
            "<mark>",
            html.escape(text[start:end], quote=False),
            "</mark>",
        ]
        at = end
    return "".join([*pieces, html.escape(text[at:], quote=False)])


def _excerpt(body: str, spans: list[tuple[int, int]]) -> str | None:
    """At most 255 octets around the first match, cut where a word ends."""
    if not spans:
        return None
    start = max(0, spans[0][0] - _AROUND)
    if start:
        start = body.find(" ", start, spans[0][0]) + 1 or spans[0][0]
    for end in range(min(len(body), start + _MAX), spans[0][1] - 1, -1):
        inside = [(first - start, last - start) for first, last in spans if last <= end]
        excerpt = _marked(body[start:end], inside)
        if len(excerpt.encode()) <= _MAX:
            return excerpt
    return None
