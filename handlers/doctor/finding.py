"""What a check says: good, bad with what to do about it, or merely told."""

from dataclasses import dataclass


class Sick(Exception):
    """What is wrong, and what to do: two sentences, without a full stop at the end of the second."""

    def __init__(self, wrong: str, remedy: str) -> None:
        super().__init__(wrong)
        self.wrong = wrong
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Finding:
    """`remedy` is there where something is wrong."""

    check: str
    sentence: str
    remedy: str | None = None

    @property
    def line(self) -> str:
        mark = "ok  " if self.remedy is None else "FAIL"
        told = self.sentence if self.remedy is None else f"{self.sentence}. To do: {self.remedy}"
        # The deployment's own words may be in it, and whoever answers there is not to write to this terminal.
        shown = "".join(character if character.isprintable() else "?" for character in told)
        return f"{mark}  {self.check:<13} {shown}."
