"""An assistant and an owner's browser, one request at a time. A test can change each request and sees the whole
response.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

import httpx

from mailconnect.oauth.scopes import SCOPES, format_scope
from tests.bridge import Bridge

# RFC 7636 appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

REDIRECT_URI = "https://app.example/cb"
API_TOKEN = "fmu1-sandbox-alice-readonly"
ALL_SCOPES = format_scope(frozenset(SCOPES))


class Wire:
    """Straight to the application: no cookies kept, no redirects followed."""

    def __init__(self, bridge: Bridge, address: str = "127.0.0.1") -> None:
        """`address` is where its requests come from."""
        self.bridge = bridge
        self.issuer = bridge.adapters.stores.settings.issuer
        self._transport = httpx.ASGITransport(app=bridge.app, client=(address, 50_000))

    async def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:
        """`path` may hold a query; `options` are httpx.Request's."""
        request = httpx.Request(method, f"{self.issuer}{path}", **options)
        response = await self._transport.handle_async_request(request)
        await response.aread()
        response.request = request
        return response

    async def register(self, **metadata: Any) -> "Client":
        """A public client that may refresh, unless `metadata` says otherwise."""
        document = {
            "redirect_uris": [REDIRECT_URI],
            "client_name": "App",
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none",
        }
        answer = await self("POST", "/register", json=document | metadata)
        assert answer.status_code == 201, answer.text
        given = answer.json()
        return Client(self, given["client_id"], given.get("client_secret"), given["redirect_uris"][0])

    async def mcp(self, token: str, method: str = "tools/list", **params: Any) -> httpx.Response:
        """A request of revision 2025-11-25."""
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        headers = {"Authorization": f"Bearer {token}", "MCP-Protocol-Version": "2025-11-25"}
        return await self("POST", "/mcp", json=message, headers=headers)


@dataclass(frozen=True)
class Client:
    wire: Wire
    id: str
    secret: str | None
    redirect_uri: str

    def query(self, **changes: str | None) -> str:
        """An authorization request; None leaves a parameter out."""
        parameters = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": self.redirect_uri,
            "state": "s",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return urlencode({name: value for name, value in (parameters | changes).items() if value is not None})

    async def code(self, api_token: str = API_TOKEN, **changes: str | None) -> str:
        """By the shortest way: a person who pastes an API token."""
        answer = await Window(self.wire).approve(self.query(**changes), api_token=api_token)
        return answered(answer)["code"]

    async def redeem(self, code: str, /, **changes: Any) -> httpx.Response:
        form = {"code": code, "redirect_uri": self.redirect_uri, "code_verifier": VERIFIER}
        return await self.token("authorization_code", **(form | changes))

    async def refresh(self, refresh_token: str, /, **changes: Any) -> httpx.Response:
        return await self.token("refresh_token", **({"refresh_token": refresh_token} | changes))

    async def token(self, grant_type: str, /, **parameters: Any) -> httpx.Response:
        """As a public client, or with the secret in the form. A list repeats a parameter, None leaves it out."""
        form = {"grant_type": grant_type, "client_id": self.id, "client_secret": self.secret} | parameters
        return await self.wire(
            "POST", "/token", data={name: value for name, value in form.items() if value is not None}
        )

    async def tokens(self, **changes: str | None) -> dict[str, Any]:
        answer = await self.redeem(await self.code(**changes))
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    async def revoke(self, token: str, **parameters: str) -> httpx.Response:
        form = {"token": token, "client_id": self.id} | ({"client_secret": self.secret} if self.secret else {})
        return await self.wire("POST", "/revoke", data=form | parameters)

    def basic(self) -> dict[str, str]:
        """RFC 6749 §2.3.1."""
        credentials = f"{quote_plus(self.id)}:{quote_plus(self.secret or '')}"
        return {"Authorization": f"Basic {base64.b64encode(credentials.encode()).decode()}"}


