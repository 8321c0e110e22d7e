"""RFC 7523 §3, RFC 7521 §5.2: which signed assertions prove a client."""

import base64
import hmac
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.oauth.clients.assertion import CLOCK_SKEW, LONGEST, Assertion, read_assertion, verify_signature
from mailconnect.oauth.clients.key_set import checked_key_set
from mailconnect.oauth.errors import InvalidClient, KeyUnknown
from mailconnect.oauth.metadata import authorization_server_metadata
from tests.oauth.signing import assertion, key, key_set, unsigned

NOW = 1_800_000_000
CLIENT = "https://app.example/client.json"
AUDIENCES = ("https://mail.example", "https://mail.example/token")
CLAIMS = {"iss": CLIENT, "sub": CLIENT, "aud": AUDIENCES[0], "jti": "1", "exp": NOW + 60}
ALGORITHMS = ["RS256", "ES256", "Ed25519", "EdDSA"]


def read(text: str) -> Assertion:
    return read_assertion(text, CLIENT, AUDIENCES, NOW)


def signed(claims: dict[str, Any] | None = None, algorithm: str = "ES256", **header: Any) -> str:
    return assertion(key(algorithm), algorithm, CLAIMS | (claims or {}), **header)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_assertion_signed_with_one_of_the_clients_keys_is_good(algorithm: str) -> None:
    keys = checked_key_set(key_set(*(key(one) for one in ALGORITHMS)))
    found = read(signed(algorithm=algorithm))
    verify_signature(found, keys)
    assert (found.token_id, found.expires_at) == ("1", NOW + 60)


@pytest.mark.row("MD-02")
def test_the_advertised_algorithms_are_those_that_are_taken() -> None:
    document = authorization_server_metadata("https://mail.example", client_documents=True)
    assert document["token_endpoint_auth_signing_alg_values_supported"] == ALGORITHMS
    assert document["revocation_endpoint_auth_signing_alg_values_supported"] == ALGORITHMS


def test_without_a_key_id_every_key_that_fits_is_tried() -> None:
    keys = checked_key_set(key_set(key("ES256", 1), key("RS256"), key("ES256")))
    verify_signature(read(signed(kid=None)), keys)


@pytest.mark.row("FL-01")
def test_without_a_key_id_no_more_than_two_keys_are_tried() -> None:
    keys = checked_key_set(key_set(key("ES256", 1), key("ES256", 2), key("ES256")))
    with pytest.raises(InvalidClient, match="kid"):
        verify_signature(read(signed(kid=None)), keys)
    verify_signature(read(signed()), keys)


@pytest.mark.row("FL-01")
def test_dear_keys_of_before_with_one_id_verify_nothing() -> None:
    [one] = key_set(key("ES256"))["keys"]
    with pytest.raises(InvalidClient, match="kid"):
        verify_signature(read(signed()), {"keys": [one] * 3})


@pytest.mark.row("FL-02")
def test_a_dear_key_that_was_kept_before_verifies_nothing() -> None:
    [one] = key_set(key("RS256"))["keys"]
    verify_signature(read(signed(algorithm="RS256")), {"keys": [one]})
    large = base64.urlsafe_b64encode(b"\xff" * 768).rstrip(b"=").decode()
    with pytest.raises(KeyUnknown):
        verify_signature(read(signed(algorithm="RS256")), {"keys": [one | {"n": large}]})


@pytest.mark.row("FL-04")
@pytest.mark.parametrize(
    "audience",
    [["https://other.example", AUDIENCES[1]], [AUDIENCES[0], "https://other.example"], [AUDIENCES[0], None], [[]]],
    ids=range(4),
)
def test_an_assertion_for_another_server_too_is_refused(audience: list[Any]) -> None:
    """The other server could present it here."""
    with pytest.raises(InvalidClient, match="not for this server"):
        read(signed({"aud": audience}))


def test_a_key_without_an_id_may_have_signed_what_names_one() -> None:
    [one] = key_set(key("ES256"))["keys"]
    nameless = {name: value for name, value in one.items() if name not in ("kid", "alg")}
    verify_signature(read(signed()), checked_key_set({"keys": [nameless]}))


def test_a_key_with_another_id_has_not_signed_what_names_one() -> None:
    [one] = key_set(key("ES256"))["keys"]
    with pytest.raises(KeyUnknown):
        verify_signature(read(signed()), checked_key_set({"keys": [one | {"kid": "another"}]}))


def test_a_key_is_for_the_algorithm_that_it_names() -> None:
    [one] = key_set(key("ES256"))["keys"]
    verify_signature(read(signed()), checked_key_set({"keys": [one | {"alg": "ES256"}]}))


@pytest.mark.parametrize(
    "signer", [key("ES256", 1), key("EdDSA")], ids=["another key of the kind", "a key of another kind"]
)
def test_an_assertion_that_another_key_has_signed_proves_nobody(signer: Any) -> None:
    with pytest.raises(KeyUnknown):
        verify_signature(read(signed()), checked_key_set(key_set(signer)))
    with pytest.raises(KeyUnknown):
        verify_signature(read(signed(kid=None)), checked_key_set(key_set(signer)))


