import pytest

from mailconnect.sandbox.oauth.redirects import matches, normalised, with_parameters

REGISTERED = "http://127.0.0.1:8787/auth/callback"


@pytest.mark.parametrize(
    "requested",
    [
        "http://127.0.0.1:8787/auth/callback",
        "http://127.0.0.1:1/auth/callback",
        "http://127.0.0.1/auth/callback",
        "http://localhost:8787/auth/callback",
        "http://[::1]:8787/auth/callback",
    ],
)
def test_on_loopback_port_and_spelling_are_free(requested):
    assert matches(REGISTERED, requested)


@pytest.mark.parametrize(
    "requested",
    [
        "",
        "http://127.0.0.1:8787/auth/callback/",
        "http://127.0.0.1:8787/auth/Callback",
        "http://127.0.0.1:8787/auth/callback?x=1",
        "http://127.0.0.1:8787/auth/callback#",
        "https://127.0.0.1:8787/auth/callback",
        "http://127.0.0.2:8787/auth/callback",
        "http://a@127.0.0.1:8787/auth/callback",
        "http://127.0.0.1.evil.example/auth/callback",
        "http://[::1/auth/callback",
    ],
)
def test_on_loopback_all_else_is_exact(requested):
    assert not matches(REGISTERED, requested)


def test_a_hosted_redirect_uri_is_exact():
    hosted = "https://mailconnect.example/auth/callback"
    assert matches(hosted, hosted)
    assert not matches(hosted, "https://mailconnect.example:8443/auth/callback")


def test_registration_answers_loopback_without_port():
    assert normalised("http://[::1]:1/cb?x=1") == "http://localhost/cb?x=1"
    assert normalised("http://127.0.0.1") == "http://localhost/"
    assert normalised("com.example:/cb") == "com.example:/cb"


def test_parameters_are_added_to_those_there_are():
    assert with_parameters("https://a.example/cb?x=1", {"code": "a b"}) == "https://a.example/cb?x=1&code=a+b"
