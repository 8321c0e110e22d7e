"""What is kept of events on one machine, whoever tries to fill its log."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mailconnect import log as operational
from mailconnect.local.log import Events

NOW = 1_800_000_000


@dataclass
class Log:
    path: Path
    handler: Events
    now: int = NOW

    def emit(self, record: logging.LogRecord) -> bool:
        record.created = self.now
        self.handler.emit(record)
        return False

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.path.read_text().splitlines()]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    made = Log(tmp_path / "audit.log", Events(tmp_path / "audit.log"))
    logger = logging.getLogger("mailconnect.audit")
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addFilter(made.emit)
    yield made
    logger.removeFilter(made.emit)
    logger.setLevel(level)
    made.handler.close()


def refused(reason: str) -> dict[str, object]:
    return {"event": "access_refused", "reason": reason}


def test_tokens_that_are_refused_without_end_roll_nothing_out_of_the_log(log: Log) -> None:
    operational.record("connected", grant="g")
    for second in range(600):
        log.now = NOW + second
        for _ in range(80):
            operational.record("access_refused", reason="unknown")
    assert log.lines == [
        {"event": "connected", "grant": "g"},
        *([refused("unknown"), refused("unknown") | {"further": 4799}] * 9),
        refused("unknown"),
    ]


def test_each_reason_has_its_line_at_once(log: Log) -> None:
    for reason in ("unknown", "expired", "unknown"):
        operational.record("access_refused", reason=reason)
    assert log.lines == [refused("unknown"), refused("expired")]


def test_what_was_counted_is_told_with_the_next_event_after_the_minute(log: Log) -> None:
    for _ in range(3):
        operational.record("access_refused", reason="unknown")
    log.now += 59
    operational.record("connected", grant="g")
    log.now += 1
    operational.record("erased", grant="g")
    assert log.lines == [
        refused("unknown"),
        {"event": "connected", "grant": "g"},
        refused("unknown") | {"further": 2},
        {"event": "erased", "grant": "g"},
    ]


def test_or_when_the_process_ends(log: Log) -> None:
    for _ in range(3):
        operational.record("access_refused", reason="unknown")
    log.handler.close()
    assert log.lines == [refused("unknown"), refused("unknown") | {"further": 2}]


def test_so_it_is_with_every_refusal_that_names_nobody(log: Log) -> None:
    for _ in range(3):
        operational.record("page_refused", status=400, page="This page has been used", reference=None)
        operational.record("callback_rejected", reason="not_this_browser")
    assert len(log.lines) == 2


def test_other_events_are_each_a_line(log: Log) -> None:
    for _ in range(3):
        operational.record("token_refused", grant="g", reason="unknown")
        operational.record("client_keys_not_fetched", client="c", reason="timeout")
        operational.record("connected")
    assert len(log.lines) == 9


def test_requests_of_one_kind_are_one_kind_whatever_their_names(log: Log) -> None:
    for name in ("a", "b"):
        token = operational.begin(operational.Request(name, "mcp", "none"))
        operational.record("access_refused", reason="unknown")
        operational.end(token)
    assert log.lines == [refused("unknown") | {"request": "a"}]
