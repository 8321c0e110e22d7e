"""An assistant is recognised by where its codes go, and never by the name that it gives itself."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.oauth.clients.client import AuthMethod, Client
from mailconnect.oauth.clients.known_assistants import DATA, Recognition, known_assistants
from mailconnect.oauth.redirect_uri import checked_redirect_uri
from tests.journeys.assistants import ASSISTANTS

KNOWN = known_assistants()
POKE = "https://poke.com/api/v1/mcp/callback"
CLIENT = Client(
    id="mcp_0",
    name="Poke",
    redirect_uris=(POKE,),
    auth_method=AuthMethod.NONE,
    secret_hash=None,
    grant_types=("authorization_code",),
    client_uri=None,
    created_at=0,
    expires_at=1,
)


def recognized(name: str, *redirect_uris: str, goes_to: str = "", client_id: str = "mcp_0") -> tuple[str, str | None]:
    client = replace(CLIENT, id=client_id, name=name, redirect_uris=redirect_uris)
    found = KNOWN.recognize(client, goes_to or redirect_uris[0])
    return found.as_what, found.assistant.name if found.assistant else None


@pytest.mark.parametrize(
    ("redirect_uri", "name"),
    [
        (POKE, "Poke"),
        ("https://claude.ai/api/mcp/auth_callback", "Claude"),
        ("https://claude.com/api/mcp/auth_callback", "Claude"),
        ("https://chatgpt.com/connector_platform_oauth_redirect", "ChatGPT"),
        ("https://chatgpt.com/connector/oauth/Xy_1-z", "ChatGPT"),
        ("https://vscode.dev/redirect", "VS Code"),
        ("https://callback.mistral.ai/v1/integrations_auth/oauth2_callback", "Le Chat"),
    ],
)
@pytest.mark.parametrize("own_name", ["Poke", "Weather", "", "Claude"])
def test_an_address_of_its_own_makes_it_known_whatever_its_name(redirect_uri: str, name: str, own_name: str) -> None:
    assert recognized(own_name, redirect_uri) == ("known", name)


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://poke.com/api/v1/mcp/callback2",
        "https://poke.com/api/v1/mcp/callback?x=1",
        "https://poke.com/",
        "https://www.poke.com/api/v1/mcp/callback",
        "https://poke.com:8443/api/v1/mcp/callback",
        "https://poke.com.evil.example/api/v1/mcp/callback",
        "https://chatgpt.com/connector/oauth/a/b",
        "https://chatgpt.com/connector/oauth/",
        "https://chatgpt.com/connector/oauth/a?b",
    ],
)
def test_an_address_that_is_nearly_its_own_does_not_make_it_known(redirect_uri: str) -> None:
    """It is an imitation where the answer goes elsewhere, and unknown at another place of the assistant's own host."""
    found = recognized("Poke" if "poke" in redirect_uri else "ChatGPT", redirect_uri)
    assert found == (("imitation", "Poke") if "evil" in redirect_uri else ("unknown", None))


def test_one_address_more_that_is_not_its_own_makes_it_unknown() -> None:
    assert recognized("Weather", POKE, "https://evil.example/cb") == ("unknown", None)
    assert recognized("Poke", POKE, "https://evil.example/cb") == ("unknown", None)
    assert recognized("Poke", POKE, "https://evil.example/cb", goes_to="https://evil.example/cb")[0] == "imitation"
    assert recognized("Claude", POKE, "https://claude.ai/api/mcp/auth_callback") == ("imitation", "Claude")


@pytest.mark.parametrize(
    ("name", "imitated"),
    [
        ("Poke", "Poke"),
        ("poke", "Poke"),
        ("The new Poke!", "Poke"),
        ("P0ke", "Poke"),
        ("Рoke", "Poke"),
        ("Ｐｏｋｅ", "Poke"),
        ("Póké", "Poke"),
        ("Chat GPT", "ChatGPT"),
        ("ChatGPT by OpenAI", "ChatGPT"),
        ("Visual Studio Code", "VS Code"),
        ("Claude Code (mail)", "Claude Code"),
    ],
)
def test_a_known_name_at_another_address_is_an_imitation(name: str, imitated: str) -> None:
    assert recognized(name, "https://evil.example/cb") == ("imitation", imitated)


