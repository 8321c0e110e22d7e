"""The facts of a JMAP session that are kept: sealed apart from the props."""

import json
from dataclasses import replace

import msgspec
import pytest

from mailconnect.grants.envelope import seal
from mailconnect.grants.errors import SealBroken
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.props import keep_session_facts, open_props, open_session_facts
from tests.grants.scenario import ENTROPY, PROPS, SESSION_FACTS, active, after, authorized, stops

MADE = active()
GRANT, DATA_KEY = MADE.grant, MADE.new.data_key
MOVED = msgspec.structs.replace(SESSION_FACTS, api_url="https://moved.example/jmap/", state="s2")


def holding(plaintext: bytes) -> Grant:
    place = ("session", GRANT.id, GRANT.client_id, GRANT.owner)
    return replace(GRANT, session_facts=seal(DATA_KEY, plaintext, place, ENTROPY))


def test_new_facts_take_the_place_of_the_old_and_touch_no_props() -> None:
    grant = after(GRANT, keep_session_facts(MOVED, GRANT, DATA_KEY, ENTROPY))
    assert open_session_facts(grant, DATA_KEY) == MOVED
    assert open_props(grant, DATA_KEY) == PROPS
    assert replace(grant, session_facts=GRANT.session_facts) == GRANT


@pytest.mark.row("I1")
def test_facts_are_kept_while_a_refresh_is_under_way() -> None:
    update = keep_session_facts(MOVED, GRANT, DATA_KEY, ENTROPY)
    assert not stops(GRANT, update, lease_id="a", lease_until=1, props=b"", props_version=2, refresh_hash="0" * 64)


@pytest.mark.row("I3")
@pytest.mark.parametrize("state", [GrantState.AUTHORIZED, GrantState.RETIRED])
def test_no_facts_are_kept_for_a_grant_that_ended_meanwhile(state: GrantState) -> None:
    assert stops(GRANT, keep_session_facts(MOVED, GRANT, DATA_KEY, ENTROPY), state=state)


@pytest.mark.row("ST-02")
@pytest.mark.parametrize("change", [{"id": "0" * 22}, {"client_id": "client-2"}, {"owner": "e" * 64}])
def test_facts_belong_to_one_grant_client_and_owner(change: dict[str, object]) -> None:
    with pytest.raises(SealBroken):
        open_session_facts(replace(GRANT, **change), DATA_KEY)


@pytest.mark.row("ST-02")
def test_facts_of_another_grant_or_kind_are_broken() -> None:
    for sealed in (authorized().grant.session_facts, GRANT.props, GRANT.data_key, GRANT.access_wrap, None, b""):
        with pytest.raises(SealBroken):
            open_session_facts(replace(GRANT, session_facts=sealed), DATA_KEY)


@pytest.mark.row("ST-03")
@pytest.mark.parametrize("document", [None, [], {}, {"api_url": "x"}, 1])
def test_facts_of_another_form_are_broken(document: object) -> None:
    with pytest.raises(SealBroken, match="session_facts_form"):
        open_session_facts(holding(json.dumps(document).encode()), DATA_KEY)


@pytest.mark.row("ST-03")
@pytest.mark.parametrize("plaintext", [b"", b"{", b"\xff"])
def test_facts_that_are_no_json_are_broken(plaintext: bytes) -> None:
    with pytest.raises(SealBroken, match="session_facts_form"):
        open_session_facts(holding(plaintext), DATA_KEY)


@pytest.mark.row("F-42")
def test_facts_of_a_newer_release_open() -> None:
    document = msgspec.to_builtins(SESSION_FACTS) | {"since_the_next_release": 1}
    assert open_session_facts(holding(json.dumps(document).encode()), DATA_KEY) == SESSION_FACTS


@pytest.mark.row("ST-01")
def test_sealed_facts_are_not_shown() -> None:
    assert b"canary" not in (GRANT.session_facts or b"")
