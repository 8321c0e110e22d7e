"""The words in which an owner reads their history."""

import dataclasses

import pytest

from mailconnect.endpoints.account.words import OUTCOMES, REASONS, lines
from mailconnect.grants.decision import Repeat
from mailconnect.grants.retirement import Reason
from mailconnect.oauth.scopes import SCOPES
from mailconnect.store.audit import Actor, Event, What

EVENT = Event(
    id="1",
    owner="o",
    at=7,
    what=What.CONNECTED,
    actor=Actor.OWNER,
    door="web",
    source="none",
    client_name="Poke",
    expires_at=9,
)


def said(**changes: str) -> str:
    [line] = lines([dataclasses.replace(EVENT, **changes)])
    assert (line.at, line.about) == (7, "Poke")
    return line.sentence


def test_every_event_and_every_reason_has_its_words() -> None:
    assert {*REASONS} == {*Reason}
    for what in What:
        assert "does not know" not in said(what=what)
    for reason in Reason:
        assert REASONS[reason] in said(what=What.GRANT_RETIRED, reason=reason)
    for outcome, sentence in OUTCOMES.items():
        assert sentence in said(what=What.ERASED, reason=outcome)


def test_a_replay_is_called_one() -> None:
    assert {reason for reason in Reason if "Replay" in said(what=What.GRANT_RETIRED, reason=reason)} == {
        Reason.CODE_REPLAY,
        Reason.REFRESH_REPLAY,
        Reason.REFRESH_SHARED,
    }
    for reason in Repeat:
        assert "answered again" in said(what=What.TOKEN_REPEATED, reason=reason)
    assert "another network" in said(what=What.TOKEN_REPEATED, reason=Repeat.ELSEWHERE)
    assert "another network" not in said(what=What.TOKEN_REPEATED, reason=Repeat.BESIDE)


def test_a_narrowing_is_told_in_the_words_of_the_consent_page() -> None:
    title = SCOPES["session:read"].title
    assert said(what=What.NARROWED, reason="-session:read") == f"You switched off: {title}."
    assert said(what=What.NARROWED, reason="session:read") == f"You switched off all but: {title}."
    assert said(what=What.NARROWED, reason="-of:another:version") == "You switched off: of:another:version."
    assert said(what=What.WIDENED, reason="+session:read") == f"You allowed it also: {title}."


@pytest.mark.parametrize(("what", "reason"), [("of_another_version", ""), (What.GRANT_RETIRED, "of_another_version")])
def test_an_event_that_another_version_wrote_breaks_nothing(what: str, reason: str) -> None:
    assert said(what=what, reason=reason) in ("Something that this version does not know.", "It ended.")
    assert "IPv6" not in said(what=What.ERASED, actor=Actor.SERVICE, source="IPv6", reason="revoked")
