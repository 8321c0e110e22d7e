"""Text search as Cyrus does it: words in any case and without accents, all of which must be there; quotes, prefix*."""

import html
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from mailconnect.sandbox.mail.content import Content
from mailconnect.sandbox.mail.header_forms import as_text
from mailconnect.sandbox.mail.part import Part

_HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+(?:'[^\W_{_HAN}]+)*")
_TERM = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'(?=\s|$)|(\S+)')
_STEMMED = frozenset({"subject", "body"})
_INVISIBLE = re.compile(r"<!--.*?-->|<(style|script|title)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Term:
    words: str
    """Between two spaces; a prefix has none at its end."""
    stem: str
    """The same for texts that are stemmed; a phrase and a prefix are not."""


def matches(content: Content, field: str, query: str) -> bool:
    """field: text, from, to, cc, bcc, subject or body.  A query without a word matches everything.

    All of text's words must be in one field, as Cyrus has it: `coffee sidamo` does not find the one in the subject and
    the other in the body.
    """
    fields = _fields(content)
    wanted = terms(query)
    return any(
        all(_has(term, text) for term in wanted) for text in (fields.values() if field == "text" else [fields[field]])
    )


def terms(query: str) -> list[Term]:
    """`ann "two words" para*`; what stands in quotes, or is several words without a space, is a phrase."""
    found = []
    for double, single, plain in _TERM.findall(query):
        quoted = re.sub(r"\\(.)", r"\1", double or single)
        text = words(quoted or plain)
        if not text.strip():
            continue
        if plain.endswith("*") and len(plain) > 1:
            found.append(Term(text.rstrip(), text.rstrip()))
        elif quoted or len(text.split()) > 1:
            found.append(Term(text, text))
        else:
            found.append(Term(text, stemmed(text)))
    return found


@lru_cache(maxsize=10_000)
def words(text: str) -> str:
    """The words, in small letters and without accents, between single spaces: ` grosse und mass `.

    A Chinese or Japanese character is a word, so that a run of them is a phrase.
    """
    plain = "".join(
        each
        for each in unicodedata.normalize("NFKD", text.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
        if not unicodedata.combining(each)
    )
    return f" {' '.join(_WORD.findall(unicodedata.normalize('NFC', plain)))} "


def stemmed(text: str) -> str:
    """English plurals and genitives without their ending; Cyrus stems more, and more languages."""
    return re.sub(r"(?<=[a-z]{3})(?:ies |'s |(?<!s)s )", lambda found: "y " if found[0] == "ies " else " ", text)


def plain_text(content: Content) -> str:
    """The words of the body that a person reads: its texts, HTML without markup."""
    return _read(content.text_body)


def html_text(content: Content) -> str:
    """The same of the body as HTML, which may say more than a stub of plain text."""
    return _read(content.html_body)


def _read(parts: list[Part]) -> str:
    return "\n".join(shown(part.text()[0], part.type) for part in parts if part.is_text)


def shown(text: str, kind: str) -> str:
    if kind != "text/html":
        return text
    return html.unescape(re.sub(r"<[^>]*>", " ", _INVISIBLE.sub(" ", text)))


def _has(term: Term, text: tuple[str, str]) -> bool:
    exact, stems = text
    return term.words in exact or term.stem in stems


@lru_cache(maxsize=2000)
def _fields(content: Content) -> Mapping[str, tuple[str, str]]:
    """The words and the stems of each searchable field; names and addresses have no stems."""
    named: dict[str, list[str]] = {name: [] for name in ("from", "to", "cc", "bcc", "subject")}
    for name, value in content.headers:
        if name.lower() in named:
            named[name.lower()].append(as_text(value))
    bodies = [shown(part.text()[0], part.type) for part in content.parts() if part.is_text]
    names = [part.name for part in content.parts() if part.name]
    texts = {**{name: "\n".join(values) for name, values in named.items()}, "body": "\n".join(bodies)}
    texts["attachments"] = "\n".join(names)
    found = {name: words(text) for name, text in texts.items()}
    return {name: (text, stemmed(text) if name in _STEMMED else "") for name, text in found.items()}
