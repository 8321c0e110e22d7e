"""RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1: which redirect URIs may be registered, and which requests match them."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailconnect.oauth.errors import InvalidRedirectUri
from mailconnect.oauth.private_use_scheme import may_be_an_apps
from mailconnect.oauth.redirect_uri import (
    MAX_LENGTH,
    RedirectTarget,
    checked_redirect_uri,
    matches,
    redirect_target,
)

REGISTERED = "https://app.example/cb"

# Of assistants and editors that have been seen (docs/clients.md); none of them is listed in the program.
# fmt: off
APP_SCHEMES = [
    "claude", "cursor", "devin", "goose", "jetbrains", "kiro", "raycast", "sublime", "theia", "trae", "vscode",
    "vscode-insiders", "vscodium", "warp", "windsurf", "workbuddy", "zed", "zencoder", "myapp", "cursor2",
]
# fmt: on

# The clients of autumn 2026: each of these must be able to register.
KNOWN = [
    "https://poke.com/api/v1/mcp/callback",
    "https://claude.ai/api/mcp/auth_callback",
    "https://claude.com/api/mcp/auth_callback",
    "http://localhost:41234/callback",
    "https://chatgpt.com/connector_platform_oauth_redirect",
    "https://chatgpt.com/connector/oauth/Xy_1-z",
    "http://localhost:8787/callback",
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "https://www.cursor.com/agents/mcp/oauth/callback",
    "https://vscode.dev/redirect",
    "https://insiders.vscode.dev/redirect",
    "http://127.0.0.1/",
    "http://127.0.0.1:33418/",
    "http://127.0.0.1:1455/callback/abc",
    "http://localhost:7777/oauth/callback",
    "http://127.0.0.1:50000/oauth_callback",
    "http://localhost:3335/oauth/callback",
    "https://callback.mistral.ai/v1/integrations_auth/oauth2_callback",
    "https://global.consent.azure-apim.net/redirect/fastmail",
]


@pytest.mark.parametrize("uri", KNOWN)
def test_every_known_assistant_can_register(uri: str) -> None:
    assert checked_redirect_uri(uri) == uri
    assert matches(uri, uri)


@pytest.mark.row("RG-05")
@pytest.mark.parametrize("uri", [None, True, 1, 1.5, {}, [], ["https://app.example/cb"], b"https://app.example/cb", ""])
def test_a_redirect_uri_is_a_string(uri: object) -> None:
    with pytest.raises(InvalidRedirectUri):
        checked_redirect_uri(uri)


@pytest.mark.row("RG-06")
def test_a_redirect_uri_has_at_most_2048_characters() -> None:
    longest = f"{REGISTERED}?{'a' * (MAX_LENGTH - len(REGISTERED) - 1)}"
    assert len(checked_redirect_uri(longest)) == 2048
    with pytest.raises(InvalidRedirectUri):
        checked_redirect_uri(f"{longest}a")


@pytest.mark.row("RG-07")
@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "javascript://app.example/%0aalert(1)",
        "\tjavascript:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "java\tscript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,x",
        "data:text/html;base64,PHNjcmlwdD4=",
        "vbscript:x",
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "blob:https://app.example/1",
        "about:blank",
        "view-source:https://app.example/",
        "intent://app.example/#Intent;end",
        "intent://app.example/",
        "ftp://app.example/",
        "ws://app.example/",
        "mailto:x@app.example",
        "filesystem:https://app.example/",
        "jar:https://app.example/",
    ],
)
def test_schemes_that_a_browser_runs_are_refused(uri: str) -> None:
    with pytest.raises(InvalidRedirectUri):
        checked_redirect_uri(uri)


@pytest.mark.parametrize(
    "uri", ["cb", "/cb", "//app.example/cb", "?x", "app.example/cb", "https", "https:", ":", "://x"]
)
def test_a_redirect_uri_that_is_not_absolute_is_refused(uri: str) -> None:
    with pytest.raises(InvalidRedirectUri):
        checked_redirect_uri(uri)


@pytest.mark.row("RG-09")
@pytest.mark.parametrize(
    "uri", [f"{REGISTERED}#", f"{REGISTERED}#x", f"{REGISTERED}?a#x", "http://127.0.0.1/#", "cursor://x#y"]
)
def test_a_fragment_is_refused(uri: str) -> None:
    with pytest.raises(InvalidRedirectUri):
        checked_redirect_uri(uri)


@pytest.mark.row("RG-10")
@pytest.mark.parametrize(
    "uri",
    [
        "https://claude.ai@evil.example/cb",
        "https://claude.ai:x@evil.example/cb",
        "https://@evil.example/cb",
        "https://claude.ai%40evil.example/",
        "https://claude.ai%2eevil.example/",
        "https://claude.ai%00.evil.example/",
        "http://x@localhost/cb",
        "http://localhost%40evil.example/",
        "cursor://claude.ai@evil.example/",
    ],
)
def test_user_information_is_refused(uri: str) -> None:
    with pytest.raises(InvalidRedirectUri):
        checked_redirect_uri(uri)


@pytest.mark.row("RG-11")
@pytest.mark.parametrize(
    "uri", ["https://*.example.com/*", "https://*/", "https://app.example/*", "http://localhost:*/cb"]
)
def test_wildcards_are_refused(uri: str) -> None:
    with pytest.raises(InvalidRedirectUri):
        checked_redirect_uri(uri)


@pytest.mark.row("RG-13")
@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/../cb",
        "https://app.example/a/./cb",
        "https://app.example/..",
        "https://app.example/%2e%2e/cb",
        "https://app.example/%2E./cb",
        "https://app.example/a%2f..%2fcb",
        "https://app.example/..;/cb",
        "https://app.example/..;x=1/cb",
        "https://app.example/a%5c..%5ccb",
        "https://app.example\\cb",
        "https:\\\\app.example/cb",
        "https://app.example/c\tb",
        "https://app.example/c\rb",
        "https://app.example/cb\n",
        "https://app.example/c b",
        "https://app.example/%zz",
        "https://app.example/%",
        "cursor://x/../y",
    ],
)
def test_dot_segments_and_characters_that_trick_parsers_are_refused(uri: str) -> None:
    with pytest.raises(InvalidRedirectUri):
        checked_redirect_uri(uri)


@pytest.mark.row("RG-14")
@pytest.mark.parametrize(
    "uri", [*(f"{scheme}://x/cb" for scheme in APP_SCHEMES), "kiro:/cb", "com.example.app:/cb", "com.example.app:cb"]
)
def test_an_app_may_have_any_scheme_that_is_nobody_elses(uri: str) -> None:
    assert checked_redirect_uri(uri) == uri


# fmt: off
NOT_AN_APPS = [
    "about", "blob", "cid", "content", "facetime", "file", "ftp", "geo", "git", "help", "intent", "irc",
    "itms-apps", "ldap", "magnet", "mailto", "maps", "market", "mid", "ms-excel", "ms-msdt", "ms-settings", "mhtml",
    "moz-extension", "chrome-extension", "otpauth", "payto", "res", "sftp", "shell", "skype", "sms", "smb", "ssh",
    "steam", "tel", "telnet", "urn", "view-source", "web+mail", "ext+mail", "webcal", "ws", "wss", "wyciwyg",
    "x-apple-systempreferences", "xmpp",
]
# fmt: on


@pytest.mark.row("RG-14")
@pytest.mark.parametrize("scheme", NOT_AN_APPS)
def test_a_scheme_that_wakes_a_browser_or_another_program_is_refused(scheme: str) -> None:
    for uri in (f"{scheme}://x/cb", f"{scheme}:/cb", f"{scheme.upper()}://x/cb"):
        with pytest.raises(InvalidRedirectUri):
            checked_redirect_uri(uri)


@pytest.mark.row("RG-14")
@pytest.mark.parametrize("uri", ["myapp:cb", "x:/cb", "myapp:alert(1)", "kiro:", "a+b:x", "c:/Windows/x.exe"])
def test_an_apps_scheme_is_a_word_before_a_place(uri: str) -> None:
    with pytest.raises(InvalidRedirectUri):
        checked_redirect_uri(uri)


@pytest.mark.row("RG-15")
@pytest.mark.parametrize(
    "uri", ["https://clаude.ai/cb", "https://claude。ai/cb", "https://ⓒlaude.ai/", "https://app.example/é"]
)
def test_anything_outside_ascii_is_refused(uri: str) -> None:
    with pytest.raises(InvalidRedirectUri):
        checked_redirect_uri(uri)


@pytest.mark.row("RG-15")
def test_a_name_in_punycode_is_shown_in_punycode() -> None:
    uri = checked_redirect_uri("https://xn--clude-wqd.ai/cb")
    assert redirect_target(uri) == RedirectTarget("https", "xn--clude-wqd.ai", loopback=False)


@pytest.mark.parametrize(
    "uri",
    [
        "http://app.example/cb",
        "http://10.0.0.1/cb",
        "http://127.0.0.2/cb",
        "http://127.1/cb",
        "http://0x7f000001/cb",
        "http://localhost.evil.example/cb",
        "http://localhost./cb",
        "http://[::2]/cb",
        "http://[::ffff:127.0.0.1]/cb",
        "http://0.0.0.0/cb",
    ],
)
def test_http_is_for_loopback_alone(uri: str) -> None:
    with pytest.raises(InvalidRedirectUri):
        checked_redirect_uri(uri)


@pytest.mark.parametrize("query", ["code=x", "a=b&state=x", "iss", "error=", "b&error_uri=x&c", "%63ode=x", "sta%74e"])
def test_a_query_that_says_what_only_the_answer_may_say_is_refused(query: str) -> None:
    with pytest.raises(InvalidRedirectUri):
        checked_redirect_uri(f"https://app.example/cb?{query}")


@pytest.mark.parametrize("query", ["client=code", "a=b&c=state=x", "codes=x", "a=code&b", "x=%63ode"])
def test_any_other_query_may_be_registered(query: str) -> None:
    assert checked_redirect_uri(f"https://app.example/cb?{query}")


@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "0x7f000001", "app.0x7f", "1.2.3.4.5", "app.example.127", "0x7f.1", "256.0.0.1"]
)
def test_a_host_that_a_browser_reads_as_a_number_is_refused(host: str) -> None:
    with pytest.raises(InvalidRedirectUri):
        checked_redirect_uri(f"https://{host}/cb")


@pytest.mark.parametrize("host", ["127.example", "0x7f.example", "1.2.3.example", "4.app.example"])
def test_a_host_may_begin_with_a_number(host: str) -> None:
    assert checked_redirect_uri(f"https://{host}/cb")


@pytest.mark.row("RG-10")
@pytest.mark.parametrize("uri", ["cursor://user@app/cb", "cursor://user%40app/cb", "com.example.app://a%40b/cb"])
def test_a_private_use_scheme_has_no_user_information_either(uri: str) -> None:
    with pytest.raises(InvalidRedirectUri):
        checked_redirect_uri(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "https:///cb",
        "https://:443/cb",
        "https://-app.example/",
        "https://app..example/",
        "https://app_1.example/",
        "https://[::1/cb",
        "https://[app.example]/",
        "https://[::1%25lo]/",
        "https://app.example:0/",
        "https://app.example:/cb",
        "https://app.example:65536/",
        "https://app.example:x/",
        "https://app.example:-1/",
        f"https://{'a' * 64}.example/",
    ],
)
def test_a_host_and_a_port_that_parsers_read_differently_are_refused(uri: str) -> None:
    with pytest.raises(InvalidRedirectUri):
        checked_redirect_uri(uri)


@pytest.mark.row("AZ-02")
@pytest.mark.parametrize(
    "presented",
    [
        "",
        "https://app.example/cb/",
        "https://app.example/cb/x",
        "https://app.example/cb?",
        "https://app.example/cb?a=b",
        "https://app.example/c",
        "https://app.example/CB",
        "https://app.example/%63b",
        "https://app.example//cb",
        "https://app.example/./cb",
        "https://app.example/x/../cb",
        "https://app.example/%2e/cb",
        "https://app.example/cb#",
        "https://app.example/cb#x",
        "https://app.example/cb ",
        " https://app.example/cb",
        "https://app.example/cb\n",
        "https://APP.example/cb",
        "HTTPS://app.example/cb",
        "https://app.example:443/cb",
        "https://app.example:8443/cb",
        "https://www.app.example/cb",
        "https://app.example.evil.example/cb",
        "https://app.example@evil.example/cb",
        "https://x@app.example/cb",
        "http://app.example/cb",
        "com.example:/cb",
        "https://app.exаmple/cb",
        "https://app.example/cb" + "/" * 8192,
        "\udcff",
    ],
)
def test_a_redirect_uri_is_compared_to_the_letter(presented: str) -> None:
    assert matches(REGISTERED, REGISTERED)
    assert not matches(REGISTERED, presented)


@pytest.mark.row("AZ-02")
@pytest.mark.parametrize(
    ("registered", "presented"),
    [
        ("https://app.example/cb/", "https://app.example/cb"),
        ("https://app.example/cb?a=b", "https://app.example/cb"),
        ("https://app.example/", "https://app.example"),
        ("https://localhost/cb", "https://localhost:8443/cb"),
        ("cursor://x/cb", "cursor://x:1/cb"),
    ],
)
def test_nothing_may_be_left_out_either(registered: str, presented: str) -> None:
    assert not matches(registered, presented)


@pytest.mark.row("AZ-03")
@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
@pytest.mark.parametrize("registered_port", ["", ":3000"])
@pytest.mark.parametrize("port", ["", ":1", ":51234", ":65535"])
def test_on_loopback_the_port_is_free(host: str, registered_port: str, port: str) -> None:
    assert matches(f"http://{host}{registered_port}/cb?x=1", f"http://{host}{port}/cb?x=1")


@pytest.mark.row("AZ-03")
@pytest.mark.parametrize(
    "presented",
    [
        "http://localhost:51234/callback",
        "http://127.0.0.1:51234/cb/",
        "http://127.0.0.1:51234/cb?x=1",
        "http://127.0.0.1:51234/CB",
        "http://[::1]:51234/cb",
        "https://127.0.0.1:51234/cb",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:51234/cb#",
        "http://127.0.0.1:51234/x/../cb",
        "http://x@127.0.0.1:51234/cb",
        "http://127.0.0.1:51234@evil.example/cb",
        "http://127.0.0.1.evil.example:51234/cb",
        "http://127.0.0.2:51234/cb",
    ],
)
def test_on_loopback_all_but_the_port_is_compared(presented: str) -> None:
    assert not matches("http://127.0.0.1/cb", presented)


@pytest.mark.parametrize(
    ("uri", "target"),
    [
        ("https://app.example:8443/cb", RedirectTarget("https", "app.example", loopback=False)),
        ("http://[::1]:1/cb", RedirectTarget("http", "::1", loopback=True)),
        ("http://localhost/cb", RedirectTarget("http", "localhost", loopback=True)),
        ("cursor://anysphere.cursor-mcp/cb", RedirectTarget("cursor", "", loopback=False)),
        ("com.example.app:/cb", RedirectTarget("com.example.app", "", loopback=False)),
    ],
)
def test_a_person_is_shown_where_the_answer_goes(uri: str, target: RedirectTarget) -> None:
    assert redirect_target(uri) == target


_HOSTS = ["https://", "http://", "cursor://", "localhost", "127.0.0.1", "[::1]", "app.example", ":80", ":", "@"]
_TRICKS = ["%", "%2e", "/", "..", "\\", "#", "?", "*", "\n", "а", "cb"]
_URIS = st.lists(st.sampled_from([*_HOSTS, *_TRICKS]) | st.text(max_size=3)).map("".join)


@given(_URIS)
def test_a_redirect_uri_that_may_be_registered_is_plain_absolute_and_without_tricks(uri: str) -> None:
    try:
        checked_redirect_uri(uri)
    except InvalidRedirectUri:
        return
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]*", uri)
    assert not set(uri) & set('#*\\ "<>^`{|}')
    target = redirect_target(uri)
    assert target.scheme in {"https", "http"} or may_be_an_apps(target.scheme)
    assert target.loopback or target.scheme != "http"
    assert matches(uri, uri)


@given(_URIS, _URIS)
@example("https://app.example/callback", "https://app.example/callback")
@example("http://127.0.0.1/callback", "http://127.0.0.1:50000/callback")
def test_two_addresses_match_only_if_they_go_to_the_same_place(registered: str, presented: str) -> None:
    try:
        checked_redirect_uri(registered)
    except InvalidRedirectUri:
        return
    if matches(registered, presented):
        assert redirect_target(registered) == redirect_target(presented)
        assert registered == presented or redirect_target(registered).loopback
