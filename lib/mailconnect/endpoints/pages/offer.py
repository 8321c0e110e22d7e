"""The abilities that an assistant may be allowed, in a few lines: by the ladder, the boxes and the ways of sending that
there are.
"""

from collections.abc import Iterable

from mailconnect.endpoints.pages.boxes import Group, boxes
from mailconnect.endpoints.pages.ladder import SENDING_WAYS, rungs
from mailconnect.oauth.scopes import SCOPES


def offer() -> list[str]:
    every = frozenset(SCOPES)
    return [
        *(_sentence([rung.sees]) for rung in rungs(every)),
        *(_sentence(box.sees for box in boxes(every, group)) for group in Group),
        _sentence([SENDING_WAYS[0].sees]),
        _sentence(way.sees for way in SENDING_WAYS[1:]) + ", if you choose that",
    ]


def _sentence(said: Iterable[str]) -> str:
    text = ", ".join(map(str, said))
    return text[0].upper() + text[1:]
