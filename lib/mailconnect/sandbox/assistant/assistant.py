"""A minimal MCP client that connects as a real assistant does: discovery, registration, PKCE, then tools."""

import base64
import secrets
from dataclasses import dataclass, field
from typing import Any, cast

import httpx

from mailconnect.sandbox.assistant.errors import AssistantError, ErrorStatus, ToolError
from mailconnect.sandbox.assistant.oauth import (
    Discovery,
    Pending,
    authorization_url,
    code_of,
    discovered,
    issuer_of,
    registration,
    resource_metadata_url,
    well_known,
)
from mailconnect.sandbox.person import Decision, Person
from mailconnect.sandbox.settings import Entropy

REVISION = "2025-11-25"


@dataclass(frozen=True, slots=True)
class Tokens:
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_in: int | None
    scope: str | None


class Assistant:
    """client_id: one known already, instead of registering."""

    def __init__(
        self,
        mcp_url: str,
        http: httpx.AsyncClient,
        *,
        name: str = "Sandbox assistant",
        redirect_uri: str = "http://127.0.0.1:33418/callback",
        client_id: str = "",
        entropy: Entropy = secrets.token_bytes,
    ) -> None:
        self.mcp_url = mcp_url
        self.redirect_uri = redirect_uri
        self.client_id = client_id
        self.tokens: Tokens | None = None
        self.discovery: Discovery | None = None
        self._http = http
        self._name = name
        self._entropy = entropy
        self._pending: Pending | None = None
        self._secrets: set[str] = set()
        self._calls = 0

    async def connect(self, person: Person, *, consent: Decision = "approve", sign_in: Decision = "approve") -> Tokens:
        """From nothing but the MCP URL to tokens.  Raises AssistantError, and PageError from the person's side."""
        await self.discover()
        await self.register()
        url = self.authorization_url()
        return await self.finish(await person.authorize(url, self.redirect_uri, consent=consent, sign_in=sign_in))

    def speak_over(self, http: httpx.AsyncClient) -> None:
        """From now on over another client: one that lives between two steps would hold connections for nobody."""
        self._http = http

    async def discover(self) -> Discovery:
        """From the 401 to the resource's metadata to its authorization server's."""
        asked = await self._http.post(self.mcp_url, json=self._initialize_message(0), headers=_headers(None))
        if asked.status_code != 401:
            raise self._refused("the MCP endpoint does not ask for authorization", asked)
        challenge = asked.headers.get("www-authenticate", "")
        resource = await self._document("resource metadata", resource_metadata_url(challenge, self.mcp_url))
        issuer = issuer_of(resource, self.mcp_url)
        server = await self._document("server metadata", well_known(issuer, "oauth-authorization-server"))
        self.discovery = discovered(challenge, resource, server, issuer)
        return self.discovery

    async def register(self) -> str:
        """The client id: the one known already, or a fresh one (RFC 7591)."""
        if self.client_id:
            return self.client_id
        found = self._discovered()
        document = registration(found, self._name, self.redirect_uri)
        response = await self._http.post(found.endpoint("registration_endpoint"), json=document)
        if response.status_code != 201:
            raise self._refused("registration", response)
        client_id = self._object("registration", response).get("client_id")
        if not isinstance(client_id, str):
            raise AssistantError("registration answered without client_id")
        self.client_id = client_id
        return client_id

    def authorization_url(self) -> str:
        """Where to send the person; finish() takes what comes back."""
        found = self._discovered()
        self._pending = Pending(self._random(16), self._random(32))
        return authorization_url(found, self.client_id, self.redirect_uri, self._pending)

    async def finish(self, redirected: str) -> Tokens:
        """The tokens, from the URL that the person's browser was sent back to.  Raises Denied."""
        pending, self._pending = self._pending, None
        if pending is None:
            raise AssistantError("no authorization is under way")
        code = code_of(redirected, self._discovered(), pending)
        self._secrets |= {code, pending.code_verifier}
        form = {"code": code, "redirect_uri": self.redirect_uri, "code_verifier": pending.code_verifier}
        return await self._token_request("code exchange", {"grant_type": "authorization_code", **form})

    async def refresh(self) -> Tokens:
        """New tokens; where the server returns no refresh token, the one held stays."""
        held = self._held().refresh_token
        if held is None:
            raise AssistantError("there is no refresh token")
        return await self._token_request("refresh", {"grant_type": "refresh_token", "refresh_token": held})

    async def revoke(self) -> None:
        """Gives the connection back (RFC 7009)."""
        held = self._held()
        form = {"token": held.refresh_token or held.access_token, "client_id": self.client_id}
        response = await self._http.post(self._discovered().endpoint("revocation_endpoint"), data=form)
        if response.status_code != 200:
            raise self._refused("revocation", response)

    async def initialize(self) -> dict[str, Any]:
        """initialize and notifications/initialized; the result of the former."""
        result = await self._request("initialize", self._initialize_message(0)["params"])
        notification = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        response = await self._http.post(self.mcp_url, json=notification, headers=_headers(self._held(), REVISION))
        if response.status_code != 202:
            raise self._refused("notifications/initialized", response)
        return result

    async def list_tools(self) -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", (await self._request("tools/list", {})).get("tools", []))

    async def call_tool(self, name: str, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
        """The whole result; a tool's own failure is isError in it, not an exception."""
        return await self._request("tools/call", {"name": name, "arguments": arguments or {}})

    async def _request(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self._calls += 1
        message_id = self._calls
        message = {"jsonrpc": "2.0", "id": message_id, "method": method, "params": params}
        headers = _headers(self._held(), "" if method == "initialize" else REVISION)
        response = await self._http.post(self.mcp_url, json=message, headers=headers)
        if response.status_code != 200:
            raise self._refused(method, response)
        match self._object(method, response):
            case {"id": answered, "result": dict(result)} if answered == message_id:
                return result
            case {"error": {"code": int(code), "message": str(text)}}:
                raise ToolError(code, self._redacted(text))
            case _:
                raise AssistantError(f"{method}: the answer has neither result nor error, or is to another request")

    async def _token_request(self, step: str, form: dict[str, str]) -> Tokens:
        body = {**form, "client_id": self.client_id, "resource": self.mcp_url}
        response = await self._http.post(self._discovered().endpoint("token_endpoint"), data=body)
        if response.status_code != 200:
            raise self._refused(step, response)
        given = self._object(step, response)
        access_token, refresh_token = given.get("access_token"), given.get("refresh_token", form.get("refresh_token"))
        if not isinstance(access_token, str) or str(given.get("token_type")).lower() != "bearer":
            raise AssistantError(f"{step}: the answer holds no bearer token")
        self._secrets |= {token for token in (access_token, refresh_token) if token}
        self.tokens = Tokens(access_token, refresh_token, given.get("expires_in"), given.get("scope"))
        return self.tokens

    async def _document(self, step: str, url: str) -> dict[str, Any]:
        response = await self._http.get(url, headers={"accept": "application/json"})
        if response.status_code != 200:
            raise self._refused(f"{step} at {url}", response)
        return self._object(step, response)

    def _object(self, step: str, response: httpx.Response) -> dict[str, Any]:
        try:
            document = response.json()
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise AssistantError(f"{step}: the answer is not a JSON object: {self._redacted(response.text[:300])}")
        return document

    def _discovered(self) -> Discovery:
        if self.discovery is None:
            raise AssistantError("discover() comes first")
        return self.discovery

    def _held(self) -> Tokens:
        if self.tokens is None:
            raise AssistantError("connect() comes first")
        return self.tokens

    def _refused(self, step: str, response: httpx.Response) -> ErrorStatus:
        challenge = response.headers.get("www-authenticate", "")
        return ErrorStatus(step, response.status_code, self._redacted(response.text[:2000]), self._redacted(challenge))

    def _redacted(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return text

    def _random(self, size: int) -> str:
        return base64.urlsafe_b64encode(self._entropy(size)).rstrip(b"=").decode()

    def _initialize_message(self, message_id: int) -> dict[str, Any]:
        client = {"name": self._name, "version": "1"}
        params = {"protocolVersion": REVISION, "capabilities": {}, "clientInfo": client}
        return {"jsonrpc": "2.0", "id": message_id, "method": "initialize", "params": params}


def _headers(held: Tokens | None, revision: str = "") -> dict[str, str]:
    headers = {"accept": "application/json, text/event-stream"}
    if held is not None:
        headers["authorization"] = f"Bearer {held.access_token}"
    if revision:
        headers["mcp-protocol-version"] = revision
    return headers
