"""What is written down, and what never is."""

import hashlib
import json
import logging
import re
from collections.abc import Callable

import pytest

from mailconnect import log, pseudonyms


@pytest.fixture
def trail(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.INFO, "mailconnect.audit")
    return lambda: [record.getMessage() for record in caplog.records]


@pytest.mark.row("LG-05")
def test_a_grant_is_called_by_a_hash_that_does_not_lead_back() -> None:
    name = pseudonyms.grant_hash("0" * 22)
    assert re.fullmatch(r"[0-9a-f]{32}", name)
    assert name == pseudonyms.grant_hash("0" * 22)
    assert name != pseudonyms.grant_hash("0" * 21 + "1")


def test_a_grants_name_is_no_hash_that_anything_else_has() -> None:
    assert not hashlib.sha256(b"0" * 22).hexdigest().startswith(pseudonyms.grant_hash("0" * 22))


def test_an_event_is_one_line_of_json(trail: Callable[[], list[str]]) -> None:
    log.record("connected", grant="abc", attempts=3, client=None)
    [line] = trail()
    assert json.loads(line) == {"event": "connected", "grant": "abc", "attempts": 3}
    assert "\n" not in line


@pytest.mark.row("LG-02")
@pytest.mark.parametrize("text", ["a\nb", 'a", "event": "other', "\x1b[31m", "\u2028", "\ud800"])
def test_no_value_can_make_a_second_event(trail: Callable[[], list[str]], text: str) -> None:
    log.record("connected", grant=text)
    [line] = trail()
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line) == {"event": "connected", "grant": text}


def failing(secret: str) -> None:
    raise ValueError(secret)


def fault_of(secret: str) -> str:
    try:
        failing(secret)
    except ValueError as error:
        return log.fault(error)
    return ""


@pytest.mark.row("LG-03")
def test_a_fault_is_told_by_its_type_and_place_and_not_by_its_words(trail: Callable[[], list[str]]) -> None:
    reference = fault_of("mcr_canary")
    [line] = trail()
    fault = json.loads(line)
    assert fault["event"] == "fault"
    assert fault["type"] == "ValueError"
    assert re.fullmatch(r"failing:\d+", fault["at"])
    assert fault["reference"] == reference
    assert "canary" not in line


def test_a_faults_reference_is_the_same_each_time_it_happens_there() -> None:
    assert fault_of("one") == fault_of("another")
    assert re.fullmatch(r"[0-9a-f]{8}", fault_of("one"))


def test_a_fault_that_was_never_raised_has_no_place(trail: Callable[[], list[str]]) -> None:
    log.fault(KeyError("canary"))
    assert json.loads(trail()[0])["at"] == ""
    assert "canary" not in trail()[0]


@pytest.mark.row("LG-03")
def test_a_chain_of_faults_shows_no_words_either(trail: Callable[[], list[str]]) -> None:
    try:
        try:
            failing("mca_canary")
        except ValueError as error:
            raise RuntimeError("canary") from error
    except RuntimeError as error:
        log.fault(error)
    assert "canary" not in trail()[0]
