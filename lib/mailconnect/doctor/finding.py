"""The result of a check: passed, failed, or passed with advice on what to set."""

from dataclasses import dataclass


class CheckFailed(Exception):
    """A failed check: what is wrong, and what to do. Two sentences, without a full stop at the end of the second."""

    def __init__(self, wrong: str, remedy: str) -> None:
        super().__init__(wrong)
        self.wrong = wrong
        self.remedy = remedy


class NoResponse(CheckFailed):
    """There was no response at all."""


class Unset(CheckFailed):
    """The deployment works, but the operator should set something."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`remedy` is there where something is wrong, or with `advice` should be set; `not_made` is how many checks this
    stands for, in place of one."""

    check: str
    sentence: str
    remedy: str | None = None
    not_made: int = 0
    advice: bool = False

    @classmethod
    def of(cls, check: str, failure: CheckFailed) -> "Finding":
        return cls(check, failure.wrong, failure.remedy, advice=isinstance(failure, Unset))

    @property
    def failed(self) -> bool:
        return self.remedy is not None and not self.advice

    @property
    def line(self) -> str:
        mark = "----" if self.not_made else "FAIL" if self.failed else "warn" if self.advice else "ok  "
        told = self.sentence if self.remedy is None else f"{self.sentence}. To do: {self.remedy}"
        # The deployment's own words may be in it, and the server there must not write to this terminal.
        shown = "".join(character if character.isprintable() else "?" for character in told)
        return f"{mark}  {self.check:<13} {shown}."
