"""Draft client-id-metadata-document §3: which addresses a client may be known by."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailconnect.oauth.clients.id_url import InvalidDocumentUrl, document_url


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        ("https://claude.ai/oauth/claude-code-client-metadata", "claude.ai", "/oauth/claude-code-client-metadata"),
        ("https://chatgpt.com/oauth/tU1UVEq8rRTK/client.json", "chatgpt.com", "/oauth/tU1UVEq8rRTK/client.json"),
        ("https://vscode.dev/oauth/client-metadata.json", "vscode.dev", "/oauth/client-metadata.json"),
        ("https://app.example/a%20b?v=1&w=%2F", "app.example", "/a%20b?v=1&w=%2F"),
        ("https://xn--80ak6aa92e.example/c", "xn--80ak6aa92e.example", "/c"),
    ],
)
def test_an_https_address_with_a_path_is_one(url: str, host: str, target: str) -> None:
    found = document_url(url, "mail.example")
    assert (found.url, found.host, found.target) == (url, host, target)


@pytest.mark.row("CI-01")
@pytest.mark.parametrize(
    "url",
    [
        "http://app.example/c",
        "HTTPS://app.example/c",
        "https:/app.example/c",
        "https:app.example/c",
        "https://app.example",
        "https://app.example/",
        "https://app.example?c",
        "https://app.example/?c",
        "https://app.example/c?",
        "https://app.example/c#x",
        "https://app.example/c#",
        "https://user@app.example/c",
        "https://user:pw@app.example/c",
        "https://app.example%40evil.example/c",
        "https://app.example/./c",
        "https://app.example/../c",
        "https://app.example/a/..",
        "https://app.example/%2e%2e/c",
        "https://app.example/.%2E/c",
        "https://app.example/..;x/c",
        "https://app.example/a%5c..%5cb",
        "https://app.example:443/c",
        "https://app.example:8443/c",
        "https://app.example:/c",
        "https://App.example/c",
        "https://app.example./c",
        "https://localhost/c",
        "https://intranet/c",
        "https://127.0.0.1/c",
        "https://2130706433/c",
        "https://0x7f.0.0.1/c",
        "https://app.0x7f/c",
        "https://[::1]/c",
        "https://[::1/c",
        "https://äpp.example/c",
        "https://app.example/ä",
        "https://app.example/a b",
        "https://app.example/a\n",
        "https://app.example\\@evil.example/c",
        "https://app.example/*",
        "https:///c",
        f"https://app.example/{'c' * 493}",
        f"https://{'a.' * 130}example/c",
    ],
)
def test_any_other_address_is_not(url: str) -> None:
    with pytest.raises(InvalidDocumentUrl):
        document_url(url, "mail.example")


@pytest.mark.row("CI-01")
def test_512_characters_are_enough() -> None:
    assert document_url(f"https://app.example/{'c' * 492}", "")


@pytest.mark.row("CI-01")
def test_a_host_has_as_many_characters_as_a_name_can_have() -> None:
    """RFC 1035 §3.1."""
    longest = "a." * 123 + "example"
    assert document_url(f"https://{longest}/c", "").host == longest
    with pytest.raises(InvalidDocumentUrl, match="host"):
        document_url(f"https://b{longest}/c", "")


@pytest.mark.row("CI-17")
@pytest.mark.parametrize("own_host", ["mail.example", "MAIL.example"])
def test_our_own_address_is_nobodys_document(own_host: str) -> None:
    with pytest.raises(InvalidDocumentUrl, match="own_host"):
        document_url("https://mail.example/privacy", own_host)


@given(st.text(st.sampled_from("https:/.@[]%2e#?aÄ\\ \n0"), max_size=20))
@example("app.example/client.json?v=1")
def test_no_text_is_more_than_refused(rest: str) -> None:
    try:
        found = document_url(f"https://{rest}", "mail.example")
    except InvalidDocumentUrl:
        return
    assert found.url == f"https://{found.host}{found.target}"
