"""What an assistant may look at, as a ladder: a rung includes those below it. What is no rung is a box of its own."""

from mailconnect.oauth.scopes import SCOPES

_LOOKING = ("session:read", "mailboxes:read", "emails:metadata", "emails:read")

RUNGS = tuple(name for name in _LOOKING if name in SCOPES)
"""The lowest first."""

BOXES = tuple(name for name in SCOPES if name not in _LOOKING)


def highest(scope: frozenset[str]) -> str:
    """The highest rung in `scope`, or nothing."""
    return next((rung for rung in reversed(RUNGS) if rung in scope), "")


def chosen(scope: frozenset[str], rung: str, boxes: frozenset[str]) -> frozenset[str]:
    """What `scope` becomes by a rung and boxes. An unchanged rung adds nothing that `scope` lacks below it."""
    looking = scope & frozenset(RUNGS) if rung == highest(scope) else frozenset(RUNGS[: RUNGS.index(rung) + 1])
    unknown = scope - frozenset(RUNGS) - frozenset(BOXES)
    return looking | (boxes & frozenset(BOXES)) | unknown
