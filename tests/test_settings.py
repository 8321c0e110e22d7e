"""What an operator can set, and what is said about a setting that cannot be."""

from pathlib import Path

import pytest

from mailconnect.settings import SettingError, Settings, from_environment


def read(**given: str) -> Settings:
    return from_environment({f"MAILCONNECT_{name}": value for name, value in given.items()})


def complaint(**given: str) -> str:
    with pytest.raises(SettingError) as refused:
        read(**given)
    return str(refused.value)


def test_without_any_setting_there_is_a_sandbox_on_this_machine() -> None:
    settings = read()
    assert (settings.issuer, settings.port, settings.sandbox_port) == ("http://127.0.0.1:8787", 8787, 8788)
    assert (settings.provider, settings.client_id, settings.scope_family) == ("sandbox", None, "mail")
    assert settings.data_dir == Path(".mailconnect")
    assert (settings.access_lifetime, settings.refresh_idle) == (3600, 90 * 86_400)
    assert (settings.grant_lifetime, settings.refresh_grace) == (365 * 86_400, 300)


def test_other_programs_settings_are_no_business_of_ours() -> None:
    assert from_environment({"PATH": "/bin", "mailconnect_port": "x", "XMAILCONNECT_PORT": "x"}) == read()


def test_addresses_follow_from_the_issuer() -> None:
    settings = read(ISSUER="https://Mail.Example.com/")
    assert settings.issuer == "https://mail.example.com"
    assert settings.resource == "https://mail.example.com/mcp"
    assert settings.callback == "https://mail.example.com/auth/callback"
    assert settings.secure
    assert not read().secure


def test_the_issuer_follows_from_the_port() -> None:
    assert read(PORT="9000").issuer == "http://127.0.0.1:9000"
    assert read(PORT="9000", ISSUER="http://localhost:1").issuer == "http://localhost:1"


@pytest.mark.parametrize(
    "issuer",
    [
        "https://mail.example.com:8443",
        "http://127.0.0.1:8787",
        "http://127.8.9.10",
        "http://localhost:8787/",
        "http://[::1]:8787",
    ],
)
def test_an_issuer_is_https_or_this_machine(issuer: str) -> None:
    assert read(ISSUER=issuer).issuer == issuer.rstrip("/")


@pytest.mark.parametrize(
    "issuer",
    [
        "mail.example.com",
        "http://mail.example.com",
        "http://localhost.example.com",
        "http://128.0.0.1",
        "https://",
        "https:///mcp",
        "https://mail.example.com/path",
        "https://mail.example.com//",
        "https://mail.example.com?query",
        "https://mail.example.com#fragment",
        "https://user@mail.example.com",
        "https://user:word@mail.example.com",
        "https://mail.example.com:port",
        "https://mail.example.com:99999",
        "https://[::1",
        "ftp://mail.example.com",
        "javascript:alert(1)",
    ],
)
def test_any_other_issuer_is_refused_with_an_example(issuer: str) -> None:
    said = complaint(ISSUER=issuer)
    assert said.startswith("MAILCONNECT_ISSUER is ")
    assert "such as https://mail.example.com" in said


@pytest.mark.parametrize(
    ("misspelt", "told"),
    [
        ("PROT", "MAILCONNECT_PORT is. docs/settings.md has them all."),
        ("CALLS_A_DAY", "MAILCONNECT_CALLS_PER_DAY is. docs/settings.md has them all."),
        ("FLUX_COMPENSATOR", "docs/settings.md has them all."),
        ("", "docs/settings.md has them all."),
    ],
)
def test_a_misspelt_name_is_told_and_the_nearest_one(misspelt: str, told: str) -> None:
    assert complaint(**{misspelt: "8787"}) == f"MAILCONNECT_{misspelt} is no setting; {told}"


NUMBERS = {
    "PORT": (1, 65_535),
    "SANDBOX_PORT": (1, 65_535),
    "WORKERS": (1, 64),
    "ACCESS_LIFETIME": (1, 86_400),
    "REFRESH_IDLE": (60, 366 * 86_400),
    "GRANT_LIFETIME": (60, 10 * 366 * 86_400),
    "REFRESH_GRACE": (0, 1800),
}


@pytest.mark.parametrize(("name", "bounds"), NUMBERS.items())
def test_a_number_has_its_bounds(name: str, bounds: tuple[int, int]) -> None:
    least, maximum = bounds
    for good in (least, maximum):
        others = {"ACCESS_LIFETIME": "60"} if name == "REFRESH_IDLE" else {}
        assert getattr(read(**{name: f" {good} "} | others), name.lower()) == good
    for wrong in (least - 1, maximum + 1):
        assert f"a whole number from {least} to {maximum}" in complaint(**{name: str(wrong)})


def test_no_connection_may_end_amid_its_use() -> None:
    assert read(REFRESH_IDLE="600", ACCESS_LIFETIME="600").refresh_idle == 600
    said = complaint(REFRESH_IDLE="600", ACCESS_LIFETIME="601")
    assert said.startswith("MAILCONNECT_REFRESH_IDLE is 600, and MAILCONNECT_ACCESS_LIFETIME 601: ")


