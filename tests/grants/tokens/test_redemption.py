"""A code for tokens: once, for its own client, with the verifier."""

from dataclasses import replace

import msgspec
import pytest

from mailconnect.grants.decision import Refused
from mailconnect.grants.envelope import unwrap_data_key
from mailconnect.grants.errors import GrantError, InvalidGrant, InvalidTarget, SealBroken
from mailconnect.grants.grant import GrantState
from mailconnect.grants.lifetimes import Lifetimes
from mailconnect.grants.retirement import Reason, retire
from mailconnect.grants.tokens.access import authenticate
from mailconnect.grants.tokens.token import TokenKind, of_family
from mailconnect.grants.update import applied
from tests.grants.scenario import (
    CHALLENGE,
    LIFETIMES,
    NOW,
    OTHER_CHALLENGE,
    REDEEMED,
    RESOURCE,
    SCOPE,
    active,
    after,
    authorized,
    bound,
    changed,
    redeeming,
    refresh_of,
    refusal,
    stops,
    tokens,
    updated,
)

MADE = authorized()


def test_a_code_gives_an_access_and_a_refresh_token() -> None:
    pair = tokens(redeeming(MADE))
    assert (pair.access.kind, refresh_of(pair).kind) == (TokenKind.ACCESS, TokenKind.REFRESH)
    assert pair.access.grant_id == refresh_of(pair).grant_id == MADE.grant.id
    assert pair.scope == SCOPE
    assert pair.access_expires_at == REDEEMED + LIFETIMES.access


def test_redemption_leaves_an_active_grant_with_two_token_wraps() -> None:
    decision = redeeming(MADE)
    grant, pair = after(MADE.grant, decision.update), tokens(decision)
    assert grant.state is GrantState.ACTIVE
    assert (grant.code_redeemed_at, grant.last_used_at) == (REDEEMED, None)
    assert (grant.access_hash, grant.refresh_hash) == (pair.access.hash(), refresh_of(pair).hash())
    assert (grant.access_scope, grant.access_expires_at) == (SCOPE, pair.access_expires_at)
    for wrap, token in ((grant.access_wrap, pair.access), (grant.refresh_wrap, refresh_of(pair))):
        assert unwrap_data_key(wrap or b"", token, bound(grant, token)) == MADE.new.data_key
    assert of_family(refresh_of(pair), grant.family_key or b"")
    assert grant.idle_expires_at == grant.due_at == REDEEMED + LIFETIMES.refresh_idle
    assert grant.expires_at == MADE.grant.expires_at


def test_it_is_noted_what_the_redemption_came_over_where_that_is_known() -> None:
    assert after(MADE.grant, redeeming(MADE, address_family="IPv6").update).last_used_over == "IPv6"
    assert after(MADE.grant, redeeming(MADE).update).last_used_over is None


def test_the_code_opens_nothing_once_it_is_redeemed() -> None:
    assert active().grant.code_wrap is None


def test_the_code_is_still_known_so_that_its_replay_is() -> None:
    made = active()
    assert made.grant.code_hash == made.code.hash()


def test_a_family_key_is_256_bits_of_its_own() -> None:
    one, other = active().grant.family_key, active().grant.family_key
    assert one != other
    assert len(one or b"") == 32


def test_a_client_without_refresh_tokens_gets_none_and_its_grant_ends_with_the_access_token() -> None:
    decision = redeeming(MADE, wants_refresh_token=False)
    grant = after(MADE.grant, decision.update)
    assert tokens(decision).refresh is None
    assert grant.refresh_hash is grant.refresh_wrap is grant.family_key is None
    assert grant.idle_expires_at == grant.due_at == grant.access_expires_at == REDEEMED + LIFETIMES.access


@pytest.mark.parametrize("wants_refresh_token", [True, False])
def test_nothing_outlives_the_grant(wants_refresh_token: bool) -> None:
    lifetimes = Lifetimes(grant=1000)
    made = authorized(lifetimes=lifetimes)
    decision = redeeming(made, lifetimes=lifetimes, wants_refresh_token=wants_refresh_token)
    grant = after(made.grant, decision.update)
    assert tokens(decision).access_expires_at == grant.access_expires_at == grant.idle_expires_at == NOW + 1000


