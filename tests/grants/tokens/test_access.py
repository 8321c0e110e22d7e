"""An access token opens its grant, or nothing."""

from dataclasses import replace

import msgspec
import pytest

from mailconnect.grants.errors import InvalidToken, SealBroken
from mailconnect.grants.grant import GrantState
from mailconnect.grants.props import open_props
from mailconnect.grants.retirement import Reason, retire, revoke
from mailconnect.grants.tokens.access import Access, announced, authenticate, used
from mailconnect.grants.tokens.token import Token, TokenKind, mint
from mailconnect.grants.update import applied
from tests.grants.scenario import (
    ENTROPY,
    LIFETIMES,
    NOW,
    PROPS,
    REDEEMED,
    RESOURCE,
    Connection,
    active,
    after,
    authorized,
    changed,
    rotated,
    stops,
    updated,
)

LATER = NOW + 100
MADE = active()
ONCE = rotated(MADE, LATER)
USED = changed(ONCE, last_used_at=LATER - LATER % 3600)
ENDS = REDEEMED + LIFETIMES.access


def opened(connection: Connection, token: Token, now: int = LATER, resource: str = RESOURCE) -> Access:
    """Its wrap too."""
    access = authenticate(connection.grant, token, resource, now)
    access.data_key()
    return access


def refused(connection: Connection, token: Token, now: int = LATER, resource: str = RESOURCE) -> str:
    with pytest.raises(InvalidToken) as caught:
        opened(connection, token, now, resource)
    return caught.value.reason


def test_an_access_token_opens_its_scope_and_the_props() -> None:
    access = opened(MADE, MADE.access)
    assert access.scope == {"mailboxes:read", "session:read"}
    assert open_props(MADE.grant, access.data_key()) == PROPS


def test_the_previous_access_token_opens_the_same() -> None:
    both = [opened(ONCE, token) for token in (MADE.access, ONCE.access)]
    assert both[0].scope == both[1].scope
    assert both[0].data_key() == both[1].data_key()


@pytest.mark.row("MC-02")
@pytest.mark.parametrize("life", [MADE, ONCE])
def test_an_access_token_expires_two_seconds_after_its_announced_end(life: Connection) -> None:
    opened(life, MADE.access, ENDS + 1)
    for now in (ENDS + 2, ENDS + 300):
        assert refused(life, MADE.access, now) == "access_token_expired"


@pytest.mark.row("MC-02")
def test_the_current_token_outlives_the_previous_one() -> None:
    opened(ONCE, ONCE.access, ENDS + 2)


@pytest.mark.row("MC-02")
@pytest.mark.parametrize("slot", ["access", "previous_access"])
def test_a_token_without_an_end_has_ended(slot: str) -> None:
    token = ONCE.access if slot == "access" else MADE.access
    assert refused(changed(ONCE, **{f"{slot}_expires_at": None}), token) == "access_token_expired"


@pytest.mark.row("MC-02")
def test_an_unknown_token_opens_nothing() -> None:
    for kind in TokenKind:
        assert refused(ONCE, mint(kind, ONCE.grant.id, ENTROPY)) == "access_token_unknown"
    assert refused(ONCE, active().access) == "access_token_unknown"


@pytest.mark.row("TK-21")
def test_no_other_kind_of_token_opens_anything() -> None:
    for token in (ONCE.refresh, ONCE.old_refresh, ONCE.code):
        assert refused(ONCE, token) == "access_token_unknown"
    for token in (ONCE.refresh, ONCE.code):
        posing = msgspec.structs.replace(token, kind=TokenKind.ACCESS)
        assert refused(ONCE, posing) == "access_token_unknown"


@pytest.mark.row("MC-03")
@pytest.mark.parametrize("resource", ["https://staging.example/mcp", "", RESOURCE + "/", RESOURCE.upper()])
def test_a_token_for_another_resource_opens_nothing(resource: str) -> None:
    assert refused(ONCE, ONCE.access, resource=resource) == "token_for_another_resource"


def test_a_code_alone_opens_nothing() -> None:
    made = authorized()
    assert refused(made, made.code) == "grant_ended"


def test_a_grant_that_is_not_active_opens_nothing() -> None:
    for state in (GrantState.AUTHORIZED, GrantState.RETIRED):
        assert refused(changed(ONCE, state=state), ONCE.access) == "grant_ended"


@pytest.mark.row("MC-02")
@pytest.mark.parametrize("end", ["expires_at", "idle_expires_at"])
def test_a_grant_past_its_end_opens_nothing_swept_or_not(end: str) -> None:
    assert refused(changed(ONCE, **{end: LATER}), ONCE.access) == "grant_ended"
    assert authenticate(changed(ONCE, **{end: LATER + 1}).grant, ONCE.access, RESOURCE, LATER).scope


@pytest.mark.row("I3")
@pytest.mark.parametrize("reason", Reason)
def test_a_retired_grant_opens_nothing(reason: Reason) -> None:
    ended = updated(ONCE, retire(reason, LATER))
    for pair in ONCE.pairs:
        for now in (NOW, LATER, LATER + 1):
            assert refused(ended, pair.access, now) == "grant_ended"
    revived = changed(ended, state=GrantState.ACTIVE)
    assert refused(revived, ONCE.access) == "access_token_unknown"


@pytest.mark.row("RV-06")
def test_a_revoked_access_token_opens_nothing() -> None:
    for gone, left in ((ONCE.access, MADE.access), (MADE.access, ONCE.access)):
        lean = updated(ONCE, revoke(ONCE.grant, gone.text, ONCE.grant.client_id, LATER))
        assert refused(lean, gone) == "access_token_unknown"
        opened(lean, left)


