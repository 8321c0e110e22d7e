"""How much of a text a model gets: cut at a paragraph, with the offset that reads on exactly there."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Piece:
    """Pieces read one after another by their `next_offset` are together the whole text. Counts are in characters."""

    text: str = field(repr=False)
    offset: int
    total: int
    next_offset: int | None  # None at the end

    @property
    def note(self) -> str:
        """Empty where all of the text is shown from its beginning."""
        if self.next_offset is not None:
            start = f"from {self.offset:,} " if self.offset else ""
            return (
                f"[{start}cut at {self.next_offset:,} of {self.total:,} characters; offset {self.next_offset} reads on]"
            )
        if self.offset > self.total:
            return f"[nothing at offset {self.offset}: the text has {self.total:,} characters]"
        return f"[from {self.offset:,} to the end, {self.total:,} characters]" if self.offset else ""


def cut(text: str, *, offset: int = 0, longest: int) -> Piece:
    """At most `longest` characters from `offset`, and at least one where there is one."""
    longest = max(1, longest)
    offset = max(0, offset)
    total = len(text)
    if total - offset <= longest:
        return Piece(text[offset:], offset, total, None)
    end = offset + longest
    least = offset + longest - longest // 4
    for boundary in ("\n\n", "\n", ". ", " "):
        at = text.rfind(boundary, least, end)
        if at >= 0:
            end = at + len(boundary)
            break
    return Piece(text[offset:end], offset, total, end)


def shares(wanted: Sequence[int], *, each: int, together: int) -> list[int]:
    """Characters for each of several texts, in their order: nobody gets more than it wants or than `each`.

    What short texts leave over goes to the longer ones in equal parts.
    """
    left = max(0, together)
    given = [0] * len(wanted)
    by_size = sorted(range(len(wanted)), key=lambda at: (min(wanted[at], each), at))
    for done, at in enumerate(by_size):
        given[at] = min(wanted[at], each, left // (len(by_size) - done))
        left -= given[at]
    return given
