"""A new grant: stored with a code, and sealed so that only the code opens it."""

from dataclasses import asdict, replace

import pytest

from mailconnect.grants.authorization import Consented, NewGrantKey, authorize, new_grant_key
from mailconnect.grants.envelope import issued_as_code, unseal, unwrap_data_key
from mailconnect.grants.grant import TOKEN_FIELDS, Grant, GrantState
from mailconnect.grants.lifetimes import Lifetimes
from mailconnect.grants.props import open_props, open_session_facts
from mailconnect.grants.retirement import Reason, retire
from mailconnect.grants.sending import FIRST, Choice, SendingPolicy, chosen
from mailconnect.grants.tokens.token import TokenKind, encode_base62, parse
from mailconnect.grants.widening import widening_key_place
from tests.grants.scenario import (
    CONSENTED,
    ENTROPY,
    LIFETIMES,
    NOW,
    OPERATOR_KEY,
    PROPS,
    SESSION_FACTS,
    Connection,
    active,
    authorized,
    rotated,
    stored_bytes,
    updated,
)

MADE = authorized()


def test_a_grant_keeps_what_the_person_agreed_to() -> None:
    grant = authorized().grant
    for name, value in asdict(CONSENTED).items():
        assert getattr(grant, name) == value


def test_a_grant_waits_for_its_code_and_no_longer() -> None:
    grant = authorized().grant
    assert grant.state is GrantState.AUTHORIZED
    assert grant.created_at == NOW
    assert grant.code_expires_at == grant.idle_expires_at == grant.due_at == NOW + 60
    assert grant.expires_at == NOW + LIFETIMES.grant
    assert grant.code_redeemed_at is None


def test_lifetimes_are_settings() -> None:
    grant = authorized(lifetimes=Lifetimes(code=10, grant=1000)).grant
    assert (grant.code_expires_at, grant.expires_at) == (NOW + 10, NOW + 1000)


def test_a_code_names_its_grant() -> None:
    assert MADE.code.kind is TokenKind.CODE
    assert MADE.code.grant_id == MADE.grant.id == MADE.new.grant_id
    assert parse(MADE.code.text, TokenKind.CODE) == MADE.code
    assert MADE.grant.code_hash == MADE.code.hash()


def test_a_new_grant_has_no_wrap_but_the_code() -> None:
    present = {name for name in TOKEN_FIELDS if getattr(MADE.grant, name) is not None}
    assert present == {"code_hash", "code_expires_at", "code_wrap"}


def test_the_code_opens_the_props_and_the_session_facts() -> None:
    data_key = unwrap_data_key(MADE.grant.code_wrap or b"", MADE.code, issued_as_code(MADE.grant))
    assert data_key == MADE.new.data_key
    assert open_props(MADE.grant, data_key) == PROPS
    assert open_session_facts(MADE.grant, data_key) == SESSION_FACTS


WIDENING_KEY = b"w" * 32
SENDS = replace(CONSENTED, sending="known 7")


def authorized_with(consented: Consented, widening_key: bytes | None) -> tuple[Grant, bytes]:
    new = new_grant_key(ENTROPY)
    grant, _ = authorize(
        consented,
        PROPS,
        SESSION_FACTS,
        new,
        b"",
        now=NOW,
        lifetimes=LIFETIMES,
        entropy=ENTROPY,
        widening_key=widening_key,
    )
    return grant, new.data_key


def test_a_way_of_sending_that_the_owner_chose_at_consent_is_verified_by_the_widening_key() -> None:
    grant, data_key = authorized_with(SENDS, WIDENING_KEY)
    assert grant.sending == "known 7"
    assert chosen(grant, data_key) == Choice(SendingPolicy.KNOWN, 7)
    assert unseal(data_key, grant.widening_key or b"", widening_key_place(grant)) == WIDENING_KEY


def test_without_a_widening_key_nothing_vouches_for_a_way_of_sending() -> None:
    grant, data_key = authorized_with(SENDS, None)
    assert (grant.sending, grant.sending_statement, grant.widening_key) == ("known 7", None, None)
    assert chosen(grant, data_key) == FIRST


def test_an_owner_who_chose_no_way_of_sending_has_none() -> None:
    grant, data_key = authorized_with(CONSENTED, WIDENING_KEY)
    assert (grant.sending, grant.sending_statement) == (None, None)
    assert unseal(data_key, grant.widening_key or b"", widening_key_place(grant)) == WIDENING_KEY


def test_the_revocation_wrap_is_stored_as_the_key_port_sealed_it() -> None:
    assert unseal(OPERATOR_KEY, MADE.grant.data_key, ("operator", MADE.grant.id)) == MADE.new.data_key


def test_wraps_are_a_random_id_and_a_random_256_bit_key() -> None:
    asked = []
    new = new_grant_key(lambda size: asked.append(size) or ENTROPY(size))
    assert asked == [16, 32]
    assert len(new.data_key) == 32


def test_two_grants_share_nothing_secret() -> None:
    other = authorized()
    assert other.grant.id != MADE.grant.id
    assert other.new.data_key != MADE.new.data_key
    assert other.code.secret != MADE.code.secret
    assert other.grant.props != MADE.grant.props


def test_printed_wraps_show_no_key() -> None:
    assert repr(NewGrantKey("id", b"the key")) == "NewGrantKey(grant_id='id')"


def lives() -> list[Connection]:
    """One connection at each stage of a grant."""
    redeemed = active()
    moved = rotated(rotated(rotated(redeemed, NOW + 100), NOW + 110), NOW + 120)
    assert moved.grant.older_successors is not None
    return [authorized(), redeemed, moved, updated(moved, retire(Reason.OWNER_DISCONNECTED, NOW + 300))]


@pytest.mark.row("ST-01", "I6")
@pytest.mark.parametrize("stage", range(4))
def test_a_stored_grant_holds_no_secret_in_clear(stage: int) -> None:
    life = lives()[stage]
    heap = stored_bytes(life.grant)
    issued = [life.code, *(token for pair in life.pairs for token in (pair.access, pair.refresh) if token)]
    for token in issued:
        for secret in (token.text.encode(), token.text[26:69].encode(), token.secret, token.secret.hex().encode()):
            assert secret not in heap
    assert life.new.data_key not in heap
    assert encode_base62(life.new.data_key).encode() not in heap
    assert b"canary" not in heap


def test_a_changed_consent_is_another_grant() -> None:
    consented = replace(CONSENTED, scope="session:read", client_id="client-2")
    grant = authorized(consented=consented).grant
    assert (grant.scope, grant.client_id) == ("session:read", "client-2")
