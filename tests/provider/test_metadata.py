"""The provider's metadata: only its own, and only to where a token may go."""

from typing import Any

import pytest

from mailconnect.mail.errors import UnexpectedAnswer, UntrustedAddress
from mailconnect.provider.errors import MetadataUnusable
from mailconnect.provider.fastmail import ScopeFamily, fastmail
from mailconnect.provider.metadata import (
    ServerMetadata,
    openid_configuration_url,
    process_server_metadata,
    server_metadata_url,
)

ISSUER = "https://api.fastmail.com"
HOSTS = fastmail("client-id-of-ours", ScopeFamily.MAIL).allowed_hosts
GOOD = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/oauth/authorize",
    "token_endpoint": f"{ISSUER}/oauth/refresh",
    "revocation_endpoint": f"{ISSUER}/oauth/revoke",
    "registration_endpoint": f"{ISSUER}/oauth/register",
    "code_challenge_methods_supported": ["S256"],
    "authorization_response_iss_parameter_supported": True,
}


def read(document: Any) -> ServerMetadata:
    return process_server_metadata(document, ISSUER, HOSTS)


def test_fastmails_metadata_is_read() -> None:
    assert read(GOOD) == ServerMetadata(
        issuer=ISSUER,
        authorization_endpoint=f"{ISSUER}/oauth/authorize",
        token_endpoint=f"{ISSUER}/oauth/refresh",
        revocation_endpoint=f"{ISSUER}/oauth/revoke",
        iss_parameter=True,
        registration_endpoint=f"{ISSUER}/oauth/register",
    )


@pytest.mark.parametrize(
    ("issuer", "url"),
    [
        ("https://api.fastmail.com", "https://api.fastmail.com/.well-known/oauth-authorization-server"),
        ("https://as.example/", "https://as.example/.well-known/oauth-authorization-server"),
        ("https://as.example/tenant", "https://as.example/.well-known/oauth-authorization-server/tenant"),
        ("https://as.example/TENANT-X/", "https://as.example/.well-known/oauth-authorization-server/TENANT-X"),
        ("https://as.example:8443/a/b/", "https://as.example:8443/.well-known/oauth-authorization-server/a/b"),
    ],
)
def test_metadata_is_where_rfc_8414_puts_it(issuer: str, url: str) -> None:
    assert server_metadata_url(issuer) == url


def test_or_else_where_openid_connect_puts_it() -> None:
    for issuer in ("https://as.example/TENANT-X", "https://as.example/TENANT-X/"):
        assert openid_configuration_url(issuer) == "https://as.example/TENANT-X/.well-known/openid-configuration"


@pytest.mark.parametrize(
    "issuer", [f"{ISSUER}/", "https://API.fastmail.com", "https://evil.example", None, 1, [ISSUER]]
)
def test_metadata_of_another_issuer_is_refused(issuer: object) -> None:
    with pytest.raises(UnexpectedAnswer, match="another issuer"):
        read(GOOD | {"issuer": issuer})


@pytest.mark.parametrize("document", [None, [], "x", 1, {}])
def test_a_document_that_is_no_metadata_is_refused(document: object) -> None:
    with pytest.raises(UnexpectedAnswer):
        read(document)


@pytest.mark.parametrize("methods", [None, [], ["plain"], "S256", {"S256": 1}, [["S256"]]])
def test_a_server_without_s256_is_refused(methods: object) -> None:
    with pytest.raises(UnexpectedAnswer, match="S256"):
        read(GOOD | {"code_challenge_methods_supported": methods})


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint"])
def test_an_endpoint_that_is_missing_is_missed(name: str) -> None:
    with pytest.raises(UnexpectedAnswer, match=name):
        read({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize(
    "name", ["authorization_endpoint", "token_endpoint", "revocation_endpoint", "registration_endpoint"]
)
@pytest.mark.parametrize("value", [1, [], {}])
def test_an_endpoint_that_is_no_url_is_refused(name: str, value: object) -> None:
    with pytest.raises(UnexpectedAnswer):
        read(GOOD | {name: value})


@pytest.mark.row("F-08")
@pytest.mark.parametrize(
    "name", ["authorization_endpoint", "token_endpoint", "revocation_endpoint", "registration_endpoint"]
)
@pytest.mark.parametrize(
    "url",
    [
        "http://api.fastmail.com/oauth/refresh",
        "https://evil.example/oauth/refresh",
        "https://api.fastmail.com.evil.example/oauth/refresh",
        "https://api.fastmail.com@evil.example/oauth/refresh",
        "https://evil.example#@api.fastmail.com/",
        "https://evil.example\\@api.fastmail.com/",
        "https://api.fastmail.com:444/oauth/refresh",
        "https://deep.er.api.fastmail.com/oauth/refresh",
        "https://127.0.0.1/oauth/refresh",
        "https://[::1]/oauth/refresh",
        "//api.fastmail.com/oauth/refresh",
        "/oauth/refresh",
        "file:///etc/passwd",
        "",
    ],
)
def test_no_endpoint_is_where_a_token_must_not_go(name: str, url: str) -> None:
    with pytest.raises(UntrustedAddress) as refused:
        read(GOOD | {name: url})
    assert "evil" not in str(refused.value)


@pytest.mark.parametrize("name", ["revocation_endpoint", "registration_endpoint"])
def test_a_server_may_have_neither_revocation_nor_registration(name: str) -> None:
    document = {key: value for key, value in GOOD.items() if key != name}
    assert getattr(read(document), name) is None


@pytest.mark.parametrize("name", ["revocation_endpoint", "registration_endpoint"])
def test_a_member_that_is_null_counts_as_absent(name: str) -> None:
    assert getattr(read(GOOD | {name: None}), name) is None


def test_a_server_that_announces_no_pkce_is_taken_where_the_operator_knows_that_it_is_there() -> None:
    for silent in ({}, {"code_challenge_methods_supported": None}):
        document = {key: value for key, value in GOOD.items() if key != "code_challenge_methods_supported"} | silent
        with pytest.raises(MetadataUnusable, match="no S256") as refused:
            read(document)
        assert "MAILCONNECT_PROVIDER_PKCE" in refused.value.remedy
        assert process_server_metadata(document, ISSUER, HOSTS, assumes_pkce=True).issuer == ISSUER


def test_a_server_that_announces_another_pkce_is_refused_in_any_case() -> None:
    with pytest.raises(MetadataUnusable):
        process_server_metadata(
            GOOD | {"code_challenge_methods_supported": ["plain"]}, ISSUER, HOSTS, assumes_pkce=True
        )


@pytest.mark.parametrize("value", [None, False, "true", 1])
def test_iss_is_expected_only_where_it_is_announced(value: object) -> None:
    assert not read(GOOD | {"authorization_response_iss_parameter_supported": value}).iss_parameter
