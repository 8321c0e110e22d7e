"""An owner's session: its stored form, the cookie that opens it, and its form tokens."""

import json
import re
from dataclasses import asdict, replace
from typing import Any

import pytest

from mailconnect.grants.account_session import (
    FRESH,
    AccountSession,
    FormForged,
    check_form_token,
    form_token,
    open_session,
    proven,
    seal_session,
    series_key,
    session_key,
)
from mailconnect.grants.envelope import derive, seal
from mailconnect.grants.errors import SealBroken
from tests.grants.scenario import ENTROPY, NOW

SECRET, OTHER = b"\x01" * 32, b"\x02" * 32
SESSION = AccountSession(owner="f" * 64, username="alice@example.com", series="0" * 32, signed_in_at=NOW)


@pytest.fixture
def sealed() -> bytes:
    return seal_session(SESSION, SECRET, ENTROPY)


def test_a_session_opens_with_its_cookie_and_with_no_other(sealed: bytes) -> None:
    assert open_session(sealed, SECRET) == SESSION
    with pytest.raises(SealBroken):
        open_session(sealed, OTHER)


@pytest.mark.row("ST-02")
def test_one_sessions_record_does_not_stand_for_anothers() -> None:
    key = derive(SECRET, salt=b"", info="account session")
    moved = seal(key, json.dumps(asdict(SESSION)).encode(), ("session", session_key(OTHER)), ENTROPY)
    with pytest.raises(SealBroken):
        open_session(moved, SECRET)


@pytest.mark.row("ST-03")
def test_a_spoilt_record_is_broken(sealed: bytes) -> None:
    for place in range(0, len(sealed), 5):
        for spoilt in (sealed[:place], sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]):
            with pytest.raises(SealBroken):
                open_session(spoilt, SECRET)


@pytest.mark.row("ST-03")
@pytest.mark.parametrize("document", [None, [], {}, 1, {"owner": "x"}, asdict(SESSION) | {"more": 1}])
def test_a_record_of_another_form_is_broken(document: object) -> None:
    key = derive(SECRET, salt=b"", info="account session")
    record = seal(key, json.dumps(document).encode(), ("session", session_key(SECRET)), ENTROPY)
    with pytest.raises(SealBroken, match="session_form"):
        open_session(record, SECRET)


def test_neither_key_nor_record_nor_form_tells_the_cookie_or_the_person(sealed: bytes) -> None:
    shown = (session_key(SECRET).encode(), sealed, form_token(SECRET, "/account/delete").encode())
    for secret in (SECRET, SECRET.hex().encode(), b"alice", SESSION.owner.encode()):
        assert not [text for text in shown if secret in text]
    assert "alice" not in repr(SESSION)
    assert re.fullmatch(r"session:[0-9a-f]{64}", session_key(SECRET))
    assert series_key("f" * 64) == f"sessions:{'f' * 64}"


def test_a_form_is_of_one_session_and_one_action() -> None:
    token = form_token(SECRET, "/account/delete")
    check_form_token(token, SECRET, "/account/delete")
    for text, secret, action in (
        (token, OTHER, "/account/delete"),
        (token, SECRET, "/account/disconnect"),
        (token[:-1], SECRET, "/account/delete"),
        (token.upper(), SECRET, "/account/delete"),
        ("", SECRET, "/account/delete"),
        ("é\udcff", SECRET, "/account/delete"),
    ):
        with pytest.raises(FormForged):
            check_form_token(text, secret, action)


@pytest.mark.row("AC-05")
def test_a_sign_in_is_fresh_for_five_minutes() -> None:
    assert SESSION.fresh(NOW)
    assert SESSION.fresh(NOW + FRESH)
    assert not SESSION.fresh(NOW + FRESH + 1)
    assert FRESH == 300
    assert replace(SESSION, signed_in_at=NOW + 60).fresh(NOW)  # another machine's clock was ahead


@pytest.mark.parametrize("change", [{"owner": "e" * 64}, {"signed_in_at": NOW + 1}, {"by_api_token": True}])
def test_a_proof_is_of_one_cookie_one_owner_one_time_and_one_way_to_sign_in(change: dict[str, Any]) -> None:
    assert proven(replace(SESSION, **change), SECRET) != proven(SESSION, SECRET) != proven(SESSION, OTHER)