@pytest.mark.parametrize(
    ("granted", "token_scope", "allowed"),
    [
        ("mailboxes:read", "mailboxes:read session:read", {"mailboxes:read"}),
        ("mailboxes:read session:read", "session:read", {"session:read"}),
        ("mailboxes:read", "session:read", set()),
        ("", "mailboxes:read", set()),
        ("mailboxes:read", "", set()),
        ("mailboxes:read", None, set()),
    ],
)
def test_a_token_opens_what_both_it_and_its_grant_allow(
    granted: str, token_scope: str | None, allowed: set[str]
) -> None:
    narrow = changed(ONCE, scope=granted, access_scope=token_scope, previous_access_scope=token_scope)
    for token in (ONCE.access, MADE.access):
        assert authenticate(narrow.grant, token, RESOURCE, LATER).scope == allowed


@pytest.mark.row("F-40")
def test_a_clock_five_minutes_back_accepts_no_revoked_or_retired_token() -> None:
    lean = updated(ONCE, revoke(ONCE.grant, ONCE.access.text, ONCE.grant.client_id, LATER))
    assert refused(lean, ONCE.access, LATER - 300) == "access_token_unknown"


@pytest.mark.row("ST-02")
@pytest.mark.parametrize("name", ["access_wrap", "refresh_wrap", "previous_access_wrap", "code_wrap", "successor"])
def test_the_wrap_of_another_grant_or_kind_is_broken(name: str) -> None:
    other = rotated(active(), LATER)
    for source in (other, ONCE):
        wrap = getattr(source.grant, name) or authorized().grant.code_wrap
        if wrap != ONCE.grant.access_wrap:
            with pytest.raises(SealBroken):
                opened(changed(ONCE, access_wrap=wrap), ONCE.access)


@pytest.mark.row("ST-02")
def test_the_two_wraps_of_one_grant_do_not_stand_for_each_other() -> None:
    swapped = changed(ONCE, access_wrap=ONCE.grant.previous_access_wrap, previous_access_wrap=ONCE.grant.access_wrap)
    for token in (ONCE.access, MADE.access):
        with pytest.raises(SealBroken):
            opened(swapped, token)


@pytest.mark.row("ST-03")
@pytest.mark.parametrize("wrap", [None, b"", b"\x01", b"\x01" * 28, bytes(61)])
def test_a_missing_or_spoilt_wrap_is_broken(wrap: bytes | None) -> None:
    with pytest.raises(SealBroken):
        opened(changed(ONCE, access_wrap=wrap), ONCE.access)


@pytest.mark.row("ST-03")
def test_every_flipped_bit_of_a_wrap_is_seen() -> None:
    wrap = ONCE.grant.access_wrap or b""
    for bit in range(len(wrap) * 8):
        flipped = bytearray(wrap)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealBroken):
            opened(changed(ONCE, access_wrap=bytes(flipped)), ONCE.access)


def test_printed_access_shows_no_key() -> None:
    access = opened(ONCE, ONCE.access)
    for secret in (access.data_key(), access.wrap, access.token.secret, access.token.text.encode()):
        assert repr(secret)[2:-1] not in repr(access)


@pytest.mark.row("ST-12")
def test_the_hour_of_the_last_use_is_noted_once_and_not_the_second() -> None:
    hour = LATER - LATER % 3600
    assert after(ONCE.grant, used(ONCE.grant, LATER)).last_used_at == hour
    assert used(USED.grant, hour + 3599) is None
    for second in (3600, 3601, 7199):
        update = used(USED.grant, hour + second)
        assert after(USED.grant, update) == replace(USED.grant, last_used_at=hour + 3600)


@pytest.mark.row("ST-12")
def test_a_last_use_that_an_earlier_version_noted_to_the_second_is_overwritten_in_the_next_hour() -> None:
    hour = LATER - LATER % 3600
    earlier = changed(ONCE, last_used_at=hour + 1234).grant
    assert used(earlier, hour + 3599) is None
    assert after(earlier, used(earlier, hour + 3600)).last_used_at == hour + 3600


def test_with_its_use_it_is_noted_what_it_came_over_where_that_is_known() -> None:
    over = changed(ONCE, last_used_over="IPv4").grant
    assert after(over, used(over, LATER + 3600, "IPv6")).last_used_over == "IPv6"
    assert after(over, used(over, LATER + 3600)).last_used_over == "IPv4"


@pytest.mark.row("F-40")
def test_a_clock_that_went_back_notes_no_earlier_use() -> None:
    assert used(USED.grant, LATER - 300) is None


def test_a_first_use_is_noted_and_tokens_alone_are_no_use() -> None:
    assert ONCE.grant.last_used_at is None
    assert used(ONCE.grant, LATER) is not None


@pytest.mark.row("I3")
def test_no_use_is_noted_on_a_grant_that_ended_meanwhile() -> None:
    assert stops(ONCE.grant, used(ONCE.grant, LATER + 3600), state=GrantState.RETIRED)


def test_a_clients_elicitation_is_noted_once() -> None:
    update = announced(MADE.grant, "url")
    noted = after(MADE.grant, update)
    assert noted.elicitation == "url"
    assert announced(noted, "url") is None
    assert after(noted, announced(noted, None)).elicitation is None
    assert announced(MADE.grant, None) is None


def test_of_an_ended_grant_nothing_is_noted() -> None:
    ended = after(MADE.grant, retire(Reason.PROVIDER_ENDED, LATER))
    for update in (announced(MADE.grant, "url"), announced(replace(MADE.grant, elicitation="url"), None)):
        assert update is not None
        assert applied(replace(ended, elicitation=MADE.grant.elicitation), update) is None
