"""A line of the log as Lambda reads it, and what it makes of lines that say less."""

import json
import logging

import pytest

from handlers.aws.log_line import LambdaLine
from tests.infra.log import level_of, sent

NEW_YEAR = 1_767_225_600.25


def line(level: int, said: str) -> str:
    record = logging.LogRecord("mailconnect.audit", level, "", 0, said, None, None)
    record.created = NEW_YEAR
    return LambdaLine().format(record)


@pytest.mark.row("LG-06")
@pytest.mark.parametrize(
    ("level", "named"),
    [(logging.INFO, "INFO"), (logging.WARNING, "WARN"), (logging.ERROR, "ERROR"), (logging.CRITICAL, "FATAL")],
)
def test_a_line_has_its_level_and_time_by_lambdas_names(level: int, named: str) -> None:
    said = json.loads(line(level, '{"event": "fault", "type": "ValueError"}'))
    assert said == {
        "timestamp": "2026-01-01T00:00:00.250+00:00",
        "level": named,
        "event": "fault",
        "type": "ValueError",
    }
    assert level_of(said) == named


def test_a_line_that_is_no_object_becomes_one() -> None:
    said = json.loads(line(logging.WARNING, 'two\n"lines"'))
    assert (said["level"], said["message"]) == ("WARN", 'two\n"lines"')


@pytest.mark.parametrize(
    "said",
    [
        '{"event": "fault"}',
        '{"event": "fault", "level": "ERROR"}',
        '{"event": "fault", "level": "ERROR", "timestamp": "now"}',
        '{"event": "fault", "level": "ERROR", "timestamp": "2026-01-01T00:00:00"}',
        '{"event": "fault", "level": "LOUD", "timestamp": "2026-01-01T00:00:00Z"}',
        "[]",
        "Traceback",
    ],
)
def test_a_line_without_level_and_time_is_dropped_above_info(said: str) -> None:
    assert [*sent([said], "WARN")] == []
    assert len([*sent([said], "INFO")]) == 1
