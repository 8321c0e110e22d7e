"""Each explanation of a surviving mutant is of code that is there; whether it still survives, `make mutation` says."""

from collections import Counter
from itertools import accumulate

from tests.mutation.explained import ROOT, explanations, rooms


def places(module: str, was: str) -> int:
    """Where these lines are, which mutmut shows joined."""
    lines = [line.strip() for line in (ROOT / module).read_text("utf-8").splitlines()]
    return sum(was in accumulate(lines[start : start + 9], "{} {}".format) for start in range(len(lines)))


def test_an_explanation_is_of_a_line_of_a_module_that_is_mutated() -> None:
    mutated = {module for room in rooms() for module in room.modules}
    for explanation in explanations():
        said = f"{explanation.module}: {explanation.was}"
        assert explanation.module in mutated, said
        assert places(explanation.module, explanation.was) == 1, f"{said}: gone, or there twice"
        assert explanation.becomes, said
        assert explanation.was not in explanation.becomes, said
        assert explanation.why.endswith("."), said


def test_no_mutant_is_explained_twice() -> None:
    changes = Counter(change for explanation in explanations() for change in explanation.changes)
    assert max(changes.values()) == 1


def test_every_room_has_modules_and_tests_that_are_there() -> None:
    for room in rooms():
        assert room.modules
        assert all((ROOT / path).exists() for path in (*room.tests, *room.without))
