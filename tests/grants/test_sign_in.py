"""Between consent and the provider's response: a pending sign-in opens only for the browser that began it."""

import base64
import json
import re
from dataclasses import asdict

import pytest

from mailconnect.grants.envelope import derive, seal
from mailconnect.grants.errors import SealBroken
from mailconnect.grants.sign_in import (
    PendingAccount,
    PendingSignIn,
    binding_of,
    open_api_token,
    open_pending,
    pending_key,
    provider_code_verifier,
    seal_api_token,
    seal_pending,
    state_of,
)
from tests.grants.scenario import CHALLENGE, ENTROPY, RESOURCE, SCOPE

PENDING = PendingSignIn(
    client_id="client-1",
    client_name="Poke",
    redirect_uri="https://poke.example/callback",
    scope=SCOPE,
    resource=RESOURCE,
    code_challenge=CHALLENGE,
    notice_version="1",
    state="the client's own state",
)
BROWSER = b"\x01" * 32
BINDING = binding_of(BROWSER)
STATE = state_of(BINDING, b"consent nonce")
SEALED = seal_pending(PENDING, STATE, BINDING, ENTROPY)


def test_a_pending_sign_in_opens_with_the_state_and_the_binding() -> None:
    assert open_pending(seal_pending(PENDING, STATE, BINDING, ENTROPY), STATE, BINDING) == PENDING


def test_a_person_on_the_way_to_their_own_page_is_no_connection() -> None:
    waiting = PendingAccount(next="/account/export")
    assert open_pending(seal_pending(waiting, STATE, BINDING, ENTROPY), STATE, BINDING) == waiting


def test_another_browser_does_not_open_it() -> None:
    with pytest.raises(SealBroken):
        open_pending(SEALED, STATE, binding_of(b"\x02" * 32))
    with pytest.raises(SealBroken):
        open_pending(SEALED, STATE, BROWSER)


@pytest.mark.parametrize("state", ["", "é", STATE[:-1], STATE + "=", state_of(BINDING, b"another nonce")])
def test_another_state_does_not_open_it(state: str) -> None:
    with pytest.raises(SealBroken):
        open_pending(SEALED, state, BINDING)


@pytest.mark.row("ST-02")
def test_one_sign_ins_record_does_not_stand_for_anothers() -> None:
    other = state_of(BINDING, b"another nonce")
    key = derive(BINDING, salt=STATE.encode(), info="pending sign-in")
    moved = seal(key, b"{}", ("pending", pending_key(other)), ENTROPY)
    for sealed in (seal_pending(PENDING, other, BINDING, ENTROPY), moved):
        with pytest.raises(SealBroken):
            open_pending(sealed, STATE, BINDING)


@pytest.mark.row("ST-03")
def test_a_spoilt_record_is_broken() -> None:
    for place in range(0, len(SEALED), 7):
        for spoilt in (SEALED[:place], SEALED[:place] + bytes([SEALED[place] ^ 1]) + SEALED[place + 1 :], b"used"):
            with pytest.raises(SealBroken):
                open_pending(spoilt, STATE, BINDING)


@pytest.mark.row("ST-03")
@pytest.mark.parametrize("document", [None, [], {}, {"client_id": "x"}, asdict(PENDING) | {"more": 1}])
def test_a_record_of_another_form_is_broken(document: object) -> None:
    key = derive(BINDING, salt=STATE.encode(), info="pending sign-in")
    sealed = seal(key, json.dumps(document).encode(), ("pending", pending_key(STATE)), ENTROPY)
    with pytest.raises(SealBroken, match="pending_form"):
        open_pending(sealed, STATE, BINDING)


def test_a_double_click_has_one_state_and_another_page_another() -> None:
    assert state_of(BINDING, b"consent nonce") == STATE
    assert state_of(BINDING, b"another nonce") != STATE
    assert state_of(binding_of(b"\x02" * 32), b"consent nonce") != STATE


def test_the_verifier_is_of_this_browser_and_this_sign_in() -> None:
    verifiers = {
        provider_code_verifier(binding, state)
        for binding in (BINDING, binding_of(b"\x02" * 32))
        for state in (STATE, state_of(BINDING, b"another nonce"))
    }
    assert len(verifiers) == 4
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", verifier) for verifier in verifiers)


def test_neither_state_nor_verifier_nor_record_tells_the_binding() -> None:
    key = derive(BINDING, salt=STATE.encode(), info="pending sign-in")
    for shown in (STATE.encode(), provider_code_verifier(BINDING, STATE).encode(), SEALED, pending_key(STATE).encode()):
        for secret in (BINDING, BROWSER, key, BINDING.hex().encode()):
            assert secret not in shown
    assert b"client" not in SEALED


def test_the_ledgers_key_does_not_tell_the_state() -> None:
    assert STATE not in pending_key(STATE)
    assert re.fullmatch(r"pending:[0-9a-f]{64}", pending_key(STATE))


NONCE = b"n" * 16


@pytest.mark.parametrize("api_token", ["fmu1-a", "fmu1-ab", "fmu1-abc", "fmu1-abcd", "Schlüssel"])
def test_an_api_token_to_confirm_opens_for_its_page_in_its_browser(api_token: str) -> None:
    sealed = seal_api_token(api_token, BROWSER, NONCE, ENTROPY)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", sealed)
    assert open_api_token(sealed, BROWSER, NONCE) == api_token
    for browser, nonce in ((b"\x02" * 32, NONCE), (BROWSER, b"another nonce"), (NONCE, BROWSER)):
        with pytest.raises(SealBroken):
            open_api_token(sealed, browser, nonce)


@pytest.mark.row("ST-03")
@pytest.mark.parametrize("sealed", ["", "A", "AAAAA", "é", "fmu1-abc", "A" * 80])
def test_a_text_that_is_no_sealed_api_token_is_broken(sealed: str) -> None:
    with pytest.raises(SealBroken):
        open_api_token(sealed, BROWSER, NONCE)


@pytest.mark.row("ST-02")
def test_nothing_else_that_this_page_seals_stands_for_an_api_token() -> None:
    key = derive(BROWSER, salt=NONCE, info="api token to confirm")
    sealed = {
        place: base64.urlsafe_b64encode(seal(key, b"fmu1-abc", (place,), ENTROPY)).decode()
        for place in ("api token", "pending")
    }
    assert open_api_token(sealed["api token"].rstrip("="), BROWSER, NONCE) == "fmu1-abc"
    with pytest.raises(SealBroken):
        open_api_token(sealed["pending"].rstrip("="), BROWSER, NONCE)
