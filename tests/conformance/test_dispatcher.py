"""Our dispatcher, offering everything that the official suite asks for, passes all of it."""

import pytest

from tests.conformance.everything.edge import everything
from tests.conformance.serving import served
from tests.conformance.suite import SELECTIONS, Selection, Suite

pytestmark = [pytest.mark.peer, pytest.mark.anyio]


@pytest.mark.parametrize("selection", SELECTIONS, ids=lambda selection: selection.revision)
async def test_the_dispatcher_passes_every_scenario(suite: Suite, selection: Selection, counts: list[str]) -> None:
    async with served(everything()) as address:
        outcome = await suite.server(f"{address}/mcp", selection)
    scored = await suite.scored(selection)
    passed = [scenario for scenario in scored if outcome.passed(scenario)]
    counts.append(
        f"{selection.revision}, the dispatcher with all that the suite asks for: {len(passed)} of {len(scored)}"
    )
    assert passed == scored, outcome.told
    assert outcome.exit_code == 0, outcome.told