_SAID = re.compile(r"<h1>(?P<title>[^<]+)</h1>\s*<p class=\"lead\">(?P<sentence>[^<]+)")


@dataclass
class Window:
    """A person's browser at the bridge, and, where they sign in, at the sandbox."""

    wire: Wire
    cookies: dict[str, str] = field(default_factory=dict)

    async def send(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **options: Any
    ) -> httpx.Response:
        cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        sent = dict(headers or {}) | (cookie if self.cookies else {})
        answer = await self.wire(method, path, headers=sent, **options)
        for header in answer.headers.get_list("set-cookie"):
            name, _, value = header.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "Max-Age=0" in header:
                del self.cookies[name]
        return answer

    async def ask(self, query: str) -> "Form":
        """The consent page."""
        answer = await self.send("GET", f"/authorize?{query}")
        assert answer.status_code == 200, answer.text
        return Form.of(answer)

    async def decide(self, form: "Form", headers: Mapping[str, str] | None = None, **fields: str) -> httpx.Response:
        return await self.send(
            "POST", form.action, headers, data=form.fields | _strictest(form) | {"decision": "approve"} | fields
        )

    async def approve(self, query: str, **fields: str) -> httpx.Response:
        return await self.decide(await self.ask(query), **fields)

    async def sign_in(self, at_provider: httpx.Response, username: str = "alice") -> str:
        """The path and query of our callback, that the provider sends the browser back to."""
        assert at_provider.status_code == 303, at_provider.text
        fields = {"username": username, "password": "secret", "decision": "approve"}
        answer = await self.wire.bridge.http.post(at_provider.headers["location"], data=fields)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"].removeprefix(self.wire.issuer)

    async def connect(self, query: str, username: str = "alice") -> httpx.Response:
        """All the way, by the provider; the answer goes to the client."""
        return await self.send("GET", await self.sign_in(await self.approve(query), username))


def _strictest(form: "Form") -> dict[str, str]:
    """Of the ways to send, the first: each message waits for the owner."""
    return {"sending": "approve"} if "sending" in form.fields else {}


class Form(HTMLParser):
    """The decision's form with every box ticked and the last of all radio buttons chosen, and where its links go."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.links: list[str] = []

    @classmethod
    def of(cls, answer: httpx.Response) -> "Form":
        form = cls()
        form.feed(answer.text)
        form.close()
        return form

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "").lower() == "post":
            self.action = given["action"]
        elif tag == "input" and "name" in given:
            self.fields[given["name"]] = given.get("value", "")
        elif tag == "a" and "href" in given:
            self.links.append(given["href"])


def is_local_page(answer: httpx.Response, status: int = 400) -> bool:
    """The local page of docs/attacks.md: a page of ours, from which nothing goes anywhere by itself."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert not answer.headers.keys() & {"location", "refresh", "set-cookie"}
    assert "http-equiv" not in answer.text.lower()
    said = _SAID.search(answer.text)
    assert said, answer.text
    for words in said.groups():
        assert words[0].isupper()
        assert not words.isupper()
    assert said["title"] != "None"
    assert said["sentence"].rstrip().endswith((".", "?"))
    return has_page_headers(answer)


def has_page_headers(answer: httpx.Response) -> bool:
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "script-src" not in policy
    assert "unsafe" not in str(policy)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    return True


def answered(answer: httpx.Response) -> dict[str, str]:
    """The parameters of the answer to the client, each of which is there once."""
    return parameters(goes_to(answer))


def goes_to(answer: httpx.Response) -> str:
    """The URL that the answer leads the browser to: by a redirect, or by a page that goes on to an app."""
    if answer.status_code == 200 and "refresh" in answer.headers:
        return answer.headers["refresh"].removeprefix("0; url=")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def parameters(url: str) -> dict[str, str]:
    pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    assert len(dict(pairs)) == len(pairs), url
    return dict(pairs)
