"""Schedules beyond the bounds of the explored ones, drawn by Hypothesis: four workers, and more trouble at once."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import anyio
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.upstream.interleaving import Choices, Left
from tests.upstream.one_grant import EARLY, ENDING, EXPIRED
from tests.upstream.test_renewal_interleavings import told

_T = TypeVar("_T")


class Drawn(Choices):
    """Mostly the first, which is to go on; and something else where Hypothesis says so."""

    def __init__(self, draw: Callable[[st.SearchStrategy[int]], int]) -> None:
        super().__init__()
        self._draw = draw

    def of(self, options: Sequence[_T]) -> _T:
        if len(options) == 1 or self._draw(st.integers(0, 3)):
            return options[0]
        return options[self._draw(st.integers(1, len(options) - 1))]


@settings(max_examples=400)
@given(
    st.data(),
    st.sampled_from([EXPIRED, ENDING, EARLY]),
    st.lists(st.sampled_from(["call", "call", "call", "disconnect"]), min_size=2, max_size=4),
    st.builds(Left, preemptions=st.just(8), kills=st.integers(0, 2), faults=st.integers(0, 3), ticks=st.integers(1, 3)),
)
def test_f_19_no_schedule_at_all_loses_a_mailbox(
    data: st.DataObject, seconds_left: int, acts: list[str], left: Left
) -> None:
    """Each is watched at every step, and by what is left when all is quiet."""
    first = acts.index("disconnect") if "disconnect" in acts else -1
    once = [act if act == "call" or number == first else "call" for number, act in enumerate(acts)]
    anyio.run(lambda: told(Drawn(data.draw), left, seconds_left, *once))
