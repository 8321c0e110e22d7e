"""RFC 7517 §5, RFC 7518 §6: the keys that a client may prove itself with."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jws import JWSRegistry

from mailconnect.oauth.clients.key_set import MAX_KEYS, checked_key_set, is_affordable
from mailconnect.oauth.errors import InvalidClientMetadata


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


RSA = {"kty": "RSA", "n": b64(b"\xff" * 256), "e": "AQAB", "kid": "rsa", "alg": "RS256", "use": "sig"}
EC = {"kty": "EC", "crv": "P-256", "x": b64(b"x" * 32), "y": b64(b"y" * 32)}
OKP = {"kty": "OKP", "crv": "Ed25519", "x": b64(b"x" * 32)}


def test_the_public_members_of_keys_that_can_sign_are_kept() -> None:
    x509 = {"x5u": "https://app.example/cert", "x5c": ["..."], "ext": True}
    assert checked_key_set({"keys": [RSA | x509, EC | {"kid": "ec"}, OKP | {"kid": "okp"}]}) == {
        "keys": [
            {name: value for name, value in RSA.items() if name != "use"},
            EC | {"kid": "ec"},
            OKP | {"kid": "okp"},
        ]
    }


@pytest.mark.parametrize("other", [{"kty": "new"}, EC | {"crv": "P-521"}, OKP | {"crv": "X25519"}, EC | {"use": "enc"}])
def test_a_key_of_another_kind_is_left_aside(other: dict[str, Any]) -> None:
    assert checked_key_set({"keys": [other, EC]}) == {"keys": [EC]}
    with pytest.raises(InvalidClientMetadata):
        checked_key_set({"keys": [other]})


@pytest.mark.row("CI-13")
@pytest.mark.parametrize(
    "key",
    [
        RSA | {"d": "AQAB"},
        RSA | {"p": "AQAB"},
        RSA | {"oth": []},
        EC | {"d": b64(b"d" * 32)},
        OKP | {"d": b64(b"d" * 32)},
        {"kty": "oct", "k": b64(b"k" * 32)},
        {"kty": "oct"},
        {"kty": "new", "d": "x"},
    ],
)
def test_a_key_set_with_a_secret_in_it_is_refused(key: dict[str, Any]) -> None:
    with pytest.raises(InvalidClientMetadata, match="secret"):
        checked_key_set({"keys": [EC, key]})


@pytest.mark.parametrize(
    "key",
    [
        RSA | {"n": b64(b"\x7f" + b"\xff" * 127)},
        RSA | {"n": b64(b"\x7f" + b"\xff" * 255)},
        RSA | {"n": b64(b"\x01" + b"\xff" * 512)},
        RSA | {"e": "Aw"},
        RSA | {"e": b64(b"\x01\xff\xff\xff\xff")},
        RSA | {"e": "Ag"},
        RSA | {"e": "AQAA"},
        RSA | {"e": b64(b"\x02\x00\x00\x00\x01")},
        EC | {"kid": "x" * 2049},
        EC | {"alg": ""},
        RSA | {"e": "AQ"},
        RSA | {"e": b64(b"\xff" * 9)},
        RSA | {"n": "!"},
        RSA | {"n": 1},
        RSA | {"n": ""},
        RSA | {"kid": 1},
        {"kty": "RSA"},
        {"kty": "RSA", "n": RSA["n"]},
        EC | {"x": b64(b"x" * 31)},
        EC | {"y": None},
        OKP | {"x": b64(b"x" * 57)},
    ],
)
def test_a_weak_or_broken_key_is_refused(key: dict[str, Any]) -> None:
    with pytest.raises(InvalidClientMetadata):
        checked_key_set({"keys": [key]})


def test_the_strongest_and_the_weakest_keys_are_kept() -> None:
    """RFC 7518 §3.3: 2048 bits or more."""
    for key in (
        RSA | {"n": b64(b"\x80" + b"\x00" * 255)},
        RSA | {"n": b64(b"\xff" * 262)},
        RSA | {"n": b64(b"\xff" * 512)},
        RSA | {"e": b64(b"\x00\x01\x00\x01")},
        EC | {"kid": "1"},
        EC | {"kid": "x" * 2048},
    ):
        assert checked_key_set({"keys": [key]})["keys"]


@pytest.mark.parametrize("key_ops", [["sign"], [], None, "verify", {"verify": 1}])
def test_a_key_that_does_not_verify_is_left_aside(key_ops: object) -> None:
    assert checked_key_set({"keys": [OKP | {"key_ops": key_ops}, EC | {"key_ops": ["verify", "sign"]}]}) == {
        "keys": [EC]
    }


def test_twenty_keys_are_enough() -> None:
    assert MAX_KEYS == 20
    assert len(checked_key_set({"keys": named(MAX_KEYS)})["keys"]) == 20


def named(count: int) -> list[dict[str, Any]]:
    return [EC | {"kid": str(number)} for number in range(count)]


@pytest.mark.row("FL-02")
@pytest.mark.parametrize("keys", [[EC] * 3, [*named(2), EC], [*named(2), EC | {"kid": "1"}]], ids=range(3))
def test_of_more_than_two_keys_each_has_a_kid_of_its_own(keys: list[dict[str, Any]]) -> None:
    with pytest.raises(InvalidClientMetadata, match="kid"):
        checked_key_set({"keys": keys})


def test_two_keys_need_no_kid() -> None:
    assert len(checked_key_set({"keys": [EC, EC]})["keys"]) == 2


@pytest.mark.row("FL-02")
@pytest.mark.parametrize(
    "key",
    [
        RSA | {"n": b64(b"\x01" + b"\xff" * 512)},
        RSA | {"n": b64(b"\xff" * 768)},
        RSA | {"e": "Aw"},
        RSA | {"e": b64(b"\x01\xff\xff\xff\xff")},
    ],
    ids=["4097 bits", "6144 bits", "exponent 3", "exponent of 33 bits"],
)
def test_a_dear_rsa_key_is_refused_and_one_that_was_kept_before_is_not_used(key: dict[str, Any]) -> None:
    with pytest.raises(InvalidClientMetadata, match="4096 bits"):
        checked_key_set({"keys": [key]})
    assert not is_affordable(key)


def test_keys_within_the_bounds_are_affordable() -> None:
    assert all(is_affordable(key) for key in (RSA, EC, OKP, RSA | {"n": b64(b"\xff" * 512)}))


def test_the_signature_of_the_largest_key_that_is_taken_is_read() -> None:
    largest = b"\xff" * 512
    assert checked_key_set({"keys": [RSA | {"n": b64(largest)}]})["keys"]
    assert len(b64(largest)) <= JWSRegistry().max_signature_length


@pytest.mark.parametrize(
    "document", [None, [], "x", {}, {"keys": None}, {"keys": []}, {"keys": [1]}, {"keys": [EC] * (MAX_KEYS + 1)}]
)
def test_a_document_that_is_no_key_set_is_refused(document: object) -> None:
    with pytest.raises(InvalidClientMetadata):
        checked_key_set(document)


_ANY = st.none() | st.integers() | st.text(max_size=5) | st.lists(st.text(max_size=3), max_size=2) | st.just("AQAB")
_KEY = st.dictionaries(st.sampled_from(["kty", "crv", "n", "e", "x", "y", "kid", "alg", "use", "key_ops"]), _ANY)


@given(st.lists(st.builds(lambda base, more: base | more, st.sampled_from([{}, RSA, EC, OKP]), _KEY), max_size=3))
def test_no_key_set_is_more_than_refused(keys: list[dict[str, Any]]) -> None:
    try:
        assert checked_key_set({"keys": keys})["keys"]
    except InvalidClientMetadata as refused:
        assert refused.description.isascii()
