"""The settings describe a provider; a description that cannot be used gets an error that says why."""

import pytest

from mailconnect.composition.provider import provider_of
from mailconnect.mail.errors import UntrustedAddress
from mailconnect.provider.any_jmap import SCOPES
from mailconnect.provider.provider import Provider
from mailconnect.settings import SettingError, from_environment

SESSION_URL = "https://mail.example.com/.well-known/jmap"


def described(**given: str) -> Provider:
    all_given = {"PROVIDER": "jmap", "SESSION_URL": SESSION_URL} | given
    return provider_of(from_environment({f"MAILCONNECT_{name}": value for name, value in all_given.items()}))


def test_a_session_url_is_enough() -> None:
    provider = described()
    assert (provider.id, provider.session_url, provider.name) == (SESSION_URL, SESSION_URL, "mail.example.com")
    assert (provider.issuer, provider.client_id, provider.scopes) == (None, None, SCOPES)
    assert provider.resolves
    assert provider.sends_resource
    assert provider.hosts == ("mail.example.com",)
    assert provider.loopback_ports == ()
    assert provider.prompt == "consent"


def test_everything_can_be_said() -> None:
    provider = described(
        PROVIDER_NAME="Example Mail",
        PROVIDER_HOSTS="*.Example.net api.example.com:8443",
        PROVIDER_ISSUER="https://login.example.com/tenant",
        CLIENT_ID="ours",
        SCOPES="mail:read",
        SEND_RESOURCE="no",
        PROVIDER_PKCE="assumed",
        API_TOKEN_HINT="Under Tokens.",
    )
    assert (provider.name, provider.issuer) == ("Example Mail", "https://login.example.com/tenant")
    assert (provider.client_id, provider.scopes) == ("ours", ("mail:read",))
    assert provider.api_token_hint == "Under Tokens."
    assert not provider.sends_resource
    assert provider.assumes_pkce
    assert not described().assumes_pkce
    assert provider.prompt is None
    for url in ("https://a.example.net/", "https://api.example.com:8443/jmap", "https://login.example.com/token"):
        assert provider.allowed_hosts.check(url) == url
    for url in ("https://api.example.com/", "https://example.net/", "https://evil.example/"):
        with pytest.raises(UntrustedAddress):
            provider.allowed_hosts.check(url)


def test_one_machine_may_have_a_provider_on_itself() -> None:
    provider = described(SESSION_URL="http://127.0.0.1:8008/jmap/", PROVIDER_HOSTS="localhost:9000")
    assert set(provider.loopback_ports) == {8008, 9000}
    assert provider.hosts == ()
    for url in ("http://localhost:8008/", "http://127.0.0.1:9000/token"):
        assert provider.allowed_hosts.check(url) == url
    with pytest.raises(UntrustedAddress):
        provider.allowed_hosts.check("http://127.0.0.1:9001/2018-06-01/runtime/invocation/next")


@pytest.mark.row("CB-10")
@pytest.mark.parametrize("name", ["SESSION_URL", "PROVIDER_ISSUER"])
@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example.com/jmap",
        "mail.example.com",
        "https://user@mail.example.com/",
        "https://192.0.2.1/jmap",
        "https://169.254.169.254/latest/meta-data",
        "https://[::2]/",
        "https://müller.example/",
        "https://mail.example.com/#fragment",
        "https://mail.example.com:99999/" + "x" * 3000,
        "file:///etc/passwd",
        "https:///jmap",
    ],
)
def test_an_address_where_no_token_may_go_is_refused_at_the_start(name: str, url: str) -> None:
    with pytest.raises(SettingError) as refused:
        described(**{name: url})
    assert str(refused.value).startswith(f"MAILCONNECT_{name} cannot be used; set it to an https address such as ")


@pytest.mark.parametrize("hosts", ["*", "*.com.*", "192.0.2.1", "https://api.example.com", "exa_mple.com", "a,b"])
def test_hosts_are_names(hosts: str) -> None:
    with pytest.raises(SettingError, match="MAILCONNECT_PROVIDER_HOSTS cannot be used"):
        described(PROVIDER_HOSTS=hosts)


@pytest.mark.parametrize("scopes", ['mail"', "mail\\", "größe"])
def test_scopes_are_of_rfc_6749s_letters(scopes: str) -> None:
    with pytest.raises(SettingError, match="MAILCONNECT_SCOPES cannot be used"):
        described(SCOPES=scopes)


@pytest.mark.parametrize("choice", ["yes", "no"])
def test_fastmail_is_told_the_resource_unless_it_shall_not(choice: str) -> None:
    settings = from_environment({"MAILCONNECT_PROVIDER": "fastmail", "MAILCONNECT_SEND_RESOURCE": choice})
    assert provider_of(settings).sends_resource == (choice == "yes")
