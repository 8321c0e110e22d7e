"""A small API Gateway: an HTTP API with explicit routes and payload format 2.0, with its habits and its own answers.

Its habits, from AWS's documentation and from what others saw of the real one: paths are decoded (once), repeated
headers and parameters joined by commas, cookies taken out, what is no plain text is base64. `renames_challenges` is one
that is told of HTTP APIs too (anthropics/claude-ai-mcp#748): WWW-Authenticate becomes x-amzn-remapped-www-authenticate.
Whether it comes before a parameter mapping or after it, nobody has told: `renames_last` is the second.
"""

import base64
import json
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote, unquote_plus

from tests.infra.execution_environment import Outcome
from tests.infra.listening import Listening, Quiet
from tests.infra.template import ACCOUNT, API_ID

_PLAIN = ("application/json", "application/javascript", "application/xml", "text/")
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "upgrade"})

Invoke = Callable[[bytes], Outcome]
Answered = tuple[int, list[tuple[str, str]], bytes]


def payload(
    method: str,
    target: str,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
    *,
    host: str = "mail.example.com",
    source_ip: str = "203.0.113.7",
) -> dict[str, Any]:
    """The event for a request (Lambda proxy integration, payload format 2.0)."""
    path, _, query = target.partition("?")
    joined: dict[str, str] = {}
    cookies: list[str] = []
    for name, value in headers:
        lower = name.lower()
        if lower == "cookie":
            cookies += [cookie.strip() for cookie in value.split(";")]
        elif lower not in _HOP:
            joined[lower] = f"{joined[lower]},{value}" if lower in joined else value
    joined.setdefault("host", host)
    joined |= {"x-forwarded-for": source_ip, "x-forwarded-port": "443", "x-forwarded-proto": "https"}
    decoded = unquote(path)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"ANY {decoded}",
        "rawPath": decoded,
        "rawQueryString": query,
        "headers": joined,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": API_ID,
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": method,
                "path": decoded,
                "protocol": "HTTP/1.1",
                "sourceIp": source_ip,
                "userAgent": joined.get("user-agent", ""),
            },
            "requestId": uuid.uuid4().hex,
            "routeKey": f"ANY {decoded}",
            "stage": "$default",
            "time": "21/Nov/2026:02:00:00 +0000",
            "timeEpoch": int(time.time() * 1000),
        },
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = cookies
    if query:
        event["queryStringParameters"] = _parameters(query)
    if body:
        plain = joined.get("content-type", "").startswith(_PLAIN)
        event["isBase64Encoded"] = not plain
        event["body"] = body.decode() if plain else base64.b64encode(body).decode()
    return event


def _parameters(query: str) -> dict[str, str]:
    joined: dict[str, str] = {}
    for pair in query.split("&"):
        name, _, value = map(unquote_plus, pair.partition("="))
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


@dataclass(slots=True)
class Gateway:
    """`routes` are functions by route key. To be closed."""

    routes: Mapping[str, Invoke]
    renames_challenges: bool = False
    renames_last: bool = False
    mappings: Mapping[str, Any] = field(default_factory=dict)
    """An integration's ResponseParameters, by status."""
    front: Callable[[str, "Answered"], "Answered"] | None = None
    """How CloudFront in front of it changes the response to a path."""
    events: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    _server: Listening = field(init=False)

    def __post_init__(self) -> None:
        self._server = Listening(self._handler())

    @property
    def port(self) -> int:
        return self._server.server_port

    def close(self) -> None:
        self._server.close()

    def answer(self, event: dict[str, Any]) -> Answered:
        invoke = self.routes.get(event["routeKey"])
        if invoke is None:
            return _own_answer(404, "Not Found")
        self.events.append(event)
        outcome = invoke(json.dumps(event).encode())
        if outcome.kind == "timeout":
            return _own_answer(503, "Service Unavailable")
        if outcome.kind != "answer":
            return _own_answer(500, "Internal Server Error")
        answered = outcome.document()
        self.answers.append(answered)
        said = {name.lower(): str(value) for name, value in answered.get("headers", {}).items()}
        for step in (self._mapped, self._renamed) if self.renames_last else (self._renamed, self._mapped):
            said = step(said, answered["statusCode"])
        headers = [*said.items(), *(("set-cookie", cookie) for cookie in answered.get("cookies", []))]
        text = answered.get("body", "")
        body = base64.b64decode(text) if answered.get("isBase64Encoded") else text.encode()
        through = (answered["statusCode"], headers, body)
        return self.front(event["rawPath"], through) if self.front else through

    def _renamed(self, said: dict[str, str], _: int) -> dict[str, str]:
        if not self.renames_challenges or "www-authenticate" not in said:
            return said
        value = said.pop("www-authenticate")
        return said | {"x-amzn-remapped-www-authenticate": value}

    def _mapped(self, said: dict[str, str], status: int) -> dict[str, str]:
        """API Gateway Developer Guide, "Transform API responses": reserved headers are neither read nor written."""
        for mapping in self.mappings.get(str(status), {}).get("ResponseParameters", []):
            verb, _, name = mapping["Destination"].partition(":header.")
            source = mapping["Source"].removeprefix("$response.header.")
            assert verb == "overwrite", mapping
            assert not any(one.startswith(("x-amz", "access-control-", "apigw-")) for one in (name, source)), mapping
            if source in said:
                said = said | {name: said[source]}
        return said

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Front(Quiet):
            def handle_request(self) -> None:
                body = self.received()
                host = self.headers.get("Host", "").partition(":")[0]
                event = payload(
                    self.command, self.path, self.headers.items(), body, host=host, source_ip=self.client_address[0]
                )
                status, headers, content = owner.answer(event)
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                if status >= 200 and status not in (204, 304):
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_HEAD = do_PATCH = handle_request  # noqa: N815

        return Front


def _own_answer(status: int, message: str) -> tuple[int, list[tuple[str, str]], bytes]:
    return status, [("content-type", "application/json")], json.dumps({"message": message}).encode()
