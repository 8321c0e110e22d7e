"""docs/search.md describes the language as it is."""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailconnect.mail.query.operators import OPERATORS, PLACES
from mailconnect.mail.query.parser import DEEPEST, LONGEST, parse
from mailconnect.mail.query.printer import printed

DOCUMENT = (Path(__file__).parents[3] / "docs" / "search.md").read_text("utf-8")


def read(text):
    return parse(text, me=["ann@example.org"], zone=ZoneInfo("UTC"), now=datetime(2026, 11, 30, tzinfo=UTC))


def test_every_operator_and_place_is_in_it():
    for name in OPERATORS:
        assert f"`{name}:`" in DOCUMENT
    for place in PLACES:
        assert f"`{place}`" in DOCUMENT or f"`in:{place}`" in DOCUMENT


@pytest.mark.parametrize("operator", ["is", "has", "in"])
def test_every_value_that_it_names_is_one(operator):
    row = next(line for line in DOCUMENT.splitlines() if line.startswith(f"| `{operator}:`"))
    for value in re.findall(r"`([a-z]+)`", row):
        assert read(f"{operator}:{value}")


def test_its_words_on_or_dates_and_bounds_are_true():
    assert printed(read("a OR b c")) == "(a OR b) c"
    assert f"at most {LONGEST} characters, and {DEEPEST} parentheses" in DOCUMENT
    dates = DOCUMENT.split("**Dates**")[1].split(". A day")[0]
    for date in re.findall(r"`([^`]+)`", dates):
        assert read(f"after:{date}")