@pytest.mark.parametrize("resource", [None, RESOURCE])
def test_a_resource_may_be_left_out_or_be_the_grants(resource: str | None) -> None:
    tokens(redeeming(MADE, resource=resource))


@pytest.mark.row("TK-13")
def test_another_code_is_unknown() -> None:
    assert refusal(redeeming(MADE, code=authorized().code)).reason == "code_unknown"


@pytest.mark.row("TK-13")
def test_a_made_up_code_of_the_grant_is_unknown() -> None:
    made_up = msgspec.structs.replace(authorized().code, grant_id=MADE.grant.id)
    assert refusal(redeeming(MADE, code=made_up)).reason == "code_unknown"


@pytest.mark.row("TK-13")
@pytest.mark.parametrize("later", [60, 61, 10**9])
def test_a_code_expires(later: int) -> None:
    assert refusal(redeeming(MADE, NOW + later)).reason == "code_expired"


def test_a_code_is_good_to_its_last_second() -> None:
    tokens(redeeming(MADE, NOW + 59))


WRONG = [
    pytest.param({"client_id": "client-2"}, "code_of_another_client", id="TK-14"),
    pytest.param({"redirect_uri": "https://poke.example/other"}, "redirect_uri_differs", id="TK-15"),
    pytest.param({"redirect_uri": ""}, "redirect_uri_differs", id="TK-15 empty"),
    pytest.param({"code_challenge": OTHER_CHALLENGE}, "code_verifier_wrong", id="verifier"),
    pytest.param({"code_challenge": CHALLENGE.swapcase()}, "code_verifier_wrong", id="verifier in another case"),
    pytest.param({"code_challenge": ""}, "code_verifier_wrong", id="no verifier"),
    pytest.param({"resource": "https://other.example/mcp"}, "resource_differs", id="TK-22"),
    pytest.param({"resource": ""}, "resource_differs", id="TK-22 empty"),
]


@pytest.mark.row("TK-14", "TK-15", "TK-22")
@pytest.mark.parametrize(("wrong", "reason"), WRONG)
def test_a_wrong_request_is_refused_and_consumes_nothing(wrong: dict[str, str], reason: str) -> None:
    error = refusal(redeeming(MADE, **wrong))
    assert error.reason == reason
    assert type(error) is (InvalidTarget if "resource" in wrong else InvalidGrant)
    tokens(redeeming(MADE))


@pytest.mark.row("TK-19")
@pytest.mark.parametrize(("wrong", "reason"), WRONG)
@pytest.mark.parametrize("later", [1, 3, 4, 1000])
def test_a_used_code_with_a_wrong_request_harms_nothing(later: int, wrong: dict[str, str], reason: str) -> None:
    assert refusal(redeeming(active(), REDEEMED + later, **wrong)).reason == reason


@pytest.mark.row("TK-17")
@pytest.mark.parametrize("missing", [None, ""])
@pytest.mark.parametrize("sent", ["", CHALLENGE])
def test_a_code_that_was_issued_without_a_challenge_gives_nothing(missing: str | None, sent: str) -> None:
    made = changed(authorized(), code_challenge=missing)
    assert isinstance(redeeming(made, code_challenge=sent), Refused)


@pytest.mark.row("TK-18")
@pytest.mark.parametrize("later", [4, 60, 61, 3600, 80 * 86_400])
def test_a_used_code_presented_again_ends_the_grant(later: int) -> None:
    made = active()
    decision = redeeming(made, REDEEMED + later)
    assert isinstance(decision, Refused)
    assert decision.error.reason == "code_replayed"
    ended = after(made.grant, decision.update)
    assert (ended.state, ended.retired_reason) == (GrantState.RETIRED, Reason.CODE_REPLAY)
    with pytest.raises(GrantError):
        authenticate(ended, made.access, RESOURCE, REDEEMED + later)


