"""docs/deploy.md and the templates say the same."""

import re

import pytest

from tests.infra.environment import PROJECT
from tests.infra.template import document

pytestmark = pytest.mark.aws

TEXT = (PROJECT / "docs" / "deploy.md").read_text()


def test_every_parameter_stands_in_the_table_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `([A-Z]\w+)` \| (\S+) \|", TEXT, re.MULTILINE))
    defaults = {name: str(parameter["Default"]) for name, parameter in document()["Parameters"].items()}
    assert {name: "" if default == "none" else default.strip("`") for name, default in rows.items()} == defaults


def test_the_outputs_it_names_are_there() -> None:
    named = set(re.findall(r"output `(\w+)`", TEXT))
    assert named <= {*document()["Outputs"]}
    assert named == {"DnsTarget", "McpUrl"}


def test_the_concurrency_it_asks_for_is_enough() -> None:
    [limit] = re.findall(r"is under (\d+), ask", TEXT)
    [reserved] = re.findall(r"(\d+) in all", document()["Parameters"]["ReserveConcurrency"]["Description"])
    assert int(reserved) + 100 <= int(limit)  # AWS keeps 100 for what reserves nothing
