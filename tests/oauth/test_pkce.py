import hashlib
from base64 import urlsafe_b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.oauth.pkce import is_challenge, is_verifier, s256

# RFC 7636 appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"


def test_the_vector_of_rfc_7636_appendix_b() -> None:
    assert s256(VERIFIER) == CHALLENGE
    assert is_verifier(VERIFIER)
    assert is_challenge(CHALLENGE)


@pytest.mark.row("AZ-11")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "a" * 42,
        "a" * 44,
        "a" * 128,
        "a" * 42 + "=",
        "a" * 42 + "+",
        "a" * 42 + "/",
        "a" * 42 + "é",
        "a" * 43 + "\n",
    ],
)
def test_a_text_that_no_s256_can_have_made_is_no_challenge(text: str) -> None:
    assert not is_challenge(text)


@pytest.mark.parametrize("text", ["", "a" * 42, "a" * 129, "a" * 43 + "=", "a" * 43 + " ", "a" * 43 + "\n", "é" * 43])
def test_a_verifier_has_43_to_128_unreserved_characters(text: str) -> None:
    assert not is_verifier(text)


@given(st.text(_UNRESERVED, min_size=43, max_size=128))
def test_every_verifier_gives_a_challenge_that_is_its_sha_256(verifier: str) -> None:
    challenge = s256(verifier)
    assert is_verifier(verifier)
    assert is_challenge(challenge)
    assert urlsafe_b64decode(challenge + "=") == hashlib.sha256(verifier.encode()).digest()