@pytest.mark.row("F-29")
@pytest.mark.parametrize("later", [0, 1, 2, 3])
def test_a_code_presented_twice_at_once_is_refused_without_harm(later: int) -> None:
    assert refusal(redeeming(active(), REDEEMED + later)).reason == "code_used_just_now"


@pytest.mark.row("F-40")
@pytest.mark.parametrize("earlier", [1, 300])
def test_a_clock_that_went_back_redeems_no_code_again(earlier: int) -> None:
    made = active()
    assert isinstance(redeeming(made, REDEEMED - earlier), Refused)


@pytest.mark.row("F-22", "I4")
def test_of_two_redemptions_at_once_one_wins() -> None:
    one, other = redeeming(MADE), redeeming(MADE)
    grant = after(MADE.grant, one.update)
    assert other.update is not None
    assert applied(grant, other.update) is None
    assert refusal(redeeming(replace(MADE, grant=grant))).reason == "code_used_just_now"


@pytest.mark.row("F-22")
@pytest.mark.parametrize(
    "meanwhile",
    [
        {"state": GrantState.ACTIVE},
        {"state": GrantState.RETIRED},
        {"code_hash": "0" * 64},
        {"code_hash": None},
        {"code_expires_at": REDEEMED},
        {"code_expires_at": REDEEMED - 1},
        {"code_expires_at": None},
    ],
)
def test_redemption_depends_on_the_waiting_unexpired_code(meanwhile: dict[str, object]) -> None:
    assert stops(MADE.grant, redeeming(MADE).update, **meanwhile)


def test_redemption_depends_on_nothing_else() -> None:
    update = redeeming(MADE).update
    assert not stops(MADE.grant, update, last_used_at=1, due_at=1, scope="session:read", props=b"", props_version=2)


@pytest.mark.row("I3")
def test_a_grant_that_was_retired_meanwhile_gives_no_tokens() -> None:
    update = redeeming(MADE).update
    ended = updated(MADE, retire(Reason.OWNER_DISCONNECTED, REDEEMED))
    assert update is not None
    assert applied(ended.grant, update) is None
    assert refusal(redeeming(ended)).reason == "code_unknown"


@pytest.mark.parametrize("values", [{"code_wrap": None}, {"code_expires_at": None}])
def test_a_code_without_its_wrap_or_its_end_is_expired(values: dict[str, object]) -> None:
    assert refusal(redeeming(changed(MADE, **values))).reason == "code_expired"


@pytest.mark.row("ST-02")
def test_the_wrap_of_another_grants_code_is_broken() -> None:
    with pytest.raises(SealBroken):
        redeeming(changed(MADE, code_wrap=authorized().grant.code_wrap))


@pytest.mark.row("ST-03")
def test_a_spoilt_wrap_is_broken() -> None:
    wrap = MADE.grant.code_wrap or b""
    for place in range(len(wrap)):
        for spoilt in (wrap[:place], wrap[:place] + bytes([wrap[place] ^ 1]) + wrap[place + 1 :]):
            with pytest.raises(SealBroken):
                redeeming(changed(MADE, code_wrap=spoilt))


def test_a_replay_costs_the_grant_even_where_the_code_would_have_expired_by_now() -> None:
    made = active()
    assert isinstance(redeeming(made, made.grant.expires_at + 1), Refused)
    assert redeeming(made, made.grant.expires_at + 1).update is not None


@pytest.mark.row("I6")
def test_a_printed_redemption_shows_no_secret() -> None:
    decision = redeeming(MADE)
    pair, printed = tokens(decision), repr(decision)
    for token in (pair.access, refresh_of(pair), MADE.code):
        assert token.text[26:] not in printed
        assert repr(token.secret)[2:-1] not in printed


@pytest.mark.row("I6")
def test_a_printed_redemption_does_not_show_the_family_key() -> None:
    decision = redeeming(MADE)
    assert repr(after(MADE.grant, decision.update).family_key)[2:-1] not in repr(decision)


def test_an_error_that_nobody_caught_says_its_reason() -> None:
    assert str(InvalidGrant("code_unknown")) == "code_unknown"
