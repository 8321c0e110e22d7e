import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.mail.errors import UntrustedAddress
from mailconnect.outbound.allowed_hosts import HostAllowList

FASTMAIL = HostAllowList.of(
    ["api.fastmail.com", "*.api.fastmail.com", "*.fastmailusercontent.com", "mail.example:8443"]
)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.fastmail.com/jmap/session",
        "https://API.Fastmail.COM/jmap/session",
        "https://api.fastmail.com:443/",
        "https://api.fastmail.com",
        "https://phl.api.fastmail.com/jmap/api/?x=1",
        "https://phl-www.fastmailusercontent.com/jmap/",
        "https://mail.example:8443/jmap",
        f"https://api.fastmail.com/{'x' * 2023}",
    ],
)
def test_a_listed_host_passes_unchanged(url):
    assert FASTMAIL.check(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://api.fastmail.com/jmap/",
        "https://evil.example/",
        "https://fastmail.com/",
        "https://api.fastmail.com.evil.example/",
        "https://evilapi.fastmail.com/",
        "https://a.b.api.fastmail.com/",
        "https://.api.fastmail.com/",
        "https://-x.api.fastmail.com/",
        "https://api.fastmail.com./",
        "https://api.fastmail.com:8443/",
        "https://mail.example/",
        "https://mail.example:8443@evil.example/",
        "https://api.fastmail.com@evil.example/",
        "https://evil.example\\@api.fastmail.com/",
        "https://api.fastmail.com\\.evil.example/",
        "https://api.fastmail.com/\\evil",
        "https://api.fastmail.com#@evil.example/",
        "https://api.fastmail.com/jmap#fragment",
        "https://user:pass@api.fastmail.com/",
        "https://api%2efastmail.com/",
        "https://api.fastmail.com%00.evil.example/",
        "https://\uff41pi.fastmail.com/",
        "https://api.fa\u0455tmail.com/",
        "https://api\u3002fastmail.com/",
        "https://api.fastmail.com/\n",
        " https://api.fastmail.com/",
        "https://api.fastmail.com/ x",
        "https:/api.fastmail.com/",
        "https:api.fastmail.com",
        "//api.fastmail.com/",
        "/jmap/",
        "",
        "https://",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://[::1]/",
        "https://2130706433/",
        "https://[2001:db8::1]/",
        "https://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "https://api.fastmail.com/" + "x" * 2024,
        "https://api.fastmail.com:99999999/",
    ],
)
def test_any_other_url_is_refused_without_being_repeated(url):
    with pytest.raises(UntrustedAddress) as refused:
        FASTMAIL.check(url)
    assert "example" not in str(refused.value) + refused.value.text


@pytest.mark.parametrize(
    ("url", "detail", "host"),
    [
        ("https://API.fastmail.com:99/", "the host is not on the list", "api.fastmail.com"),
        ("http://api.fastmail.com/", "the URL is not https", "api.fastmail.com"),
        ("http://localhost:1/", "loopback is not permitted there", "localhost"),
        ("nowhere", "the URL is malformed", ""),
    ],
)
def test_a_refusal_tells_the_owner_which_host_and_the_log_why(url, detail, host):
    with pytest.raises(UntrustedAddress) as refused:
        FASTMAIL.check(url)
    assert (str(refused.value), refused.value.host) == (detail, host)


def test_loopback_is_reached_only_on_a_permitted_port():
    hosts = HostAllowList.of(["api.fastmail.com"], loopback_ports=[8008, 8443])
    for url in ("http://127.0.0.1:8008/jmap/", "https://localhost:8443/", "http://[::1]:8008/"):
        assert hosts.check(url) == url
    for url in ("http://127.0.0.1:8009/", "http://127.0.0.1/", "http://127.0.0.2:8008/", "http://evil.example:8008/"):
        with pytest.raises(UntrustedAddress):
            hosts.check(url)


@pytest.mark.parametrize("pattern", ["*", "*.com", "com", "127.0.0.1", "*.*.example", "a..b", "https://a.example", ""])
def test_a_pattern_that_is_no_host_is_refused_when_the_list_is_made(pattern):
    with pytest.raises(ValueError, match="pattern"):
        HostAllowList.of([pattern])


@given(st.text() | st.from_regex(r"https?://[^/]{0,40}(/.*)?", fullmatch=True))
def test_no_url_raises_anything_else(url):
    with contextlib.suppress(UntrustedAddress):
        assert FASTMAIL.check(url) == url
