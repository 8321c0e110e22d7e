"""Every requirement has its test, and every test that names a row has its row."""

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

from tests.collected_tests import Test, collected_tests, rows_in_name, rows_of

ROOT = Path(__file__).parents[1]
REQUIREMENTS: dict[str, dict[str, Any]] = tomllib.loads((ROOT / "tests" / "requirements.toml").read_text("utf-8"))
DOCUMENTS = {name: (ROOT / "docs" / f"{name}.md").read_text("utf-8") for name in ("attacks", "faults")}
ROWS = {
    row for text in DOCUMENTS.values() for row in re.findall(r"^\| ([A-Z]{1,2}-\d\d) \| .+ \|$", text, re.MULTILINE)
}
INVARIANTS = {*re.findall(r"\((I\d)\)", DOCUMENTS["faults"])}
SPECIFICATIONS = {f"rfc{number}" for number in (6749, 6750, 7009, 7591, 7592, 7636, 8252, 8414, 8707, 9207, 9700, 9728)}


def names() -> set[str]:
    return {test.name for test in collected_tests()}


def set_apart(row: str) -> dict[str, Any]:
    """The row's entry in requirements.toml."""
    apart: dict[str, Any] = REQUIREMENTS["rows"].get(row, {})
    return apart


def holding(row: str) -> set[Test]:
    named = set_apart(row).get("tests", [])
    return {test for test in collected_tests() if row in test.rows or test.name in named}


def test_a_test_names_its_rows_by_markers() -> None:
    [marked] = ast.parse('@pytest.mark.row("ST-06", "F-27")\n@pytest.mark.anyio\ndef test_that_it_has_two(): ...').body
    assert isinstance(marked, ast.FunctionDef)
    assert rows_of(marked) == {"ST-06", "F-27"}


def test_no_name_begins_with_a_row() -> None:
    assert rows_in_name("test_" + "st_06_f_27_an_expired_entry") == {"ST-06", "F-27"}
    assert [test.place for test in collected_tests() if rows_in_name(test.name)] == []


def test_every_row_that_a_test_names_is_a_row() -> None:
    assert {row for test in collected_tests() for row in test.rows} - ROWS - INVARIANTS == set()


def test_a_row_that_stands_apart_is_there_and_complete() -> None:
    assert REQUIREMENTS["rows"].keys() - ROWS == set()
    for row, apart in REQUIREMENTS["rows"].items():
        assert apart.keys() <= {"tests", "answered", "one_store"}, row
        assert {*apart.get("tests", [])} <= names(), row


def test_a_row_that_stands_apart_is_not_named_by_a_marker_too() -> None:
    twice = {(row, test.name) for row in ROWS for test in collected_tests() if row in test.rows}
    assert twice & {(row, name) for row in ROWS for name in set_apart(row).get("tests", [])} == set()


def test_every_row_and_every_invariant_has_a_test_or_a_reason() -> None:
    for row in sorted(ROWS | INVARIANTS):
        assert bool(holding(row)) is not ("answered" in set_apart(row)), row


def test_every_fault_is_survived_on_both_stores_or_it_says_why_one_is_enough() -> None:
    for row in sorted(row for row in ROWS if row.startswith(("F-", "W-"))):
        on_both = all(any(_runs_on(store, test) for test in holding(row)) for store in REQUIREMENTS["stores"])
        apart = set_apart(row)
        assert on_both is not ("one_store" in apart or "answered" in apart), row


def _runs_on(store: str, test: Test) -> bool:
    return any(test.place.startswith(place) for place in REQUIREMENTS["stores"][store])


def test_where_tests_run_on_a_store_there_are_some() -> None:
    assert REQUIREMENTS["stores"].keys() == {"sqlite", "dynamodb"}
    for places in REQUIREMENTS["stores"].values():
        for place in places:
            assert any(test.place.startswith(place) for test in collected_tests()), place


def test_the_specifications_are_those_of_our_roles() -> None:
    assert REQUIREMENTS.keys() - {"rows", "stores"} == SPECIFICATIONS


def test_every_requirement_of_a_specification_has_its_tests() -> None:
    for specification in sorted(SPECIFICATIONS):
        for requirement, tests in REQUIREMENTS[specification].items():
            assert re.match(r"[1-9A-Z][0-9.]* \S", requirement), (
                f"{specification} {requirement}: the section comes first"
            )
            assert tests, f"{specification} {requirement}"
            assert {*tests} - names() == set(), f"{specification} {requirement}"
