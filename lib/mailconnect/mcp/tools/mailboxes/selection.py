"""The mailboxes that a role and a part of a path pick."""

import asyncio
import functools
import itertools
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from mailconnect.mail.mailbox.mailbox import LONGEST_PATH, Branch

_LONGEST_NORMALIZED = 255  # of a name that is asked for: composing a longer row of marks takes quadratic time

TURN = 500  # mailboxes; then other requests have their turn, on one machine: the worst of names takes 0.2 ms


async def matching(branches: Sequence[Branch], *, role: str, name: str) -> list[Branch]:
    """Those of a whole tree whose role is this one and whose path holds this name; an empty one lets all pass."""
    role, name = role.strip().lower(), _folded(name)
    found = []
    paths = _folded_paths(branches) if name else itertools.repeat("")
    for number, (branch, path) in enumerate(zip(branches, paths, strict=False), start=1):
        if name in path and (not role or branch.mailbox.role == role):
            found.append(branch)
        if number % TURN == 0:
            await asyncio.sleep(0)
    return found


def _folded_paths(branches: Iterable[Branch]) -> Iterator[str]:
    """Of a whole tree, each made of its parent's: nothing is composed with the "/" before it."""
    folded = functools.cache(_folded)
    above: list[str] = []
    for branch in branches:
        name = folded(branch.mailbox.name)
        path = f"{above[branch.depth - 1]}/{name}" if branch.depth else name
        if len(path) > LONGEST_PATH:
            path = name
        above[branch.depth :] = [path]
        yield path


def _folded(text: str) -> str:
    """Names come composed or decomposed, by whichever program made the mailbox."""
    if len(text) > _LONGEST_NORMALIZED:
        return text.casefold()
    return unicodedata.normalize("NFKC", text).casefold()
