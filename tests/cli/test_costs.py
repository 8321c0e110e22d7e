"""`mailconnect costs` counts with the prices and units of docs/costs.md, and that page has its sums."""

import re
from pathlib import Path

import pytest

from mailconnect.cli import bill
from mailconnect.cli.bill import Units, Usage, for_a_month, for_a_tool_call
from mailconnect.cli.main import main

DOCUMENT = (Path(__file__).parents[2] / "docs" / "costs.md").read_text("utf-8")


def table(heading: str) -> list[list[str]]:
    section = DOCUMENT.partition(f"{heading}\n")[2].partition("\n## ")[0]
    rows = [row.strip("| ").split(" | ") for row in section.splitlines() if row.startswith("| ")]
    return [[cell.strip("*| ") for cell in row] for row in rows[1:]]


def dollars(heading: str) -> dict[str, float]:
    return {row[0]: float(row[-1]) for row in table(heading)}


def units(*steps: str) -> Units:
    """The units of the steps together, by the table that tests/aws compares with what it counts."""
    found = dict(table("## DynamoDB calls of each step"))
    reads = writes = 0.0
    for step in steps:
        for count, operation, each in re.findall(r"(\d+)? ?([A-Z][A-Za-z]+) [a-z]+ ([0-9.]+)", found[step]):
            amount = int(count or 1) * float(each)
            if operation in ("GetItem", "Query"):
                reads += amount
            else:
                writes += amount
    return Units(reads, writes)


def test_the_prices_are_the_documents() -> None:
    prices = {
        name: float(re.sub(r"[^0-9.]", "", price.split(" a ")[0])) for name, price, *_ in table("# What it costs")[:16]
    }
    assert prices == pytest.approx(
        {
            "HTTP API": bill.HTTP_API * 1e6,
            "Lambda requests": bill.LAMBDA_REQUEST * 1e6,
            "Lambda time, arm64": bill.GB_SECOND,
            "SnapStart": bill.SNAPSHOT_GB_SECOND,
            "DynamoDB reads": bill.READ_UNIT * 1e6,
            "DynamoDB writes": bill.WRITE_UNIT * 1e6,
            "DynamoDB storage": bill.STORED_GB,
            "KMS keys": bill.KEY,
            "KMS requests": bill.KEY_REQUEST * 10_000,
            "CloudWatch alarms": bill.ALARMED_METRIC,
            "CloudWatch metrics": bill.OWN_METRIC,
            "CloudWatch dashboards": 3.0,
            "CloudWatch logs": bill.LOGGED_GB,
            "transfer out": bill.SENT_GB,
            "S3": bill.ARTIFACT_GB,
        }
    )


def test_the_units_are_those_that_are_counted() -> None:
    renewing = units("tool call that refreshes the provider's token")
    assert units("tool call") == bill.TOOL_CALL
    assert units("refresh") == bill.REFRESH
    assert Units(renewing.reads - 1, renewing.writes) == bill.RENEWAL
    minute = units("60 tool calls in a minute")
    assert Units((minute.reads - 60) / 60, minute.writes / 60) == bill.COUNTED_CALL
    connecting = units("registration", "consent and sign-in", "redemption of the code")
    assert Units(connecting.reads, connecting.writes + 2) == bill.CONNECTING
    assert units("revocation", "sweep of what was ended") == bill.ENDING
    assert units("sweep without work") == bill.SWEEP


def test_the_documents_sums_are_the_commands() -> None:
    documented = dollars("## A million tool calls")
    computed = {line.what: line.dollars * 1e6 for line in for_a_tool_call()}
    assert documented.pop("together") == pytest.approx(sum(computed.values()), abs=0.03)
    assert documented == pytest.approx(computed, abs=0.0051)
    documented = dollars("## A thousand connected mailboxes, a month")
    month = [line.dollars for line in for_a_month(Usage(mailboxes=1000))]
    assert documented.pop("together") == pytest.approx(sum(month), abs=0.05)
    assert [*documented.values()] == pytest.approx(month, abs=0.0051)


def test_the_command_adds_up_what_it_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["costs", "--mailboxes", "250", "--calls", "40", "--years", "2"], {}) == 0
    *lines, total, _ = capsys.readouterr().out.splitlines()
    parts = [float(line.split()[-1].replace(",", "")) for line in lines]
    assert sum(parts) == pytest.approx(float(total.split()[-1]), abs=0.05)
    assert next(line for line in lines if line.startswith("older versions of rotated keys")).endswith("4.00")


@pytest.mark.parametrize("words", [["--mailboxes", "-1"], ["--mailboxes", "1", "--calls", "nan"]])
def test_a_number_that_means_nothing_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["costs", *words], {}) == 2
    assert "give a number from 0" in capsys.readouterr().err
