"""Every requirement has its test, and every test that names a row has its row."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.collected import collected_tests

ROOT = Path(__file__).parents[1]
COLLECTED = collected_tests()
TESTS = COLLECTED.keys()
REQUIREMENTS: dict[str, dict[str, Any]] = tomllib.loads((ROOT / "tests" / "requirements.toml").read_text("utf-8"))
ROWS = {
    row: says
    for document in ("attacks", "faults")
    for row, says in re.findall(
        r"^\| ([A-Z]{1,2}-\d\d) \| (.+) \|$", (ROOT / "docs" / f"{document}.md").read_text("utf-8"), re.MULTILINE
    )
}
KINDS = "|".join(sorted({row[:-3].lower() for row in ROWS}))
NAMED = re.compile(rf"test_((?:(?:and_)?(?:{KINDS})_\d\d_)+)")
SPECIFICATIONS = {f"rfc{number}" for number in (6749, 6750, 7009, 7591, 7592, 7636, 8252, 8414, 8707, 9207, 9700, 9728)}


def rows_of(test: str) -> list[str]:
    """The rows that a test's name begins with: `test_st_06_f_27_and_...` has two."""
    found = NAMED.match(test)
    return [
        f"{kind.upper()}-{number}" for kind, number in re.findall(r"([a-z]{1,2})_(\d\d)", found[1] if found else "")
    ]


def _tests_by_row() -> Mapping[str, set[str]]:
    by_row: defaultdict[str, set[str]] = defaultdict(set)
    for test in TESTS:
        for row in rows_of(test):
            by_row[row].add(test)
    return by_row


BY_ROW = _tests_by_row()


def test_a_tests_name_begins_with_its_rows() -> None:
    assert rows_of("test_st_06_f_27_an_expired_entry") == ["ST-06", "F-27"]
    assert rows_of("test_f_05_and_f_21_slow") == ["F-05", "F-21"]
    assert rows_of("test_no_row_in_10_minutes") == []


def test_every_row_that_a_test_names_is_a_row() -> None:
    assert BY_ROW.keys() - ROWS.keys() == set()


def test_what_stands_apart_is_a_row() -> None:
    assert REQUIREMENTS["rows"].keys() - ROWS.keys() == set()


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_a_test_or_a_reason(row: str) -> None:
    apart = REQUIREMENTS["rows"].get(row, {})
    assert apart.keys() <= {"tests", "answered", "one_store"}
    assert set(apart.get("tests", [])) <= TESTS
    assert not {test for test in apart.get("tests", []) if row in rows_of(test)}, "its name says it already"
    assert bool(BY_ROW.get(row) or apart.get("tests")) != ("answered" in apart)


@pytest.mark.parametrize("row", [row for row in ROWS if row.startswith("F-")])
def test_every_fault_is_survived_on_both_stores_or_it_says_why_one_is_enough(row: str) -> None:
    apart = REQUIREMENTS["rows"].get(row, {})
    tests = BY_ROW.get(row, set()) | set(apart.get("tests", []))
    on_both = all(any(_runs_on(store, test) for test in tests) for store in REQUIREMENTS["stores"])
    assert on_both != ("one_store" in apart or "answered" in apart)


def _runs_on(store: str, test: str) -> bool:
    places = REQUIREMENTS["stores"][store]
    return any(f"{file}::{test}".startswith(place) for file in COLLECTED[test] for place in places)


@pytest.mark.parametrize("store", ["sqlite", "dynamodb"])
def test_where_tests_run_on_a_store_there_are_some(store: str) -> None:
    for place in REQUIREMENTS["stores"][store]:
        assert any(f"{file}::{test}".startswith(place) for test in TESTS for file in COLLECTED[test]), place


def test_the_specifications_are_those_of_our_roles() -> None:
    assert REQUIREMENTS.keys() - {"rows", "stores"} == SPECIFICATIONS


@pytest.mark.parametrize(
    ("specification", "requirement"),
    [(name, requirement) for name in sorted(SPECIFICATIONS) for requirement in REQUIREMENTS[name]],
)
def test_every_requirement_of_a_specification_has_its_tests(specification: str, requirement: str) -> None:
    assert re.match(r"[1-9A-Z][0-9.]* \S", requirement), "the section comes first"
    tests = REQUIREMENTS[specification][requirement]
    assert tests
    assert set(tests) - TESTS == set()
