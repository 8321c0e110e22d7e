"""Props: the provider's tokens as they are sealed, and how long they are used."""

import json
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.grants.envelope import seal
from mailconnect.grants.errors import SealBroken
from mailconnect.grants.grant import Grant
from mailconnect.grants.props import Props, open_props, seal_props
from tests.grants.scenario import ENTROPY, NOW, PROPS, active, authorized

MADE = authorized()
GRANT, DATA_KEY = MADE.grant, MADE.new.data_key


PLACE = ("props", GRANT.id, GRANT.client_id, GRANT.owner, str(GRANT.props_version))
"""Props belong to a grant, a client, an owner and a version."""


def holding(document: object) -> Grant:
    return replace(GRANT, props=seal(DATA_KEY, json.dumps(document).encode(), PLACE, ENTROPY))


@given(
    st.builds(
        Props,
        access_token=st.text(),
        refresh_token=st.none() | st.text(),
        obtained_at=st.integers(),
        expires_at=st.none() | st.integers(),
    ),
    st.integers(min_value=1),
)
def test_props_open_as_they_were_sealed(props: Props, version: int) -> None:
    sealed = seal_props(props, GRANT, DATA_KEY, ENTROPY, version=version)
    assert open_props(replace(GRANT, props=sealed, props_version=version), DATA_KEY) == props


@pytest.mark.row("ST-01")
def test_sealed_props_show_no_token() -> None:
    assert b"canary" not in GRANT.props


def test_printed_props_show_no_token() -> None:
    assert "canary" not in repr(PROPS)


@pytest.mark.row("ST-02")
def test_props_do_not_open_in_another_grant() -> None:
    other = authorized()
    for grant, key in ((replace(other.grant, props=GRANT.props), other.new.data_key), (GRANT, other.new.data_key)):
        with pytest.raises(SealBroken):
            open_props(grant, key)


@pytest.mark.row("ST-02")
@pytest.mark.parametrize(
    "change",
    [
        {"id": "0" * 22},
        {"client_id": "client-2"},
        {"owner": "e" * 64},
        {"props_version": 2},
        {"props_version": 0},
        {"props_version": -1},
    ],
)
def test_props_belong_to_one_grant_client_owner_and_version(change: dict[str, object]) -> None:
    with pytest.raises(SealBroken):
        open_props(replace(GRANT, **change), DATA_KEY)


@pytest.mark.row("ST-02")
def test_props_of_an_older_version_do_not_open_in_the_newer() -> None:
    newer = replace(GRANT, props=seal_props(PROPS, GRANT, DATA_KEY, ENTROPY, version=2), props_version=2)
    assert open_props(newer, DATA_KEY) == PROPS
    with pytest.raises(SealBroken):
        open_props(replace(newer, props=GRANT.props), DATA_KEY)


@pytest.mark.row("ST-02")
@pytest.mark.parametrize("name", ["data_key", "code_wrap", "session_facts"])
def test_another_kind_of_sealed_value_is_not_props(name: str) -> None:
    with pytest.raises(SealBroken):
        open_props(replace(GRANT, props=getattr(GRANT, name)), DATA_KEY)


@pytest.mark.row("ST-02")
@pytest.mark.parametrize("name", ["access_wrap", "refresh_wrap"])
def test_a_wrap_is_not_props(name: str) -> None:
    made = active()
    with pytest.raises(SealBroken):
        open_props(replace(made.grant, props=getattr(made.grant, name)), made.new.data_key)


@pytest.mark.row("ST-03")
def test_spoilt_props_are_broken() -> None:
    for place in range(len(GRANT.props)):
        spoilt = GRANT.props[:place] + bytes([GRANT.props[place] ^ 0x80]) + GRANT.props[place + 1 :]
        for props in (spoilt, GRANT.props[:place]):
            with pytest.raises(SealBroken):
                open_props(replace(GRANT, props=props), DATA_KEY)


@pytest.mark.row("ST-03")
@pytest.mark.parametrize("document", [None, [], [1], "text", 1, {}, {"access": "x"}, {"refresh_token": "x"}])
def test_props_of_another_form_are_broken(document: object) -> None:
    with pytest.raises(SealBroken, match="props_form"):
        open_props(holding(document), DATA_KEY)


@pytest.mark.row("ST-03")
@pytest.mark.parametrize("plaintext", [b"", b"{", b"\xff\xfe", b"\x00"])
def test_props_that_are_no_json_are_broken(plaintext: bytes) -> None:
    with pytest.raises(SealBroken, match="props_form") as caught:
        open_props(replace(GRANT, props=seal(DATA_KEY, plaintext, PLACE, ENTROPY)), DATA_KEY)
    assert caught.value.__suppress_context__


@pytest.mark.row("F-42")
def test_props_of_an_older_release_open() -> None:
    assert open_props(holding({"access_token": "a"}), DATA_KEY) == Props(access_token="a")


@pytest.mark.row("F-42")
def test_props_of_a_newer_release_open() -> None:
    """While a deploy is under way, a token must not be refused because the other release wrote the props last."""
    assert open_props(holding(msgspec.to_builtins(PROPS) | {"since_the_next_release": 1}), DATA_KEY) == PROPS


def living(seconds: int) -> Props:
    return msgspec.structs.replace(PROPS, obtained_at=NOW, expires_at=NOW + seconds)


@pytest.mark.parametrize(
    ("lifetime", "due_at", "serves_until"),
    [(3600, 3300, 3540), (86_400, 86_100, 86_340), (1200, 900, 1140), (600, 450, 540), (40, 30, 35), (4, 3, 4)],
)
def test_a_token_is_refreshed_early_and_used_almost_until_it_expires(
    lifetime: int, due_at: int, serves_until: int
) -> None:
    props = living(lifetime)
    assert [props.due_for_refresh(NOW + due_at - 1), props.due_for_refresh(NOW + due_at)] == [False, True]
    assert [props.serves(NOW + serves_until - 1), props.serves(NOW + serves_until)] == [True, False]


@pytest.mark.row("F-40")
@given(st.integers(-10, 100_000), st.integers(-400, 100_400))
def test_a_token_that_no_longer_serves_is_always_due(lifetime: int, later: int) -> None:
    props = living(lifetime)
    assert props.serves(NOW + later) or props.due_for_refresh(NOW + later)


@pytest.mark.parametrize("lifetime", [0, -1])
def test_a_token_without_a_life_is_due_and_does_not_serve(lifetime: int) -> None:
    assert living(lifetime).due_for_refresh(NOW)
    assert not living(lifetime).serves(NOW)


@pytest.mark.row("F-13")
def test_a_short_token_is_not_due_at_once() -> None:
    assert not living(60).due_for_refresh(NOW)
    assert not living(1).due_for_refresh(NOW)


@pytest.mark.parametrize("change", [{"refresh_token": None}, {"expires_at": None}])
def test_an_access_token_without_a_refresh_token_or_an_end_serves_for_ever(change: dict[str, object]) -> None:
    props = msgspec.structs.replace(PROPS, **change)
    assert props.serves(NOW + 10**9)
    assert not props.due_for_refresh(NOW + 10**9)
