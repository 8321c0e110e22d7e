"""Our tokens: their form, what finds a grant in them, and what they never show."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.grants.errors import GrantError, MalformedToken
from mailconnect.grants.tokens.token import Token, TokenKind, encode_base62, mint, new_grant_id, of_family, parse
from tests.grants.scenario import ENTROPY

GRANT_ID = encode_base62(bytes(range(16)))
FAMILY_KEY = b"\x07" * 32
HIGHEST = {16: "7n42DGM5Tflk9n8mt7Fhc7", 32: encode_base62(b"\xff" * 32)}


def minted(kind: TokenKind) -> Token:
    return mint(kind, GRANT_ID, ENTROPY, family_key=FAMILY_KEY)


@pytest.mark.row("TK-31")
@pytest.mark.parametrize(
    ("kind", "form"),
    [
        (TokenKind.CODE, r"mcc_[0-9A-Za-z]{65}"),
        (TokenKind.ACCESS, r"mca_[0-9A-Za-z]{65}"),
        (TokenKind.REFRESH, r"mcr_[0-9A-Za-z]{87}"),
    ],
)
def test_a_token_is_its_kinds_prefix_and_base62(kind: TokenKind, form: str) -> None:
    assert re.fullmatch(form, minted(kind).text)


@pytest.mark.row("TK-31")
@pytest.mark.parametrize("kind", TokenKind)
def test_a_token_has_256_random_bits(kind: TokenKind) -> None:
    asked = []
    token = mint(kind, GRANT_ID, lambda size: asked.append(size) or ENTROPY(size), family_key=FAMILY_KEY)
    assert asked == [32]
    assert len(token.secret) == 32


def test_a_grant_id_has_128_random_bits() -> None:
    asked = []
    assert len(new_grant_id(lambda size: asked.append(size) or ENTROPY(size))) == 22
    assert asked == [16]


@pytest.mark.parametrize("kind", TokenKind)
def test_a_token_is_read_as_it_was_minted(kind: TokenKind) -> None:
    token = minted(kind)
    assert parse(token.text, kind) == token


def test_a_refresh_token_of_an_earlier_release_is_of_its_family_still() -> None:
    issued = "mcr_000SYW7RiJxkEgOGusQGwp1BnWgFjkORE3fXEcMpOx34adJrnz8Bv1S9mILiFj9Aj7TH93Ehf0wJwCuEMI344gL"
    assert mint(TokenKind.REFRESH, GRANT_ID, lambda size: b"\x05" * size, family_key=FAMILY_KEY).text == issued
    assert of_family(parse(issued, TokenKind.REFRESH), FAMILY_KEY)


@given(st.sampled_from(TokenKind), st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32))
def test_every_grant_id_and_secret_survives_the_text(kind: TokenKind, grant_id: bytes, secret: bytes) -> None:
    token = mint(kind, encode_base62(grant_id), lambda _: secret, family_key=FAMILY_KEY)
    assert (token.secret, token.grant_id) == (secret, encode_base62(grant_id))
    assert parse(token.text, kind) == token


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (bytes(16), "0" * 22),
        (bytes(15) + b"\x01", "0" * 21 + "1"),
        (bytes(15) + b"\x3d", "0" * 21 + "z"),
        (bytes(15) + b"\x3e", "0" * 20 + "10"),
        (b"\xff" * 16, HIGHEST[16]),
        (bytes(32), "0" * 43),
    ],
)
def test_base62_is_fixed_in_width_and_orders_as_the_number(data: bytes, text: str) -> None:
    assert encode_base62(data) == text


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_two_ids_have_two_texts(one: bytes, other: bytes) -> None:
    assert (encode_base62(one) == encode_base62(other)) == (one == other)


@pytest.mark.row("TK-21")
@pytest.mark.parametrize("kind", TokenKind)
@pytest.mark.parametrize("other", TokenKind)
def test_a_token_of_one_kind_is_not_one_of_another(kind: TokenKind, other: TokenKind) -> None:
    if kind is not other:
        with pytest.raises(MalformedToken):
            parse(minted(kind).text, other)


@pytest.mark.row("TK-13", "MC-02")
@pytest.mark.parametrize("kind", TokenKind)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: text[:4],
        lambda text: text[:-1],
        lambda text: text + "0",
        lambda text: text + "\n",
        lambda text: " " + text[:-1],
        lambda text: text[:-1] + " ",
        lambda text: text.upper(),
        lambda text: "Mc" + text[2:],
        lambda text: text[:3] + "-" + text[4:],
        lambda text: text[:10] + "_" + text[11:],
        lambda text: text[:10] + "\0" + text[11:],
        lambda text: text[:10] + "é" + text[11:],
        lambda text: text[:10] + "٣" + text[11:],
        lambda text: text[:10] + "１" + text[11:],
        lambda text: text[:10] + "\ud800" + text[11:],
        lambda text: text * 200,
        lambda text: "0" * 10_240,
        lambda text: "fmu1-" + text,
        lambda text: f"Bearer {text}",
    ],
)
def test_a_text_that_has_not_our_form_is_malformed(kind: TokenKind, spoil: object) -> None:
    text = minted(kind).text
    if spoil(text) != text:
        with pytest.raises(MalformedToken):
            parse(spoil(text), kind)


@pytest.mark.parametrize("kind", TokenKind)
def test_a_number_too_large_for_its_part_is_malformed(kind: TokenKind) -> None:
    text = minted(kind).text
    parts = [(4, 22), (26, 43), (69, 22)][: 3 if kind is TokenKind.REFRESH else 2]
    for start, width in parts:
        with pytest.raises(MalformedToken):
            parse(text[:start] + "z" * width + text[start + width :], kind)
        highest = HIGHEST[16 if width == 22 else 32]
        parse(text[:start] + highest + text[start + width :], kind)
        with pytest.raises(MalformedToken):
            parse(text[:start] + highest[:-1] + chr(ord(highest[-1]) + 1) + text[start + width :], kind)


@given(st.text(), st.sampled_from(TokenKind))
def test_any_text_is_a_token_or_malformed(text: str, kind: TokenKind) -> None:
    with pytest.raises(MalformedToken):
        parse(text, kind)
    with pytest.raises(MalformedToken):
        parse(kind.prefix + text, kind)


@given(st.data(), st.sampled_from(TokenKind))
def test_one_changed_character_is_another_token_or_none(data: st.DataObject, kind: TokenKind) -> None:
    token = minted(kind)
    place = data.draw(st.integers(0, len(token.text) - 1))
    character = data.draw(st.characters())
    text = token.text[:place] + character + token.text[place + 1 :]
    try:
        other = parse(text, kind)
    except MalformedToken:
        return
    assert (other == token) == (text == token.text)
    if place >= 4 and other != token and place < 69:
        assert (other.grant_id, other.secret) != (token.grant_id, token.secret)


def test_a_malformed_token_is_not_told_in_the_error() -> None:
    secret = minted(TokenKind.ACCESS).text[:-1] + "!"
    with pytest.raises(GrantError) as caught:
        parse(secret, TokenKind.ACCESS)
    assert secret not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_the_stored_hash_is_sha256_of_the_whole_text() -> None:
    token = minted(TokenKind.ACCESS)
    assert token.hash() == hashlib.sha256(token.text.encode()).hexdigest()


def test_one_secret_in_two_kinds_has_two_hashes() -> None:
    code = mint(TokenKind.CODE, GRANT_ID, bytes)
    access = mint(TokenKind.ACCESS, GRANT_ID, bytes)
    assert code.hash() != access.hash()


@pytest.mark.parametrize("kind", TokenKind)
def test_a_printed_token_shows_nothing_of_it(kind: TokenKind) -> None:
    assert repr(minted(kind)) == "Token(…)"


def test_a_refresh_token_is_known_by_its_family() -> None:
    assert of_family(minted(TokenKind.REFRESH), FAMILY_KEY)


def test_a_refresh_token_is_not_of_another_family() -> None:
    assert not of_family(minted(TokenKind.REFRESH), b"\x08" * 32)


def test_a_made_up_tag_is_of_no_family() -> None:
    text = minted(TokenKind.REFRESH).text
    for tag in ("0" * 22, HIGHEST[16], minted(TokenKind.REFRESH).text[-22:]):
        assert not of_family(parse(text[:-22] + tag, TokenKind.REFRESH), FAMILY_KEY)


def test_a_family_tag_does_not_pass_to_another_secret() -> None:
    text = minted(TokenKind.REFRESH).text
    for place in range(26, 69):
        other = "0" if text[place] != "0" else "1"
        try:
            moved = parse(text[:place] + other + text[place + 1 :], TokenKind.REFRESH)
        except MalformedToken:
            continue
        assert not of_family(moved, FAMILY_KEY)


@pytest.mark.parametrize("kind", [TokenKind.CODE, TokenKind.ACCESS])
def test_only_refresh_tokens_bear_a_tag(kind: TokenKind) -> None:
    token = minted(kind)
    assert token.text == kind.prefix + GRANT_ID + encode_base62(token.secret)


def test_an_access_token_is_of_no_family() -> None:
    assert not of_family(minted(TokenKind.ACCESS), FAMILY_KEY)