@pytest.mark.parametrize(
    "host", ["p0ke.com", "poke.com.evil.example", "xn--clude-5ve.ai", "claude.ai.login.example", "xn--pke-sed.com"]
)
def test_a_host_that_looks_like_a_known_one_is_an_imitation_under_any_name(host: str) -> None:
    assert recognized("Weather", f"https://{host}/cb")[0] == "imitation"


@pytest.mark.parametrize("name", ["Pokemon", "Spoke", "Weather", "Claudette", "My assistant", ""])
def test_other_names_are_unknown(name: str) -> None:
    assert recognized(name, "https://app.example/cb") == ("unknown", None)


@pytest.mark.parametrize(
    ("name", "redirect_uri"),
    [
        ("Claude Code", "http://localhost:41234/callback"),
        ("Codex", "http://127.0.0.1:1455/callback/abc"),
        ("Cursor", "cursor://anysphere.cursor-mcp/oauth/callback"),
        ("Gemini CLI", "http://localhost:7777/oauth/callback"),
    ],
)
def test_a_client_on_the_device_is_neither_known_nor_called_an_imitation(name: str, redirect_uri: str) -> None:
    """Any program there can take the answer."""
    assert recognized(name, redirect_uri) == ("unknown", None)


def test_an_assistant_that_calls_from_its_own_servers_is_imitated_on_the_device() -> None:
    assert recognized("Poke", "http://127.0.0.1:5/cb") == ("imitation", "Poke")


def test_one_of_several_addresses_that_goes_to_its_host_is_known_and_the_others_are_not() -> None:
    cursor = (
        "http://localhost:8787/callback",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "https://www.cursor.com/agents/mcp/oauth/callback",
    )
    assert [recognized("x", *cursor, goes_to=uri)[0] for uri in cursor] == ["unknown", "unknown", "known"]


def test_a_document_of_its_own_makes_it_known_where_the_answer_leaves_the_device() -> None:
    document = "https://claude.ai/oauth/mcp-oauth-client-metadata"
    assert recognized("C", "https://claude.ai/new/callback", client_id=document) == ("known", "Claude")
    assert recognized("Claude", "http://localhost:5/callback", client_id=document)[0] != "known"
    assert recognized("Claude", "https://claude.ai/cb", client_id=f"{document}2")[0] == "unknown"


@pytest.mark.parametrize("known", ASSISTANTS, ids=lambda known: known.name)
def test_no_assistant_that_was_seen_is_called_an_imitation_of_itself(known: object) -> None:
    for redirect_uri in known.redirect_uris:  # type: ignore[attr-defined]
        found = recognized(known.name, *known.redirect_uris, goes_to=redirect_uri)  # type: ignore[attr-defined]
        assert found[0] != "imitation", redirect_uri


@given(name=st.text(max_size=80), host=st.from_regex(r"[a-z0-9]{1,20}\.example", fullmatch=True))
def test_nobody_is_known_by_a_name(name: str, host: str) -> None:
    assert recognized(name, f"https://{host}/cb")[0] != Recognition.KNOWN


def test_the_data_says_where_and_when_each_was_read() -> None:
    assert len({one.name for one in KNOWN.assistants}) == len(KNOWN.assistants) >= 11
    for one in KNOWN.assistants:
        assert one.source
        assert one.date.year >= 2026
        assert all(urlsplit(document).scheme == "https" for document in one.documents)
        for uri in one.redirect_uris:
            assert checked_redirect_uri(uri.removesuffix("/*")), uri
    assert DATA.is_file()
