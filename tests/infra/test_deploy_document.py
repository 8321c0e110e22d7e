"""docs/deploy.md and the templates say the same."""

import re

import pytest

from mailconnect.cli.deploy.regions import SUPPORTED
from mailconnect.cli.deploy.template import OF_ALARMS
from tests.infra.environment import PROJECT
from tests.infra.template import document

pytestmark = pytest.mark.aws

TEXT = (PROJECT / "docs" / "deploy.md").read_text()


def test_every_parameter_stands_in_the_table_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `([A-Z]\w+)` \| (\S+) \|", TEXT, re.MULTILINE))
    alarms = document("infra/observability.yaml")["Parameters"]
    parameters = document()["Parameters"] | {name: alarms[name] for name in OF_ALARMS}
    defaults = {name: str(parameter["Default"]) for name, parameter in parameters.items()}
    assert {name: "" if default == "none" else default.strip("`") for name, default in rows.items()} == defaults


def test_the_outputs_it_names_are_there() -> None:
    named = set(re.findall(r"output `(\w+)`", TEXT))
    assert named <= {*document()["Outputs"]}
    assert named == {"DnsTarget", "McpUrl"}


def test_the_concurrency_it_asks_for_is_enough() -> None:
    [limit] = re.findall(r"is under (\d+), ask", TEXT)
    [reserved] = re.findall(r"(\d+) in all", document()["Parameters"]["ReserveConcurrency"]["Description"])
    assert int(reserved) + 100 <= int(limit)  # AWS keeps 100 for what reserves nothing


def test_the_regions_are_those_that_are_offered() -> None:
    offered = TEXT.partition("and are offered:")[2].partition(".\n")[0]
    assert re.findall(r"`([a-z0-9-]+)`", offered) == [*SUPPORTED]


def test_the_numbers_of_places_and_seconds_are_right() -> None:
    """The mean number of places in use is the rate by the time that each takes."""
    places = document()["Parameters"]["McpConcurrency"]["Default"]
    assert f"with {places} places, {places / 0.25:.0f} a second from a provider that takes 0.25 seconds" in TEXT
    assert f"{places / 25:.0f} from one that\ntakes the maximum of 25" in TEXT
    assert "500 such calls a second" in TEXT
    assert 500 * 0.005 <= 3
    assert "at 5,000, a flood keeps 25 places" in TEXT
