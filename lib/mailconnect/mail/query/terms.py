"""One operator with its value, made into a node of the tree."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mailconnect.mail.query import operators, tree
from mailconnect.mail.query.dates import moment
from mailconnect.mail.query.errors import QueryError, shown
from mailconnect.mail.query.lexer import Lexeme, is_punctuation
from mailconnect.mail.query.signs import COLONS
from mailconnect.mail.query.sizes import octets

_PLAIN = re.compile(r"[^\W_][\w.+@&/=-]*")
_BEFORE_ADDRESS = re.compile(r"\A(?:mailto:|[<*@.\s-])*", re.IGNORECASE)
_IN_ANGLES = re.compile(r"[^<>]*<([^<>\s]+)>")


@dataclass(frozen=True, slots=True, repr=False)
class QueryContext:
    """`me` are the account's own addresses, `now` has an offset."""

    me: Sequence[str]
    zone: ZoneInfo
    now: datetime


def operator_named(token: Lexeme) -> str:
    """Raises QueryError for a word that is no operator."""
    written = token.text
    name = written.lower()
    name = operators.SAME_AS.get(name, name)
    if name in operators.OPERATORS:
        return name
    remedy = operators.REMEDIES.get(name)
    near = operators.nearest(name, operators.OPERATORS)
    quoted = f'to search for the text itself, put it in quotes: `"{shown(written)}: …"`'
    if remedy:
        hint = f"; write {remedy}. Or, {quoted}."
    elif near:
        hint = f"; did you mean `{near}:`? Or, {quoted}."
    else:
        hint = f"; {quoted}. The operators are {', '.join(operators.OPERATORS)}."
    raise QueryError(f"There is no operator `{shown(written)}:`{hint}", token.position)


def text_of(token: Lexeme) -> tree.Node | None:
    """A word without an operator. None for mere punctuation, by which nothing can be found."""
    if not token.phrase and is_punctuation(token.text):
        return None
    return tree.Text(token.text, token.phrase)


def term(operator: str, token: Lexeme, context: QueryContext) -> tree.Node:
    """An operator with one value. Raises QueryError, which names the operator and the position."""
    try:
        return _term(operator, token, context)
    except QueryError as error:
        at = "" if error.text.startswith("There is no") else f"`{operator}:` at character {token.position}: "
        raise QueryError(at + error.text, token.position) from None


def _term(operator: str, token: Lexeme, context: QueryContext) -> tree.Node:
    value = token.text
    if not token.phrase:
        _no_operator_inside(operator, value)
    if kind := operators.PEOPLE.get(operator):
        return _person(kind, operator, token, context.me)
    if words := operators.WORDS.get(operator):
        return _words(words, operator, token)
    if size := operators.SIZES.get(operator):
        return size(octets(value))
    if date := operators.DATES.get(operator):
        return date(moment(value, context.zone, context.now))
    if operator == "in":
        if is_punctuation(value):
            raise QueryError("It needs a mailbox, such as `in:archive`.")
        return tree.In(operators.PLACE_OF.get(value.casefold(), value))
    return _mark(value) if operator == "is" else _has(value)


def _no_operator_inside(operator: str, value: str) -> None:
    before, colon, _ = value.replace(COLONS[1], COLONS[0]).partition(":")
    if colon and before.lower() in operators.OPERATORS:
        raise QueryError(f"`{before}:` cannot be its value; put a space between the two, or quotes around the value.")
    if value.startswith("-") and operator not in operators.SIZES and operator not in operators.DATES:
        raise QueryError(f"`-` goes before the operator: write `-{operator}:{shown(value[1:]) or 'word'}`.")


def _person(kind: type[tree.Person], operator: str, token: Lexeme, me: Sequence[str]) -> tree.Node:
    if not token.phrase and token.text.lower() == "me":
        if not me:
            raise QueryError("The account's own addresses are not known here; write the address instead of `me`.")
        return tree.any_of([_plainly(kind, address) for address in dict.fromkeys(map(_bare, me)) if address])
    value = token.text if token.phrase else token.text.rstrip(";")
    if "," in value and not token.phrase:
        raise QueryError(f"A comma joins nothing; write `{operator}:(ann@example.org OR bob@example.org)`.")
    value = _bare(value)
    if not value or is_punctuation(value):
        raise QueryError(f"It needs a name, an address or a part of one, such as `{operator}:example.org`.")
    return kind(value, token.phrase) if value == token.text else _plainly(kind, value, phrase=token.phrase)


def _bare(address: str) -> str:
    """Of `Ann <ann@example.org>`, `mailto:ann@example.org`, `*@example.org`, `@example.org` what is to be found."""
    match = _IN_ANGLES.fullmatch(address)
    address = match[1] if match else address.rstrip("> ")
    return _BEFORE_ADDRESS.sub("", address)


def _plainly(kind: type[tree.Words], value: str, *, phrase: bool = False) -> tree.Words:
    """In quotes, if it would not read as the same value without them."""
    return kind(value, phrase or not _PLAIN.fullmatch(value) or value.lower() == "me")


def _words(kind: type[tree.Words], operator: str, token: Lexeme) -> tree.Node:
    value = token.text
    if kind is tree.List:
        value = value.strip("<>")
        if value == "*" or (value and not is_punctuation(value)):
            return tree.List(value) if value == "*" else _plainly(kind, value, phrase=token.phrase)
    elif kind is tree.Filename:
        value = value.lstrip("*-")
    if not value or is_punctuation(value):
        raise QueryError(f"It needs a word, such as `{operator}:budget`.")
    if kind is tree.Text or value != token.text:
        return _plainly(kind, value, phrase=token.phrase)
    return kind(value, token.phrase)


def _mark(value: str) -> tree.Node:
    name = value.casefold().removeprefix("$").removeprefix("\\")
    if name in operators.MARKS:
        mark, borne = operators.MARKS[name]
        return tree.Is(mark) if borne else tree.Not(tree.Is(mark))
    if name in operators.IS_PLACES:
        if is_punctuation(value):
            raise QueryError("It needs a mailbox, such as `in:archive`.")
        return tree.In(operators.IS_PLACES[name])
    if name in operators.ATTACHMENT:
        return tree.HasAttachment()
    near = operators.nearest(name, tuple(operators.MARKS))
    hint = f"did you mean `is:{near}`?" if near else f"the values are {' '.join(operators.MARKS)}."
    raise QueryError(f"There is no `is:{shown(value)}`; {hint}")


def _has(value: str) -> tree.Node:
    name = value.casefold()
    if name in operators.ATTACHMENT:
        return tree.HasAttachment()
    if name in {"memo", "memos", "note", "notes"}:
        return tree.Is("hasmemo")
    if name in operators.KINDS_OF_FILE:
        ending = operators.KINDS_OF_FILE[name]
        raise QueryError(f"There is no `has:{shown(value)}`; write `has:attachment filename:{ending}`.")
    near = operators.nearest(name, operators.HAS)
    hint = f"did you mean `has:{near}`?" if near else "the values are attachment and memo."
    raise QueryError(f"There is no `has:{shown(value)}`; {hint}")
