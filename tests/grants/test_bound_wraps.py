"""A writer of the store who has a token: it opens only what it was issued for. And grants of an earlier release."""

from dataclasses import replace

import pytest

from mailconnect.grants.decision import Issued
from mailconnect.grants.envelope import is_bound, issued_as_approval_link
from mailconnect.grants.errors import GrantError, SealBroken
from mailconnect.grants.narrowing import narrow
from mailconnect.grants.props import open_props
from mailconnect.grants.tokens.access import authenticate
from mailconnect.grants.tokens.redemption import redeem
from mailconnect.grants.tokens.rotation import Rotation, rotate
from tests.grants.earlier import NAMES, Earlier
from tests.grants.scenario import (
    CONSENTED,
    ENTROPY,
    LIFETIMES,
    NOW,
    OTHER_CHALLENGE,
    PROPS,
    REDEEMED,
    RESOURCE,
    Connection,
    active,
    after,
    authorized,
    changed,
    redeeming,
    redemption_of,
    rotated,
    rotating,
    tokens,
    updated,
)

LATER = REDEEMED + 100
MADE = active()
NARROWED_AT_FIRST = authorized(consented=replace(CONSENTED, scope="session:read"))


def redeemed(connection: Connection) -> Connection:
    decision = redeeming(connection)
    return replace(updated(connection, decision.update), pairs=(tokens(decision),))


NARROW = redeemed(NARROWED_AT_FIRST)
NARROW_ONCE = rotated(NARROW, LATER)
WIDE = "mailboxes:read session:read"
OF_THE_GRANT = {
    "expires_at": NOW + 10 * 365 * 86_400,
    "client_id": "client-2",
    "owner": "e" * 64,
    "provider": "https://elsewhere.example",
    "resource": "https://elsewhere.example/mcp",
}


def called(connection: Connection, now: int = LATER) -> frozenset[str]:
    """The scopes that the access token opens. Raises GrantError."""
    access = authenticate(connection.grant, connection.access, connection.grant.resource, now)
    access.data_key()
    return access.scope


@pytest.mark.row("ST-14")
@pytest.mark.parametrize("values", [{"access_scope": WIDE, "scope": WIDE}, {"access_scope": ""}])
def test_an_access_token_is_not_widened_in_the_store(values: dict[str, object]) -> None:
    assert called(NARROW) == {"session:read"}
    with pytest.raises(SealBroken):
        called(changed(NARROW, **values))
    assert called(changed(NARROW, scope=WIDE)) == {"session:read"}


@pytest.mark.row("ST-14")
def test_an_access_token_is_not_prolonged_in_the_store() -> None:
    late = NOW + 7200
    assert called(MADE, LATER)
    with pytest.raises(GrantError, match="access_token_expired"):
        called(MADE, late)
    with pytest.raises(SealBroken):
        called(changed(MADE, access_expires_at=late + 1), late)


@pytest.mark.row("ST-14")
@pytest.mark.parametrize("name", OF_THE_GRANT)
def test_a_grant_whose_identity_was_changed_in_the_store_opens_nothing(name: str) -> None:
    with pytest.raises(SealBroken):
        called(changed(MADE, **{name: OF_THE_GRANT[name]}))
    client_id = str(OF_THE_GRANT[name]) if name == "client_id" else CONSENTED.client_id
    with pytest.raises(SealBroken):
        rotating(changed(MADE, **{name: OF_THE_GRANT[name]}), MADE.refresh, LATER, client_id=client_id)


@pytest.mark.row("ST-14")
def test_the_access_token_before_is_bound_like_the_live_one() -> None:
    before = replace(NARROW_ONCE, pairs=NARROW_ONCE.pairs[:1])
    assert called(before) == {"session:read"}
    for values in ({"previous_access_scope": WIDE, "scope": WIDE}, {"previous_access_expires_at": NOW + 9999}):
        with pytest.raises(SealBroken):
            called(changed(before, **values))


@pytest.mark.row("ST-14")
def test_no_rotation_widens_what_the_refresh_token_was_issued_for() -> None:
    wide = changed(NARROW, scope=WIDE, consented_scope=WIDE)
    assert tokens(rotating(wide, wide.refresh, LATER)).scope == "session:read"
    with pytest.raises(SealBroken):
        rotating(changed(wide, refresh_scope=WIDE), wide.refresh, LATER)
    with pytest.raises(SealBroken):
        rotating(changed(wide, refresh_scope=None), wide.refresh, LATER)


@pytest.mark.row("ST-14")
def test_no_repeat_widens_what_the_refresh_token_was_issued_for() -> None:
    wide = changed(NARROW_ONCE, scope=WIDE, refresh_scope=WIDE)
    assert tokens(rotating(wide, wide.old_refresh, LATER + 1)).scope == "session:read"


