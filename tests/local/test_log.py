"""The events that are kept on one machine, however many an unauthenticated caller causes."""

import fcntl
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from mailconnect import log as operational
from mailconnect.local import log as log_module
from mailconnect.local.log import SECURITY_EVENTS, Events, Security, Shared, events_kept
from mailconnect.store.audit import What

NOW = 1_800_000_000
REFERENCE = "reference"


@dataclass
class Log:
    folder: Path
    handlers: tuple[Security, Events]
    now: int = NOW

    def emit(self, record: logging.LogRecord) -> bool:
        record.created = self.now
        for handler in self.handlers:
            handler.handle(record)
        return False

    @property
    def security(self) -> list[dict[str, object]]:
        return self._lines("audit.log")

    @property
    def lines(self) -> list[dict[str, object]]:
        return self._lines("events.log")

    def _lines(self, name: str) -> list[dict[str, object]]:
        path = self.folder / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    made = Log(tmp_path, (Security(tmp_path / "audit.log"), Events(tmp_path / "events.log")))
    logger = logging.getLogger("mailconnect.audit")
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addFilter(made.emit)
    yield made
    logger.removeFilter(made.emit)
    logger.setLevel(level)
    for handler in made.handlers:
        handler.close()


def refused(reason: str) -> dict[str, object]:
    return {"event": "access_refused", "reason": reason}


@pytest.mark.row("LG-08")
def test_pages_refused_without_end_push_no_security_event_out(log: Log) -> None:
    operational.record("connected", grant="g")
    for number in range(32_000):
        log.now = NOW + number // 50
        operational.record("page_refused", status=400, page="Not registered", reference=f"{number:08x}")
    operational.record("grant_retired", grant="g", reason="refresh_replay")
    assert [one["event"] for one in log.security] == ["connected", "grant_retired"]
    assert sum(path.stat().st_size for path in log.folder.glob("events.log*")) < 10_000


@pytest.mark.row("LG-08")
def test_a_refused_page_is_of_one_kind_whatever_its_reference(log: Log) -> None:
    for reference in ("a", "b", "c"):
        operational.record("page_refused", status=400, page="This page has been used", reference=reference)
    log.now += 60
    operational.record("page_refused", status=400, page="This page has been used", reference="d")
    kind = {"event": "page_refused", "status": 400, "page": "This page has been used"}
    assert log.lines == [kind | {REFERENCE: "a"}, kind | {"further": 2}, kind | {REFERENCE: "d"}]


@pytest.mark.row("LG-08")
def test_kinds_without_end_are_counted_by_their_event(log: Log) -> None:
    for number in range(10_000):
        operational.record("client_keys_not_fetched", client=f"c{number}", reason="timeout")
    assert len(log.lines) == 201
    log.now += 60
    operational.record("access_refused", reason="unknown")
    assert {"event": "client_keys_not_fetched", "further": 9_799} in log.lines


@pytest.mark.row("LG-08")
def test_every_event_of_an_owners_history_is_a_security_event_unless_anybody_can_cause_it() -> None:
    assert {*What} - SECURITY_EVENTS == {What.CONSENT_DENIED, What.TOKEN_REPEATED, What.TOKEN_REVOKED}


@pytest.mark.row("LG-08")
def test_a_command_beside_the_server_writes_into_the_same_files(tmp_path: Path) -> None:
    server = Shared(tmp_path / "audit.log")
    server.emit(logging.makeLogRecord({"msg": "of the server"}))
    with events_kept(tmp_path):
        operational.record("switch_turned", switch="read_only", on="yes")
    operational.record("switch_turned", switch="read_only", on="no")
    server.close()
    assert logging.getLogger("mailconnect.audit").propagate, "afterwards events go where they went before"
    lines = (tmp_path / "audit.log").read_text().splitlines()
    assert len(lines) == 2
    assert lines[1].endswith('{"event": "switch_turned", "switch": "read_only", "on": "yes"}')
    assert (tmp_path / "audit.log").stat().st_mode & 0o777 == 0o600


def test_tokens_that_are_refused_without_end_are_a_line_a_minute(log: Log) -> None:
    for second in range(600):
        log.now = NOW + second
        for _ in range(80):
            operational.record("access_refused", reason="unknown")
    assert log.lines == [
        *([refused("unknown"), refused("unknown") | {"further": 4799}] * 9),
        refused("unknown"),
    ]


def test_each_reason_has_its_line_at_once(log: Log) -> None:
    for reason in ("unknown", "expired", "unknown"):
        operational.record("access_refused", reason=reason)
    assert log.lines == [refused("unknown"), refused("expired")]


def test_counted_events_are_told_with_the_next_event_after_the_minute(log: Log) -> None:
    for _ in range(3):
        operational.record("access_refused", reason="unknown")
    log.now += 59
    operational.record("sign_in_failed", reason="Timeout")
    log.now += 1
    operational.record("callback_rejected", reason="not_this_browser")
    assert log.lines == [
        refused("unknown"),
        {"event": "sign_in_failed", "reason": "Timeout"},
        refused("unknown") | {"further": 2},
        {"event": "callback_rejected", "reason": "not_this_browser"},
    ]


def test_or_when_the_process_ends(log: Log) -> None:
    for _ in range(3):
        operational.record("access_refused", reason="unknown")
    log.handlers[1].close()
    assert log.lines == [refused("unknown"), refused("unknown") | {"further": 2}]


def test_each_connection_has_its_line(log: Log) -> None:
    for grant in ("g", "h", "g"):
        operational.record("token_refused", grant=grant, reason="unknown")
    assert [line["grant"] for line in log.lines] == ["g", "h"]


def test_each_security_event_is_a_line(log: Log) -> None:
    for _ in range(3):
        operational.record("connected")
    assert len(log.security) == 3


def test_requests_of_one_kind_are_one_kind_whatever_their_names(log: Log) -> None:
    for name in ("a", "b"):
        token = operational.CURRENT.set(operational.RequestFacts(name, "mcp"))
        operational.record("access_refused", reason="unknown")
        operational.CURRENT.reset(token)
    assert log.lines == [refused("unknown") | {"request": "a"}]


@contextmanager
def stopped_while_it_writes(folder: Path) -> Iterator[None]:
    """Another process, or an operator's command, that holds the lock and does not go on."""
    held = os.open(folder, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    yield
    os.close(held)


@pytest.mark.row("FL-15")
def test_a_process_that_was_stopped_while_it_wrote_holds_the_others_up_for_a_tenth_of_a_second_only(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    now = 1000.0
    monkeypatch.setattr(log_module.time, "sleep", waited.append)
    monkeypatch.setattr(log_module.time, "monotonic", lambda: now)
    log.handlers[0].maxBytes = 300
    with stopped_while_it_writes(log.folder):
        for _ in range(10):
            operational.record("worker_died", number=1)
        assert sum(waited) == pytest.approx(0.09)
        now += 5
        operational.record("worker_died", number=2)
        assert sum(waited) == pytest.approx(0.18)
    assert len(log.security) == 11, "each line is there, and no file began anew"
    operational.record("worker_died", number=3)
    assert [line["number"] for line in log.security] == [3]
    operational.record("worker_died", number=4)
    assert sum(waited) == pytest.approx(0.18)