def test_a_key_that_is_for_another_algorithm_is_not_used() -> None:
    [one] = key_set(key("ES256"))["keys"]
    with pytest.raises(KeyUnknown):
        verify_signature(read(signed()), checked_key_set({"keys": [one | {"alg": "ES512"}]}))


def test_a_changed_claim_breaks_the_signature() -> None:
    head, _, signature = signed().split(".")
    _, other, _ = signed({"jti": "2"}).split(".")
    with pytest.raises(KeyUnknown):
        verify_signature(read(f"{head}.{other}.{signature}"), checked_key_set(key_set(key("ES256"))))


def test_a_point_beside_its_curve_is_no_key() -> None:
    [one] = key_set(key("ES256"))["keys"]
    with pytest.raises(KeyUnknown):
        verify_signature(read(signed()), checked_key_set({"keys": [one | {"x": one["y"]}]}))
    verify_signature(read(signed()), checked_key_set({"keys": [one | {"x": one["y"]}, one]}))


@pytest.mark.parametrize("alg", ["none", "None", "", None, "HS256", "PS256", "ES512", "RS1", 1, ["ES256"]])
def test_no_other_algorithm_is_taken(alg: object) -> None:
    with pytest.raises(InvalidClient):
        read(unsigned({"alg": alg}, CLAIMS))


def test_a_public_key_is_no_shared_secret() -> None:
    """The classic confusion: HMAC with the text of the public key."""
    text = unsigned({"alg": "HS256"}, CLAIMS)
    mac = hmac.digest(key("RS256").as_pem(private=False), text[:-1].encode(), "sha256")
    with pytest.raises(InvalidClient):
        read(unsigned({"alg": "HS256"}, CLAIMS, mac))


@pytest.mark.parametrize("header", [{"crit": ["exp"]}, {"b64": False}, {"b64": True}, {"kid": 1}])
def test_a_header_that_changes_the_meaning_is_refused(header: dict[str, Any]) -> None:
    with pytest.raises(InvalidClient):
        read(unsigned({"alg": "ES256"} | header, CLAIMS))


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example/c"},
        {"iss": None},
        {"sub": "https://evil.example/c"},
        {"sub": [CLIENT]},
        {"aud": "https://evil.example"},
        {"aud": f"{AUDIENCES[0]}/"},
        {"aud": []},
        {"aud": [""]},
        {"aud": None},
        {"aud": {"x": AUDIENCES[0]}},
        {"jti": None},
        {"jti": ""},
        {"jti": 1},
        {"jti": "x" * 257},
        {"exp": None},
        {"exp": NOW - CLOCK_SKEW},
        {"exp": NOW + LONGEST + CLOCK_SKEW + 1},
        {"exp": str(NOW + 60)},
        {"exp": True},
        {"exp": -1},
        {"nbf": NOW + CLOCK_SKEW + 1},
        {"iat": NOW + CLOCK_SKEW + 1},
        {"iat": "now"},
    ],
    ids=str,
)
def test_claims_that_are_not_in_order_are_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(InvalidClient) as refused:
        read(signed(claims))
    assert refused.value.description.isascii()


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": AUDIENCES[1]},
        {"aud": [AUDIENCES[1]]},
        {"exp": NOW + LONGEST},
        {"exp": NOW + 60.5},
        {"exp": NOW - CLOCK_SKEW + 1},
        {"exp": NOW + LONGEST + CLOCK_SKEW},
        {"nbf": NOW, "iat": NOW - 10},
        {"nbf": NOW + CLOCK_SKEW, "iat": NOW + CLOCK_SKEW},
        {"nbf": 0, "iat": 0},
        {"jti": "x" * 256},
        {"aud": [AUDIENCES[0], AUDIENCES[1]]},
    ],
    ids=str,
)
def test_claims_that_are_in_order_are_taken(claims: dict[str, Any]) -> None:
    assert read(signed(claims)).client_id == CLIENT


def test_a_remembered_assertion_is_of_one_client_and_one_jti() -> None:
    first = read(signed())
    assert first.ledger_key == read(signed({"exp": NOW + 90})).ledger_key
    assert first.ledger_key != read(signed({"jti": "2"})).ledger_key
    other = signed({"iss": "app", "sub": "app"})
    assert first.ledger_key != read_assertion(other, "app", AUDIENCES, NOW).ledger_key
    assert CLIENT not in first.ledger_key


@pytest.mark.parametrize("text", ["", "x", "..", "a.b.c", "é.é.é", "e30.e30.", "e30.bnVsbA.", "." * 100])
def test_a_text_that_is_no_jwt_is_refused(text: str) -> None:
    with pytest.raises(InvalidClient):
        read(text)


@given(
    st.dictionaries(st.sampled_from(["alg", "kid", "crit", "typ"]), st.sampled_from(["ES256", 1, None, [], {}])),
    st.dictionaries(
        st.sampled_from([*CLAIMS, "nbf", "iat"]),
        st.none()
        | st.booleans()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=5)
        | st.just([{}]),
    ),
)
def test_no_assertion_is_more_than_refused(header: dict[str, Any], claims: dict[str, Any]) -> None:
    try:
        verify_signature(read(unsigned(header, CLAIMS | claims)), checked_key_set(key_set(key("ES256"))))
    except InvalidClient:
        return
    raise AssertionError("it was not signed")
