"""The measurement of the functions' starts tells them all that they ask for; else it ends in the middle."""

import re
from pathlib import Path

from bench.lambda_start import VARIABLES

HANDLERS = Path(__file__).parents[1] / "handlers"


def test_every_variable_that_a_function_needs_is_set_where_its_start_is_measured() -> None:
    asked = {
        name for path in HANDLERS.glob("*.py") for name in re.findall(r'named\("(\w+)"\)', path.read_text("utf-8"))
    }
    assert asked <= {*VARIABLES}
