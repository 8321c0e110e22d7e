"""ContactCard/query (RFC 9610 §3.3)."""

from collections.abc import Callable, Iterator
from typing import Any

from mailconnect.sandbox.contacts import cards
from mailconnect.sandbox.jmap import window
from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.errors import InvalidArguments, UnsupportedFilter, UnsupportedSort
from mailconnect.sandbox.jmap.filters import Test, compiled
from mailconnect.sandbox.mail.search import terms, words

_Card = dict[str, Any]


def contact_card_query(call: Call) -> dict[str, Any]:
    call.allow(*window.ARGUMENTS)

    def condition(name: str, value: Any) -> Test[_Card]:
        if name in call.provider.switches.refused_filters:
            raise UnsupportedFilter(f"{name} cannot be searched for here")
        return _condition(name, value)

    test = compiled(call.arguments.get("filter"), condition)
    found = [card for card in cards(call.held.owner.login) if test(card)]
    for comparator in reversed(window.comparators(call)):
        found.sort(key=_key(comparator["property"]), reverse=not comparator.get("isAscending", True))
    return window.windowed(call, [card["id"] for card in found])


def _condition(name: str, value: Any) -> Test[_Card]:
    if not isinstance(value, str):
        raise InvalidArguments(f"{name} is a string", arguments=["filter"])
    match name:
        case "inAddressBook":
            return lambda card: value in card["addressBookIds"]
        case "uid" | "kind":
            return lambda card: card.get(name, "individual") == value
        case "hasMember":
            return lambda card: value in card.get("members", {})
        case "createdBefore" | "updatedBefore":
            return lambda card: card[name[:7]] < value
        case "createdAfter" | "updatedAfter":
            return lambda card: card[name[:7]] >= value
        case "text":
            return lambda card: _all_in(value, [text for texts in _FIELDS.values() for text in texts(card)])
        case _ if name in _FIELDS:
            return lambda card: _all_in(value, list(_FIELDS[name](card)))
        case _:
            raise UnsupportedFilter(f"there is no condition {name[:100]}")


def _all_in(query: str, texts: list[str]) -> bool:
    """Every word of the query begins a word of one of the texts."""
    found = [words(text) for text in texts]
    return all(any(term.words.rstrip() in text for text in found) for term in terms(query))


def _values(name: str, *members: str) -> Callable[[_Card], Iterator[str]]:
    def texts(card: _Card) -> Iterator[str]:
        for entry in card.get(name, {}).values():
            for member in members:
                if isinstance(entry.get(member), str):
                    yield entry[member]

    return texts


def _names(kind: str) -> Callable[[_Card], Iterator[str]]:
    """kind "": every component, and the whole name."""

    def texts(card: _Card) -> Iterator[str]:
        name = card.get("name", {})
        if not kind and "full" in name:
            yield name["full"]
        for component in name.get("components", []):
            if kind in {"", component["kind"]}:
                yield component["value"]

    return texts


def _addresses(card: _Card) -> Iterator[str]:
    for address in card.get("addresses", {}).values():
        for component in address.get("components", []):
            yield component["value"]


_FIELDS: dict[str, Callable[[_Card], Iterator[str]]] = {
    "name": _names(""),
    "name/given": _names("given"),
    "name/surname": _names("surname"),
    "name/surname2": _names("surname2"),
    "nickname": _values("nicknames", "name"),
    "organization": _values("organizations", "name"),
    "email": _values("emails", "address", "label"),
    "phone": _values("phones", "number", "label"),
    "onlineService": _values("onlineServices", "service", "uri", "user", "label"),
    "address": _addresses,
    "note": _values("notes", "note"),
}


def _key(name: str) -> Callable[[_Card], Any]:
    if name in {"created", "updated"}:
        return lambda card: card[name]
    if name in {"name/given", "name/surname", "name/surname2"}:
        return lambda card: next(iter(_FIELDS[name](card)), "").casefold()
    raise UnsupportedSort("this property cannot be sorted by")
