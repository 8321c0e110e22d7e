"""The mailboxes that a query names, found among those of the account."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailconnect.mail.query.errors import QueryError, shown
from mailconnect.mail.query.operators import MARKS, PLACE_OF, PLACES, nearest

_SEPARATORS = re.compile(r"[\s/_.-]+")
_MAX_NAMED = 4


@dataclass(frozen=True, slots=True, repr=False)
class Place:
    """A mailbox. `path` joins the names from the root by `/`; `role` is in small letters (RFC 8621 §2)."""

    id: str
    name: str
    path: str
    role: str | None = None
    parent_id: str | None = None

    def __repr__(self) -> str:
        return "Place(…)"


class Places:
    """All mailboxes of one account."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._all: Sequence[Place] = tuple(places)

    def find(self, named: str) -> Place:
        """By role, id, path or name, in this order; letters' case, and what separates words, come last.

        Raises QueryError where none is meant or more than one, naming the nearest or those meant.
        """
        place = PLACE_OF.get(named.casefold())
        if place and (held := self.with_role(place)):
            return held
        for same in (_by_id, _by_path, _by_name, _by_folded_path, _by_folded_name, _by_letters):
            found = [candidate for candidate in self._all if same(candidate, named)]
            if len(found) == 1:
                return found[0]
            if found:
                raise _ambiguous(named, found)
        if place:
            return self._by_words(place, named)
        raise self._unknown(named)

    def with_role(self, role: str) -> Place | None:
        return next((place for place in self._all if place.role == role), None)

    def below(self, role: str) -> list[str]:
        """The ids of the mailbox with the role and of those inside it; of a role that none has, nothing."""
        top = self.with_role(role)
        if top is None:
            return []
        children: dict[str | None, list[str]] = {}
        for place in self._all:
            children.setdefault(place.parent_id, []).append(place.id)
        ids = {top.id: None}
        waiting = [top.id]
        while waiting:
            for child in children.get(waiting.pop(), ()):
                if child not in ids:
                    ids[child] = None
                    waiting.append(child)
        return list(ids)

    def _by_words(self, place: str, named: str) -> Place:
        """A mailbox without its role, by the other words for it."""
        found = [candidate for candidate in self._all if candidate.name.casefold() in PLACES[place]]
        if len(found) == 1:
            return found[0]
        raise _ambiguous(named, found) if found else self._unknown(named)

    def _unknown(self, named: str) -> QueryError:
        if named.casefold() in MARKS:
            return QueryError(
                f"There is no mailbox `{shown(named)}`; to search by the mark, write `is:{named.lower()}`."
            )
        by_name = {written.casefold(): place for place in self._all for written in (place.path, place.name)}
        near = nearest(named.casefold(), tuple(by_name))
        if near:
            return QueryError(f"There is no mailbox `{shown(named)}`; did you mean `{_as_written(by_name[near])}`?")
        return QueryError(
            f"There is no mailbox `{shown(named)}`; list_mailboxes names those there are, "
            f"and `in:anywhere` in the query searches all of them."
        )


def _by_id(place: Place, named: str) -> bool:
    return place.id == named


def _by_path(place: Place, named: str) -> bool:
    return place.path == named


def _by_name(place: Place, named: str) -> bool:
    return place.name == named


def _by_folded_path(place: Place, named: str) -> bool:
    return place.path.casefold() == named.strip("/").casefold()


def _by_folded_name(place: Place, named: str) -> bool:
    return place.name.casefold() == named.casefold()


def _by_letters(place: Place, named: str) -> bool:
    """`big-clients` for `Big Clients`, as Gmail writes labels."""
    letters = _letters(named)
    return bool(letters) and letters in {_letters(place.path), _letters(place.name)}


def _letters(text: str) -> str:
    return _SEPARATORS.sub("-", text.casefold()).strip("-")


def _as_written(place: Place) -> str:
    path = shown(place.path, 100)
    return path if path.isalnum() else f'"{path}"'


def _ambiguous(named: str, found: Sequence[Place]) -> QueryError:
    paths = ", ".join(f"`{_as_written(place)}`" for place in found[:_MAX_NAMED])
    more = f" or {len(found) - _MAX_NAMED} more" if len(found) > _MAX_NAMED else ""
    return QueryError(f"{len(found)} mailboxes are named `{shown(named)}`; write which by its path: {paths}{more}.")
