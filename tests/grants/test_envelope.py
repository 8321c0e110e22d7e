"""Sealed values: they open in their own place, under their own key, whole, or not at all."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.grants.envelope import derive, derive_key, seal, unseal, unwrap_data_key, wrap_data_key
from mailconnect.grants.errors import SealBroken
from mailconnect.grants.tokens.token import Token, TokenKind, mint, new_grant_id
from tests.grants.scenario import ENTROPY, seeded

KEY = b"\x11" * 32
PLACE = ("props", "grant", "client", "owner", "1")
places = st.lists(st.text(alphabet="ab\0 1é", max_size=3), max_size=4).map(tuple)


@given(st.binary(max_size=300), places)
def test_a_sealed_value_opens_in_its_place(plaintext: bytes, place: tuple[str, ...]) -> None:
    assert unseal(KEY, seal(KEY, plaintext, place, ENTROPY), place) == plaintext


def test_a_sealed_value_is_version_nonce_ciphertext_and_tag() -> None:
    sealed = seal(KEY, b"four", PLACE, lambda size: b"\x0a" * size)
    assert sealed[:13] == b"\x01" + b"\x0a" * 12
    assert len(sealed) == 1 + 12 + 4 + 16


def test_a_value_that_an_earlier_release_sealed_still_opens() -> None:
    sealed = bytes.fromhex("010a0a0a0a0a0a0a0a0a0a0a0a97290d2da0177c2b44553dddb4835a328310a95b")
    assert unseal(KEY, sealed, PLACE) == b"four"


@pytest.mark.row("ST-02")
@given(places, places)
def test_a_value_opens_in_no_other_place(place: tuple[str, ...], other: tuple[str, ...]) -> None:
    sealed = seal(KEY, b"plain", place, ENTROPY)
    if place != other:
        with pytest.raises(SealBroken, match="sealed_tag"):
            unseal(KEY, sealed, other)


@pytest.mark.row("ST-02")
@pytest.mark.parametrize(
    "other",
    [
        ("prop", "sgrant", "client", "owner", "1"),
        ("props", "grant", "client", "owner1"),
        ("props", "grant", "client", "owner", "1", ""),
        ("propsgrantclientowner1",),
        ("props", "client", "grant", "owner", "1"),
        ("props", "grant", "client", "owner", "01"),
        (),
    ],
)
def test_the_parts_of_a_place_do_not_run_together(other: tuple[str, ...]) -> None:
    with pytest.raises(SealBroken):
        unseal(KEY, seal(KEY, b"plain", PLACE, ENTROPY), other)


def test_a_value_does_not_open_under_another_key() -> None:
    with pytest.raises(SealBroken):
        unseal(b"\x12" * 32, seal(KEY, b"plain", PLACE, ENTROPY), PLACE)


@pytest.mark.row("ST-03")
def test_no_flipped_bit_opens() -> None:
    sealed = seal(KEY, b"the plaintext", PLACE, ENTROPY)
    for bit in range(len(sealed) * 8):
        flipped = bytearray(sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealBroken):
            unseal(KEY, bytes(flipped), PLACE)


@pytest.mark.row("ST-03")
def test_no_part_of_a_value_opens() -> None:
    sealed = seal(KEY, b"the plaintext", PLACE, ENTROPY)
    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            unseal(KEY, sealed[:length], PLACE)
        with pytest.raises(SealBroken):
            unseal(KEY, sealed[-length:] if length else b"", PLACE)


@pytest.mark.row("ST-03")
@pytest.mark.parametrize("more", [b"\0", b"\x01" * 16, bytes(1_000_000)])
def test_an_overlong_value_does_not_open(more: bytes) -> None:
    sealed = seal(KEY, b"the plaintext", PLACE, ENTROPY)
    for longer in (sealed + more, more + sealed, sealed[:13] + more + sealed[13:]):
        with pytest.raises(SealBroken):
            unseal(KEY, longer, PLACE)


@pytest.mark.row("ST-03")
@given(st.binary(max_size=200))
def test_junk_is_broken_and_no_other_error(junk: bytes) -> None:
    for value in (junk, b"\x01" + junk):
        with pytest.raises(SealBroken):
            unseal(KEY, value, PLACE)


@pytest.mark.row("ST-03")
@pytest.mark.parametrize(("cut", "reason"), [(0, "sealed_form"), (28, "sealed_form"), (29, "sealed_tag")])
def test_a_broken_seal_gives_a_word_and_no_oracle(cut: int, reason: str) -> None:
    with pytest.raises(SealBroken) as caught:
        unseal(KEY, seal(KEY, b"the plaintext", PLACE, ENTROPY)[:cut], PLACE)
    assert caught.value.reason == reason
    assert caught.value.args == (reason,)
    assert caught.value.__cause__ is None


def test_an_empty_plaintext_is_a_value_too() -> None:
    sealed = seal(KEY, b"", PLACE, ENTROPY)
    assert len(sealed) == 29
    assert unseal(KEY, sealed, PLACE) == b""


@pytest.mark.parametrize("version", [0, 2, 255])
def test_another_version_of_the_form_is_not_read(version: int) -> None:
    sealed = seal(KEY, b"plain", PLACE, ENTROPY)
    with pytest.raises(SealBroken, match="sealed_form"):
        unseal(KEY, bytes([version]) + sealed[1:], PLACE)


@pytest.mark.row("ST-05")
def test_every_seal_draws_its_own_96_bit_nonce() -> None:
    drawn: list[bytes] = []

    def entropy(size: int) -> bytes:
        drawn.append(source(size))
        return drawn[-1]

    source = seeded(5)
    sealed = [seal(KEY, b"plain", PLACE, entropy) for _ in range(10_000)]
    assert {len(nonce) for nonce in drawn} == {12}
    assert [value[1:13] for value in sealed] == drawn
    assert len(set(drawn)) == len(sealed)


@pytest.mark.row("ST-05")
def test_sealing_twice_gives_two_values() -> None:
    assert seal(KEY, b"plain", PLACE, ENTROPY) != seal(KEY, b"plain", PLACE, ENTROPY)


def token(kind: TokenKind = TokenKind.ACCESS, *, grant_id: str | None = None, secret: bytes | None = None) -> Token:
    entropy = ENTROPY if secret is None else lambda size: secret[:size]
    return mint(kind, grant_id or new_grant_id(ENTROPY), entropy, family_key=b"k" * 32)


BOUND = ("a", "b")


@pytest.mark.parametrize("kind", TokenKind)
def test_a_token_opens_the_wrap_of_the_data_key(kind: TokenKind) -> None:
    bearer = token(kind)
    wrapped = wrap_data_key(KEY, bearer, BOUND, ENTROPY)
    assert unwrap_data_key(wrapped, bearer, BOUND) == KEY
    assert KEY not in wrapped
    assert bearer.secret not in wrapped


@pytest.mark.row("ST-02")
def test_a_wrap_does_not_open_for_another_token() -> None:
    bearer = token(grant_id="g" * 22)
    for other in (
        token(grant_id="g" * 22),
        token(grant_id="h" * 22, secret=bearer.secret),
        token(TokenKind.REFRESH, grant_id="g" * 22, secret=bearer.secret),
        token(TokenKind.CODE, grant_id="g" * 22, secret=bearer.secret),
    ):
        with pytest.raises(SealBroken):
            unwrap_data_key(wrap_data_key(KEY, bearer, BOUND, ENTROPY), other, BOUND)


@pytest.mark.row("ST-02")
def test_a_wrap_is_tied_to_its_place_besides_its_key() -> None:
    bearer = token()
    wrapped = wrap_data_key(KEY, bearer, BOUND, ENTROPY)
    key, place = derive_key(bearer, TokenKind.ACCESS), ("data key", "access", bearer.grant_id)
    assert unseal(key, wrapped, (*place, *BOUND), version=b"\x02") == KEY
    for other in ((), place, ("data key", "refresh", *place[2:], *BOUND), (*place[:2], "g" * 22, *BOUND)):
        with pytest.raises(SealBroken):
            unseal(key, wrapped, other, version=b"\x02")


@pytest.mark.row("ST-14")
@pytest.mark.parametrize("other", [(), ("a",), ("a", "c"), ("a", "b", ""), ("ab", ""), ("b", "a")])
def test_a_wrap_opens_for_just_what_it_is_bound_to(other: tuple[str, ...]) -> None:
    bearer = token()
    wrapped = wrap_data_key(KEY, bearer, BOUND, ENTROPY)
    for spoilt in (wrapped, b"\x01" + wrapped[1:]):
        with pytest.raises(SealBroken):
            unwrap_data_key(spoilt, bearer, other)
    with pytest.raises(SealBroken):
        unwrap_data_key(b"\x01" + wrapped[1:], bearer, BOUND)


def test_a_wrap_of_an_earlier_release_opens() -> None:
    bearer = token()
    key, place = derive_key(bearer, TokenKind.ACCESS), ("data key", "access", bearer.grant_id)
    assert unwrap_data_key(seal(key, KEY, place, ENTROPY), bearer, BOUND) == KEY


def test_a_key_is_derived_as_rfc_5869_says() -> None:
    pseudorandom_key = hmac.digest(b"the salt", b"the secret", "sha256")
    expected = hmac.digest(pseudorandom_key, b"mailconnect the purpose\x01", "sha256")
    assert derive(b"the secret", salt=b"the salt", info="the purpose") == expected


def test_a_token_gives_one_key_for_each_purpose_and_grant() -> None:
    one, moved = token(grant_id="g" * 22, secret=KEY), token(grant_id="h" * 22, secret=KEY)
    keys = {
        derive_key(bearer, purpose) for bearer in (one, moved) for purpose in ("code", "access", "refresh", "successor")
    }
    assert len(keys) == 8
    assert {len(key) for key in keys} == {32}
    assert hashlib.sha256(one.secret).digest() not in keys
