"""The behaviour of each assistant of autumn 2026 towards an authorization server, as far as it was observed: one row
each.

A row is what it sends where assistants differ, and what it insists on. Whatever breaks one of these rows breaks an
assistant that people use.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

MODERN = "2026-07-28"
REFRESHING = ("authorization_code", "refresh_token")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assistant:
    """`callback` is where it waits, which need not be what it registered to the letter. `resource` is on which requests
    it sends one. `looks` is how often it fetches the authorization page before the person does, `refreshes` how many of
    its processes or machines use one refresh token at the same moment. `published` is what its metadata document has
    beside names and addresses, where it has one.
    """

    name: str
    redirect_uris: tuple[str, ...]
    callback: str = ""
    registers: Mapping[str, Any] = field(default_factory=dict)
    published: Mapping[str, Any] | None = None
    authenticates: Literal["none", "client_secret_basic", "client_secret_post"] = "none"
    resource: Literal["always", "authorize", "never"] = "always"
    scope: str | None = None
    asks: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    looks: int = 0
    refreshes: int = 1
    revision: str = "2025-11-25"
    opens_a_stream: bool = False

    @property
    def document(self) -> dict[str, Any]:
        """Its registration (RFC 7591 §2)."""
        return {
            "client_name": self.name,
            "redirect_uris": list(self.redirect_uris),
            "grant_types": list(REFRESHING),
            "response_types": ["code"],
            "token_endpoint_auth_method": self.authenticates,
        } | dict(self.registers)

    def published_at(self, url: str) -> dict[str, Any]:
        """Its metadata document; on loopback it names no port."""
        addresses = [re.sub(r"^(http://[^/:]+):[0-9]+/", r"\1/", uri) for uri in self.redirect_uris]
        names = {"client_id": url, "client_name": self.name, "redirect_uris": addresses}
        return names | dict(self.published or {})


def called(assistant: Assistant, redirect_uri: str) -> str:
    """Its name on the consent page if the code goes there: a known assistant has our name."""
    ours = {"poke.com": "Poke", "claude.ai": "Claude", "claude.com": "Claude", "chatgpt.com": "ChatGPT"}
    more = {"www.cursor.com": "Cursor", "vscode.dev": "VS Code", "insiders.vscode.dev": "VS Code"}
    return (ours | more | {"callback.mistral.ai": "Le Chat"}).get(urlsplit(redirect_uri).hostname or "", assistant.name)


ASSISTANTS = (
    Assistant(
        name="Poke",
        redirect_uris=("https://poke.com/api/v1/mcp/callback",),
        headers={"X-Poke-User-Id": "00000000-0000-4000-8000-000000000000"},
        revision="2025-06-18",
        opens_a_stream=True,
    ),
    Assistant(
        name="Poke, with offline access",
        redirect_uris=("https://poke.com/api/v1/mcp/callback",),
        scope="mailboxes:read session:read offline_access",
        asks={"prompt": "consent"},
        revision="2025-06-18",
    ),
    Assistant(
        name="Claude",
        redirect_uris=("https://claude.ai/api/mcp/auth_callback",),
        registers={"scope": "mailboxes:read session:read"},
        published={"token_endpoint_auth_method": "none", "grant_types": list(REFRESHING)},
        authenticates="client_secret_post",
        refreshes=2,
    ),
    Assistant(
        name="Claude at its other address",
        redirect_uris=("https://claude.com/api/mcp/auth_callback",),
        refreshes=2,
    ),
    Assistant(
        name="Claude Code",
        redirect_uris=("http://localhost:41234/callback",),
        callback="http://localhost:52345/callback",
        published={"token_endpoint_auth_method": "none", "application_type": "native"},
        refreshes=4,
    ),
    Assistant(
        name="ChatGPT",
        redirect_uris=("https://chatgpt.com/connector_platform_oauth_redirect",),
        published={
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
            "grant_types": list(REFRESHING),
        },
    ),
    Assistant(
        name="ChatGPT, one connector",
        redirect_uris=("https://chatgpt.com/connector/oauth/Xy_1-z",),
        authenticates="client_secret_basic",
    ),
    *(
        Assistant(
            name=f"Cursor{where}",
            redirect_uris=(
                "http://localhost:8787/callback",
                "cursor://anysphere.cursor-mcp/oauth/callback",
                "https://www.cursor.com/agents/mcp/oauth/callback",
            ),
            callback=callback,
        )
        for where, callback in (
            ("", "cursor://anysphere.cursor-mcp/oauth/callback"),
            (" on loopback", "http://localhost:8787/callback"),
            (" agents", "https://www.cursor.com/agents/mcp/oauth/callback"),
        )
    ),
    *(
        Assistant(
            name=f"Visual Studio Code{where}",
            redirect_uris=(
                "https://vscode.dev/redirect",
                "https://insiders.vscode.dev/redirect",
                "http://127.0.0.1/",
                "http://127.0.0.1:33418/",
            ),
            callback=callback,
            registers={
                "grant_types": [*REFRESHING, "urn:ietf:params:oauth:grant-type:device_code"],
                "application_type": "native",
            },
            published={
                "grant_types": [*REFRESHING, "urn:ietf:params:oauth:grant-type:device_code"],
                "token_endpoint_auth_method": "none",
                "client_uri": "https://code.visualstudio.com",
            },
        )
        for where, callback in (
            ("", "http://127.0.0.1:33418/"),
            (" on a free port", "http://127.0.0.1:49152/"),
            (" on the web", "https://vscode.dev/redirect"),
        )
    ),
    Assistant(name="Codex", redirect_uris=("http://127.0.0.1:1455/callback/abc",), published={}),
    Assistant(
        name="Gemini CLI",
        redirect_uris=("http://localhost:7777/oauth/callback",),
        registers={"scope": ""},
    ),
    Assistant(
        name="Goose",
        redirect_uris=("http://127.0.0.1:51234/oauth_callback",),
        callback="http://127.0.0.1:51999/oauth_callback",
        published={"token_endpoint_auth_method": "none"},
    ),
    Assistant(
        name="Zed",
        redirect_uris=("http://127.0.0.1:40001/callback",),
        callback="http://127.0.0.1:40002/callback",
        published={"token_endpoint_auth_method": "none"},
    ),
    Assistant(
        name="mcp-remote",
        redirect_uris=("http://localhost:3335/oauth/callback",),
        registers={
            "software_id": "2e6dc280-f3c3-4e01-99a7-8181dbd1d23d",
            "software_version": "0.15.1",
            "client_uri": "https://github.com/modelcontextprotocol/mcp-cli",
        },
        looks=1,
    ),
    Assistant(
        name="FastMCP's client",
        redirect_uris=("http://localhost:60321/callback",),
        registers={"scope": "mailboxes:read session:read"},
        looks=1,
        refreshes=2,
        revision=MODERN,
    ),
    Assistant(
        name="Le Chat", redirect_uris=("https://callback.mistral.ai/v1/integrations_auth/oauth2_callback",), looks=1
    ),
    Assistant(
        name="Copilot Studio",
        redirect_uris=("https://global.consent.azure-apim.net/redirect/mailconnect",),
        authenticates="client_secret_basic",
        resource="never",
    ),
    Assistant(
        name="one that names the resource to the person alone",
        redirect_uris=("https://app.example/cb",),
        resource="authorize",
        revision="2025-03-26",
    ),
)
