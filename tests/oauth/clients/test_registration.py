"""RFC 7591 §2, §3.2: what a client may say of itself, and what becomes of it."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.oauth.clients.client import AuthMethod, Client
from mailconnect.oauth.clients.registration import register
from mailconnect.oauth.clients.registration_lifetime import NEVER_AUTHORIZED_LIFETIME
from mailconnect.oauth.errors import InvalidClientMetadata, InvalidRedirectUri, OAuthError
from tests.oauth.clients.test_key_set import EC

NOW = 1_800_000_000
REDIRECT_URI = "https://app.example/cb"


def entropy(size: int) -> bytes:
    return bytes(range(size))


def registered(**metadata: Any) -> tuple[Client, dict[str, Any]]:
    return register({"redirect_uris": [REDIRECT_URI]} | metadata, own_host="mail.example", now=NOW, entropy=entropy)


@pytest.mark.row("RG-25")
def test_the_answer_says_what_was_registered() -> None:
    client, answer = registered(client_name="App", token_endpoint_auth_method="none", client_uri="https://app.example/")
    assert answer == {
        "client_id": client.id,
        "client_id_issued_at": NOW,
        "client_name": "App",
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "client_uri": "https://app.example/",
    }
    assert client.expires_at == NOW + NEVER_AUTHORIZED_LIFETIME


@pytest.mark.row("RG-25")
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_of_a_secret_only_the_hash_is_kept(method: str) -> None:
    client, answer = registered(token_endpoint_auth_method=method)
    secret = answer["client_secret"]
    assert answer["client_secret_expires_at"] == 0
    assert len(bytes.fromhex(secret)) == 32
    assert client.secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in repr(client)


def test_without_an_authentication_method_it_is_basic() -> None:
    """RFC 7591 §2."""
    client, answer = registered()
    assert client.auth_method is AuthMethod.BASIC
    assert "client_secret" in answer


@pytest.mark.row("RG-01")
@pytest.mark.parametrize("document", [None, [], "x", 1, 1.5, True])
def test_a_registration_that_is_no_object_is_refused(document: object) -> None:
    with pytest.raises(InvalidClientMetadata):
        register(document, own_host="mail.example", now=NOW, entropy=entropy)


@pytest.mark.row("RG-05")
@pytest.mark.parametrize(
    "uris", [[], None, REDIRECT_URI, {}, 1, [None], [1], [{}], [[REDIRECT_URI]], [REDIRECT_URI, None], [""]]
)
def test_redirect_uris_are_a_list_of_uris(uris: object) -> None:
    with pytest.raises(InvalidRedirectUri):
        registered(redirect_uris=uris)


@pytest.mark.row("RG-05")
def test_redirect_uris_are_required() -> None:
    with pytest.raises(InvalidRedirectUri):
        register({}, own_host="mail.example", now=NOW, entropy=entropy)


@pytest.mark.row("RG-06")
def test_ten_redirect_uris_are_enough() -> None:
    uris = [f"{REDIRECT_URI}/{n}" for n in range(11)]
    assert len(registered(redirect_uris=uris[:10])[0].redirect_uris) == 10
    with pytest.raises(InvalidRedirectUri, match="more than 10"):
        registered(redirect_uris=uris)


@pytest.mark.row("RG-06")
def test_all_redirect_uris_together_have_4096_characters() -> None:
    fits = [f"{REDIRECT_URI}/{number}".ljust(512, "x") for number in range(8)]
    assert registered(redirect_uris=fits)[0].redirect_uris == tuple(fits)
    with pytest.raises(InvalidRedirectUri, match="too long together"):
        registered(redirect_uris=["cursor:/x", *fits])


def test_one_private_use_scheme_among_web_addresses_does_not_refuse_the_set() -> None:
    """Cursor registers all three together."""
    uris = [
        "http://localhost:8787/callback",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "https://www.cursor.com/agents/mcp/oauth/callback",
    ]
    assert registered(redirect_uris=uris)[0].redirect_uris == tuple(uris)


@pytest.mark.row("RG-17")
@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1/cb", "http://localhost:1/cb", "https://localhost/cb", "cursor://x/cb", "com.example:/cb"]
)
def test_a_web_application_has_neither_loopback_nor_private_use_schemes(uri: str) -> None:
    with pytest.raises(InvalidRedirectUri):
        registered(application_type="web", redirect_uris=[REDIRECT_URI, uri])
    for native in ({"application_type": "native"}, {}, {"application_type": None}):
        assert registered(redirect_uris=[REDIRECT_URI, uri], **native)


@pytest.mark.row("RG-17")
def test_both_kinds_of_application_may_have_an_https_address() -> None:
    assert registered(application_type="web")
    assert registered(application_type="native")


@pytest.mark.row("RG-18")
@pytest.mark.parametrize(
    "method", ["tls_client_auth", "private_key_jwt", "client_secret_jwt", "x", "NONE", 1, ["none"]]
)
def test_an_authentication_method_that_is_not_supported_is_refused(method: object) -> None:
    with pytest.raises(InvalidClientMetadata):
        registered(token_endpoint_auth_method=method)


@pytest.mark.row("RG-19")
def test_of_the_grant_types_those_supported_stay() -> None:
    asked = ["refresh_token", "urn:ietf:params:oauth:grant-type:device_code", "implicit", "authorization_code"]
    client, answer = registered(grant_types=asked, response_types=["code", "token"])
    assert client.grant_types == ("authorization_code", "refresh_token")
    assert answer["grant_types"] == ["authorization_code", "refresh_token"]
    assert answer["response_types"] == ["code"]


@pytest.mark.row("RG-19")
@pytest.mark.parametrize(
    "metadata",
    [
        {"grant_types": ["implicit"]},
        {"grant_types": ["refresh_token"]},
        {"grant_types": "authorization_code"},
        {"grant_types": [1]},
        {"grant_types": ["authorization_code"] * 21},
        {"response_types": ["code"] * 21},
        {"response_types": ["token"]},
    ],
)
def test_if_nothing_supported_is_left_it_is_refused(metadata: dict[str, Any]) -> None:
    with pytest.raises(InvalidClientMetadata):
        registered(**metadata)


@pytest.mark.parametrize(
    ("member", "value"), [("client_name", 1), ("application_type", []), ("grant_types", "x"), ("response_types", [1])]
)
def test_a_member_of_another_type_is_named_in_the_error(member: str, value: object) -> None:
    with pytest.raises(InvalidClientMetadata, match=f"^{member} is not what RFC 7591"):
        registered(**{member: value})


@pytest.mark.row("RG-19")
def test_a_list_of_twenty_types_is_read() -> None:
    assert registered(grant_types=["authorization_code"] * 20, response_types=["code"] * 20)


@pytest.mark.row("RG-21")
def test_members_that_the_server_decides_are_not_the_clients() -> None:
    theirs = {
        "client_id": "https://evil.example/id",
        "client_secret": "x",
        "client_secret_expires_at": 1,
        "client_id_issued_at": 1,
        "registration_access_token": "x",
        "registration_client_uri": "https://evil.example/",
        "created_by": "operator",
        "trusted": True,
        "expires_at": 9_999_999_999,
    }
    client, answer = registered(**theirs, token_endpoint_auth_method="none")
    assert client.id == f"mcp_{entropy(16).hex()}"
    assert not {name for name, value in theirs.items() if answer.get(name) == value}
    assert not answer.keys() & {"registration_access_token", "registration_client_uri", "created_by", "trusted"}
    assert client.expires_at == NOW + NEVER_AUTHORIZED_LIFETIME


@pytest.mark.row("RG-22")
@pytest.mark.parametrize("member", ["client_uri", "logo_uri", "tos_uri", "policy_uri", "jwks_uri", "logo_uri#ja"])
@pytest.mark.parametrize(
    "value",
    [
        "javascript:alert(1)",
        "data:image/svg+xml,x",
        "ftp://app.example/",
        "//app.example/",
        "logo.png",
        " ",
        "https://",
        "https://x@app.example/",
        "https://[app.example/",
        "https://app.example/\n",
        "https://äpp.example/",
        f"https://app.example/{'a' * 5000}",
        1,
        ["https://app.example/"],
    ],
)
def test_an_address_that_is_no_web_address_is_refused(member: str, value: object) -> None:
    with pytest.raises(InvalidClientMetadata, match=f"^{member.removesuffix('#ja')} is not a web address$"):
        registered(**{member: value})


@pytest.mark.parametrize("member", ["client_uri", "logo_uri", "tos_uri", "policy_uri", "jwks_uri", "logo_uri#ja"])
def test_an_address_without_text_counts_as_left_out(member: str) -> None:
    client, answer = registered(**{member: ""})
    assert client.client_uri is None
    assert member not in answer


def test_a_list_without_types_counts_as_left_out() -> None:
    assert registered(response_types=[], grant_types=[])[1]["response_types"] == ["code"]


def test_an_unusable_redirect_uri_drops_itself_and_the_answer_says_which_remain() -> None:
    uris = ["javascript:alert(1)", REDIRECT_URI, "view-source:x", "https://app.example/#x", "kiro://auth/cb"]
    client, answer = registered(redirect_uris=uris)
    assert client.redirect_uris == (REDIRECT_URI, "kiro://auth/cb")
    assert answer["redirect_uris"] == [REDIRECT_URI, "kiro://auth/cb"]


@pytest.mark.row("RG-22")
def test_an_address_may_have_2048_characters() -> None:
    longest = f"https://app.example/{'a' * 2028}"
    assert registered(client_uri=longest)[0].client_uri == longest
    with pytest.raises(InvalidClientMetadata):
        registered(client_uri=longest + "a")


@pytest.mark.row("RG-25")
@pytest.mark.parametrize(
    "keys", [{"jwks": {"keys": [EC]}}, {"jwks_uri": "https://app.example/keys.json"}], ids=["jwks", "jwks_uri"]
)
def test_a_client_that_signs_is_told_the_keys_it_registered(keys: dict[str, Any]) -> None:
    client, answer = registered(token_endpoint_auth_method="private_key_jwt", **keys)
    assert {name: value for name, value in answer.items() if name.startswith("jwks")} == keys
    assert (json.loads(client.jwks) if client.jwks else None, client.jwks_uri) == (
        keys.get("jwks"),
        keys.get("jwks_uri"),
    )


@pytest.mark.row("RG-18")
def test_keys_are_not_at_our_own_address() -> None:
    with pytest.raises(InvalidClientMetadata, match="jwks_uri"):
        registered(token_endpoint_auth_method="private_key_jwt", jwks_uri="https://mail.example/keys.json")


@pytest.mark.row("RG-22")
def test_an_address_into_a_private_network_is_kept_and_never_fetched() -> None:
    """There is nothing in mailconnect.oauth that could: what is proven here is that it confers nothing."""
    client, answer = registered(logo_uri="http://169.254.169.254/", jwks_uri="https://10.0.0.1/")
    assert "169.254" not in f"{client} {answer}"
    assert "10.0.0.1" not in f"{client} {answer}"


def test_a_null_address_counts_as_omitted() -> None:
    client, answer = registered(client_uri=None, logo_uri=None)
    assert client.client_uri is None
    assert "client_uri" not in answer


@pytest.mark.row("RG-23")
def test_a_software_statement_confers_nothing() -> None:
    statement = "eyJhbGciOiJub25lIn0.eyJjbGllbnRfbmFtZSI6IkNsYXVkZSJ9."
    client, answer = registered(client_name="App", software_statement=statement)
    assert client.name == "App"
    assert "software_statement" not in answer


@pytest.mark.row("CO-15")
@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("  My \t\n App  ", "My App"),
        ("\u202eelgooG\u202c", "elgooG"),
        ("A\u200bp\u200dp\ufeff\x00\x1b[31m", "App[31m"),
        ("e\u0301", "é"),
        ("M" * 200, "M" * 80),
        ("\u200b" * 159 + "App", "A"),
        ("a" + "\u0316" * 9, "a" + "\u0316" * 2),
        ('"><script>alert(1)</script>', '"><script>alert(1)</script>'),
        ("", "app.example"),
        ("\u202e \u200b", "app.example"),
        (None, "app.example"),
    ],
)
def test_a_name_is_one_line_of_visible_characters(given_name: str | None, shown: str) -> None:
    assert registered(client_name=given_name)[0].name == shown


def test_a_nameless_client_with_a_private_use_scheme_is_called_by_it() -> None:
    assert registered(redirect_uris=["cursor://x/cb"])[0].name == "cursor"


@pytest.mark.parametrize("name", [1, ["App"], {"en": "App"}, True])
def test_a_name_is_a_string(name: object) -> None:
    with pytest.raises(InvalidClientMetadata):
        registered(client_name=name)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)
_MEMBERS = st.sampled_from(
    ["client_name", "client_uri", "logo_uri", "grant_types", "response_types", "token_endpoint_auth_method", "scope"]
)


@given(st.dictionaries(_MEMBERS | st.text(max_size=9), _JSON, max_size=6), _JSON | st.just([REDIRECT_URI]))
def test_no_document_is_more_than_refused_and_no_refusal_repeats_it(members: dict[str, Any], uris: object) -> None:
    refused, client = "", None
    try:
        client, _ = register(members | {"redirect_uris": uris}, own_host="mail.example", now=NOW, entropy=entropy)
    except OAuthError as error:
        refused = error.description
    assert refused.isascii()
    assert not set(refused) & set('"\\\n')
    assert client is None or (client.id.startswith("mcp_") and 0 < len(client.name) <= 80 and client.name.isprintable())