@pytest.mark.parametrize(
    ("given", "issuer"),
    [
        ("https://mail.example.com:443", "https://mail.example.com"),
        ("https://[2001:db8::1]:443/", "https://[2001:db8::1]"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("https://mail.example.com:80", "https://mail.example.com:80"),
        ("https://mail.example.com:8443", "https://mail.example.com:8443"),
    ],
)
def test_a_port_that_goes_without_saying_is_not_said(given: str, issuer: str) -> None:
    """Nobody names it in a Host header, and that must be the issuer's."""
    assert read(ISSUER=given).issuer == issuer


@pytest.mark.parametrize(
    "text", ["", "x", "1.5", "-1", "+1", "1e3", "0x10", "１２", "٣", "1_000", "9" * 5000, "8787\n8788"]
)
def test_a_text_that_is_no_number_is_refused(text: str) -> None:
    said = complaint(PORT=text)
    assert said.startswith("MAILCONNECT_PORT is ")
    assert "\n" not in said


@pytest.mark.parametrize("name", ["PROVIDER", "SCOPE_FAMILY", "SEND_RESOURCE", "PROVIDER_PKCE"])
@pytest.mark.parametrize("value", ["", "Sandbox", "gmail", "sandbox,fastmail"])
def test_a_choice_is_one_of_those_there_are(name: str, value: str) -> None:
    assert f"MAILCONNECT_{name} is {value!r}; set it to one of " in complaint(**{name: value})


def test_an_accent_is_a_colour_of_six_digits() -> None:
    assert read(ACCENT="#AB12ef").accent == "#ab12ef"
    for wrong in ("red", "#abc", "#12345g", "123456", "#123456;}", "#1234567"):
        assert complaint(ACCENT=wrong) == f"MAILCONNECT_ACCENT is {wrong!r}; set it to a colour such as #1c4a9b."


def test_an_empty_setting_is_not_set() -> None:
    given = dict.fromkeys(["ISSUER", "DATA_DIR", "CLIENT_ID", "SERVICE_NAME", "CONTACT", "ACCENT"], "  ")
    assert read(**given) == read()


def test_a_home_directory_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    assert read(DATA_DIR="~/mail").data_dir == Path("/home/someone/mail")


def test_texts_are_taken_as_they_are() -> None:
    settings = read(PROVIDER="fastmail", CLIENT_ID=" abc ", SERVICE_NAME="Müller's mail", CONTACT="me@example.com")
    assert (settings.provider, settings.client_id) == ("fastmail", "abc")
    assert (settings.service_name, settings.contact) == ("Müller's mail", "me@example.com")


def test_any_jmap_provider_is_described_by_settings() -> None:
    settings = read(
        PROVIDER="jmap",
        SESSION_URL=" https://mail.example.com/.well-known/jmap ",
        PROVIDER_NAME="Example Mail",
        PROVIDER_HOSTS=" api.example.com  *.example.net ",
        PROVIDER_ISSUER="https://login.example.com",
        SCOPES="mail:read  offline_access",
        SEND_RESOURCE="no",
        API_TOKEN_HINT="In Settings.",
    )
    assert settings.session_url == "https://mail.example.com/.well-known/jmap"
    assert (settings.provider_name, settings.provider_hosts) == ("Example Mail", ("api.example.com", "*.example.net"))
    assert settings.provider_issuer == "https://login.example.com"
    assert (settings.scopes, settings.send_resource) == (("mail:read", "offline_access"), False)
    assert settings.api_token_hint == "In Settings."


def test_a_jmap_provider_without_a_session_url_is_none() -> None:
    assert complaint(PROVIDER="jmap").startswith("MAILCONNECT_SESSION_URL is not set; ")


@pytest.mark.parametrize("name", ["SESSION_URL", "PROVIDER_NAME", "PROVIDER_HOSTS", "PROVIDER_ISSUER", "SCOPES"])
@pytest.mark.parametrize("provider", ["sandbox", "fastmail"])
def test_a_description_of_a_provider_is_not_ignored_where_it_has_no_effect(name: str, provider: str) -> None:
    said = complaint(PROVIDER=provider, **{name: "x"})
    assert said == f"MAILCONNECT_{name} describes a provider; it goes with MAILCONNECT_PROVIDER=jmap alone."


@pytest.mark.row("FL-18")
@pytest.mark.parametrize("host", ["mailconnect.localhost", "a.b.localhost", "localhost"])
def test_a_name_of_its_own_on_this_machine_may_be_the_issuer(host: str) -> None:
    """RFC 6761 §6.3. Browsers keep its cookies from 127.0.0.1, where other programs have their ports."""
    settings = from_environment({"MAILCONNECT_ISSUER": f"http://{host}:8787"})
    assert settings.issuer == f"http://{host}:8787"
    assert not settings.secure


@pytest.mark.parametrize("host", ["evil-localhost", "localhost.example", "mailconnect.localhost.example"])
def test_a_name_that_only_looks_like_this_machine_needs_https(host: str) -> None:
    with pytest.raises(SettingError, match="ISSUER"):
        from_environment({"MAILCONNECT_ISSUER": f"http://{host}:8787"})


def test_it_listens_beside_others_only_where_a_web_server_is_trusted() -> None:
    assert read().listen == "127.0.0.1"
    assert read(LISTEN="::1").listen == "::1"
    assert read(LISTEN="0.0.0.0", TRUSTED_PROXIES="192.0.2.1").listen == "0.0.0.0"
    assert "MAILCONNECT_TRUSTED_PROXIES" in complaint(LISTEN="0.0.0.0")
    assert "an address of this machine" in complaint(LISTEN="localhost")