@pytest.mark.row("ST-14")
def test_a_refresh_token_is_not_prolonged_in_the_store() -> None:
    end = MADE.grant.idle_expires_at
    with pytest.raises(SealBroken):
        rotating(changed(MADE, idle_expires_at=end + 86_400), MADE.refresh, end + 1)


@pytest.mark.row("ST-14")
@pytest.mark.parametrize(
    ("values", "request_"),
    [
        ({"scope": WIDE}, {}),
        ({"code_expires_at": NOW + 3600}, {}),
        ({"expires_at": NOW + 10 * 365 * 86_400}, {}),
        ({"redirect_uri": "https://thief.example/cb"}, {"redirect_uri": "https://thief.example/cb"}),
        ({"code_challenge": OTHER_CHALLENGE}, {"code_challenge": OTHER_CHALLENGE}),
        ({"client_id": "client-2"}, {"client_id": "client-2"}),
    ],
)
def test_a_code_serves_what_it_was_issued_for(values: dict[str, object], request_: dict[str, object]) -> None:
    with pytest.raises(SealBroken):
        redeeming(
            changed(NARROWED_AT_FIRST, **values), NOW + 70 if "code_expires_at" in values else REDEEMED, **request_
        )


@pytest.mark.row("ST-14")
def test_a_narrowing_that_is_undone_in_the_store_gives_no_more_than_the_token_was_issued_for() -> None:
    """And nothing at all once the token has been rotated."""
    narrowed = updated(MADE, narrow(MADE.grant, frozenset({"mailboxes:read"})))
    assert called(narrowed) == {"session:read"}
    assert called(changed(narrowed, scope=WIDE)) == {"mailboxes:read", "session:read"}
    once = rotated(narrowed, LATER)
    assert called(changed(once, scope=WIDE)) == {"session:read"}


# --- of an earlier release


@pytest.mark.parametrize("name", NAMES[1:])
def test_a_grant_of_an_earlier_release_goes_on_and_is_bound_from_its_next_rotation(name: str) -> None:
    earlier = Earlier.written(name)
    grant, now = earlier.grant, NOW + 3010
    assert grant.schema_version == 1
    allowed = frozenset(grant.scope.split())
    access = authenticate(grant, earlier.access[-1], RESOURCE, now)
    assert access.scope == allowed
    assert open_props(grant, access.data_key()) == PROPS
    for step in range(2):
        request = Rotation(refresh_token=earlier.refresh[-1], client_id=grant.client_id, scope=None, resource=None)
        decision = rotate(grant, request, now=now + step, lifetimes=LIFETIMES, entropy=ENTROPY)
        assert isinstance(decision, Issued)
        assert frozenset(decision.tokens.scope.split()) == allowed
        if decision.update is not None:
            grant = after(grant, decision.update)
            issued = decision.tokens
    assert decision.tokens == issued, "a repeat"
    assert is_bound(grant.access_wrap or b"")
    assert is_bound(grant.refresh_wrap or b"")
    assert (grant.schema_version, frozenset((grant.refresh_scope or "").split())) == (2, allowed)
    for token in (issued.access, earlier.access[-1]):
        opened = authenticate(grant, token, RESOURCE, now)
        assert opened.scope == allowed
        assert open_props(grant, opened.data_key()) == PROPS


def test_a_code_of_an_earlier_release_is_redeemed() -> None:
    earlier = Earlier.written("authorized")
    decision = redeem(earlier.grant, redemption_of(earlier.code), now=REDEEMED, lifetimes=LIFETIMES, entropy=ENTROPY)
    assert isinstance(decision, Issued)
    grant = after(earlier.grant, decision.update)
    assert open_props(grant, authenticate(grant, decision.tokens.access, RESOURCE, NOW).data_key()) == PROPS


def test_a_repeat_of_an_earlier_release_leads_to_its_pair() -> None:
    earlier = Earlier.written("rotated")
    request = Rotation(
        refresh_token=earlier.refresh[-2], client_id="client-1", scope=None, resource=None, network="4 x"
    )
    decision = rotate(earlier.grant, request, now=NOW + 3010, lifetimes=LIFETIMES, entropy=ENTROPY)
    assert isinstance(decision, Issued)
    assert decision.tokens.access == earlier.access[-1]


def test_an_approval_is_bound_to_its_grant_its_draft_and_its_end() -> None:
    grant = active().grant
    of_grant = (grant.client_id, grant.owner, grant.provider, grant.resource, str(grant.expires_at))
    assert issued_as_approval_link(grant, "approval", "draft", NOW) == (*of_grant, "approval", "draft", str(NOW))
