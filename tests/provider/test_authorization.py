"""Where the browser is sent, and what may come back with it."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from mailconnect.provider.authorization import CallbackRejected, ProviderRefused, authorization_url, process_callback
from mailconnect.provider.fastmail import ScopeFamily, fastmail
from mailconnect.provider.metadata import ServerMetadata

ISSUER = "https://api.fastmail.com"
METADATA = ServerMetadata(
    issuer=ISSUER,
    authorization_endpoint=f"{ISSUER}/oauth/authorize",
    token_endpoint=f"{ISSUER}/oauth/refresh",
    revocation_endpoint=None,
    iss_parameter=True,
)
WITHOUT_ISS = replace(METADATA, iss_parameter=False)
PROVIDER = fastmail("client-id-of-ours", ScopeFamily.MAIL)
ANSWER = {"code": "a-code", "state": "a-state", "iss": ISSUER}


def url(metadata: ServerMetadata = METADATA, scopes: tuple[str, ...] = PROVIDER.scopes, **changed: object) -> str:
    return authorization_url(
        replace(PROVIDER, **changed),
        metadata,
        redirect_uri="https://us.example/auth/callback",
        scopes=scopes,
        state="a state & more",
        code_challenge="a-challenge",
    )


def test_the_request_asks_for_a_code_with_s256_and_names_the_resource() -> None:
    parts = urlsplit(url())
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == METADATA.authorization_endpoint
    assert parse_qs(parts.query, strict_parsing=True) == {
        "response_type": ["code"],
        "client_id": ["client-id-of-ours"],
        "redirect_uri": ["https://us.example/auth/callback"],
        "scope": ["urn:ietf:params:oauth:scope:mail offline_access"],
        "state": ["a state & more"],
        "code_challenge": ["a-challenge"],
        "code_challenge_method": ["S256"],
        "resource": ["https://api.fastmail.com/jmap/session"],
    }


def test_a_sign_in_asks_for_no_refresh_token() -> None:
    for family, scopes in {
        ScopeFamily.MAIL: ("urn:ietf:params:oauth:scope:mail",),
        ScopeFamily.JMAP: ("urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"),
    }.items():
        assert fastmail("id", family).sign_in_scopes == scopes
        asked = parse_qs(urlsplit(url(scopes=scopes)).query)["scope"]
        assert asked == [" ".join(scopes)]


def test_a_provider_that_knows_no_resource_is_not_told_one() -> None:
    assert "resource=" not in url(sends_resource=False)


def test_a_sign_in_that_shall_ask_is_told_so() -> None:
    assert parse_qs(urlsplit(url(prompt="consent")).query)["prompt"] == ["consent"]
    assert "prompt=" not in url()


def test_an_endpoint_with_a_query_keeps_it() -> None:
    query = urlsplit(url(replace(METADATA, authorization_endpoint=f"{ISSUER}/oauth/authorize?tenant=1"))).query
    assert parse_qs(query)["tenant"] == ["1"]
    assert parse_qs(query)["client_id"] == ["client-id-of-ours"]


def test_a_code_comes_back() -> None:
    assert process_callback(ANSWER, METADATA) == "a-code"


@pytest.mark.row("CB-06")
def test_another_servers_answer_is_used_for_nothing() -> None:
    for issuer in ("https://evil.example", f"{ISSUER}/", ISSUER.upper(), ""):
        for metadata in (METADATA, WITHOUT_ISS):
            for parameters in ({"code": "a-code"}, {"error": "access_denied"}):
                with pytest.raises(CallbackRejected):
                    process_callback(parameters | {"iss": issuer}, metadata)


@pytest.mark.row("CB-06")
def test_an_answer_that_does_not_say_whose_it_is() -> None:
    with pytest.raises(CallbackRejected):
        process_callback({"code": "a-code"}, METADATA)
    assert process_callback({"code": "a-code"}, WITHOUT_ISS) == "a-code"


@pytest.mark.row("CB-07")
@pytest.mark.parametrize(
    ("error", "passed_on"),
    [
        ("access_denied", "access_denied"),
        ("temporarily_unavailable", "temporarily_unavailable"),
        ("server_error", "server_error"),
        ("invalid_request", "server_error"),
        ("invalid_scope", "server_error"),
        ("unauthorized_client", "server_error"),
        ("unsupported_response_type", "server_error"),
        ("invalid_target", "server_error"),
        ("login_required", "server_error"),
    ],
)
def test_the_providers_errors_become_ours(error: str, passed_on: str) -> None:
    with pytest.raises(ProviderRefused) as refused:
        process_callback({"error": error, "error_description": "canary", "iss": ISSUER}, METADATA)
    assert refused.value.code == str(refused.value) == passed_on


@pytest.mark.row("CB-07")
def test_an_error_with_a_code_is_used_for_nothing() -> None:
    with pytest.raises(CallbackRejected):
        process_callback({"error": "access_denied", "code": "a-code", "iss": ISSUER}, METADATA)


@pytest.mark.row("CB-07")
@pytest.mark.parametrize(
    "error", ["", "ACCESS_DENIED", "<script>", "x" * 10_000, "denied", "account_selection_required"]
)
def test_an_unknown_error_reaches_the_assistant_as_one_of_ours(error: str) -> None:
    with pytest.raises(ProviderRefused) as refused:
        process_callback({"error": error, "iss": ISSUER}, METADATA)
    assert refused.value.code == str(refused.value) == "server_error"


def test_a_code_may_have_4096_characters() -> None:
    assert process_callback(ANSWER | {"code": "x" * 4096}, METADATA) == "x" * 4096


@pytest.mark.parametrize("code", ["", "x" * 4097])
def test_a_code_that_is_none_is_sent_nowhere(code: str) -> None:
    with pytest.raises(CallbackRejected):
        process_callback({"code": code, "iss": ISSUER}, METADATA)
    with pytest.raises(CallbackRejected):
        process_callback({"iss": ISSUER}, METADATA)
