"""Inputs for every endpoint, drawn with a seed: a part of them nearly right, so that they get past the first check."""

import base64
import json
import random
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes

from tests.endpoints.wire import REDIRECT_URI

HOST = b"127.0.0.1:8787"

METADATA = "/.well-known/oauth-authorization-server"
OAUTH = ("/token", "/revoke", "/register")
ACCOUNT = (
    "/account",
    "/account/sign-in",
    "/account/again",
    "/account/change",
    "/account/disconnect",
    "/account/disconnect-all",
    "/account/export",
    "/account/export/download",
    "/account/delete",
    "/account/receipt",
)
PAGES = ("/authorize", "/auth/callback", *ACCOUNT)
ENDPOINTS = (METADATA, "/.well-known/oauth-protected-resource/mcp", *OAUTH, *PAGES, "/mcp", "/", "/nothing")

NASTY = [
    b"", b" ", b"a", b"\0", b"\r\nSet-Cookie: x=y", b"\n", b"\t", b"%", b"%00", b"%zz", b"\xff\xfe", b"\xc0\xaf",
    b"\xed\xa0\x80", "é".encode(), "🦄".encode(), "\u202e\u200b\ufeff".encode(), b"a" * 1025, b"a" * 5000, b"../../etc",
    b"..\\", b"'; DROP TABLE grants;--", b'" OR ""="', b"{{7*7}}", b"${jndi:ldap://x/}", b"<script>alert(1)</script>",
    b"javascript:alert(1)", b"http://169.254.169.254/", b"//evil.example", b"null", b"undefined", b"true", b"-1", b"0",
    b"1e999", b"NaN", b"9" * 400, b"[]", b"{}", b"[object Object]", b"__proto__", b"\\ud800", b"=", b"&", b"&&&", b";",
    b",", b"code", b"S256", b"none", b"authorization_code", b"refresh_token", b"approve", b"deny", b"session:read",
    b"mcc_" + b"0" * 65, b"mca_" + b"z" * 65, b"mcr_" + b"0" * 87, b"mcr_" + b"z" * 87, b"x" * 43, b"A" * 76,
]  # fmt: skip

JSON = [
    b"", b"null", b"0", b'""', b"[]", b"{}", b"{", b"[" * 9000, b'{"a":' * 3000, b'{"a":1,"a":2}', b"1e999", b"NaN",
    b"-0", b"9" * 5000, b'"\\ud800"', b'"\\u0000"', b'"\xff"', b"\xef\xbb\xbf{}", b"\x00", b"true false", b"[1,2,3]",
    b'{"":{"":[]}}', b"{}{}", b'{"jsonrpc":"2.0"}', b'{"jsonrpc":"2.0","id":null,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":1.5e400,"method":"ping"}', b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]',
    b"[" + b"{}," * 99 + b"{}]",
]  # fmt: skip

QUERIES = {
    "/authorize": (
        "response_type",
        "client_id",
        "redirect_uri",
        "code_challenge",
        "code_challenge_method",
        "scope",
        "resource",
    ),
    "/auth/callback": ("state", "code", "iss"),
    "/account": ("change", "changed", "on", "off"),
    "/account/sign-in": ("next",),
    "/account/again": ("deed", "connection", "scope"),
    "/account/export/download": ("link",),
    "/account/receipt": ("number",),
}
_ONE_BUTTON = [("form", "connection", "scope")]
BODIES = {
    "/account/sign-in": [("next", "consent"), ("next", "consent", "api_token")],
    "/account/change": [("form", "connection", "scope"), ("form", "connection", "look", "scope:contacts:read")],
    "/token": [
        ("grant_type", "client_id", "code", "redirect_uri", "code_verifier", "resource"),
        ("refreshing", "client_id", "refresh_token", "scope", "resource"),
    ],
    "/revoke": [("token", "client_id"), ("refresh_token", "client_id")],
    "/authorize": [("request", "consent", "decision"), ("request", "consent", "decision", "api_token")],
}


@dataclass(frozen=True)
class Input:
    method: str
    path: str
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: list[bytes] = field(repr=False)
    breaks_off: bool = False


class Garbage:
    """Draws inputs; `live` are good values, by the names that parameters have."""

    def __init__(self, seed: str, live: dict[str, bytes], cookies: bytes) -> None:
        self._random = random.Random(seed)
        self._live = live
        self._cookies = cookies

    def draw(self, path: str) -> Input:
        chance = self._random.random
        asking = path == "/authorize" or path in ACCOUNT
        post = path in OAUTH or path == "/mcp" or (asking and chance() < 0.4)
        methods = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW", "get", ""]
        method = ("POST" if post else "GET") if chance() < 0.9 else self._random.choice(methods)
        if chance() < 0.06:
            path = self._random.choice(
                [f"{path}/", f"{path}\n", f"{path}\0", path.upper(), f"/{path}", f"{path}/../x", "", "*"]
            )
        body = self._body(path) if post or chance() < 0.1 else b""
        cut = self._random.randint(0, len(body))
        return Input(
            method,
            path,
            self._query(path) if chance() < (0.9 if path in PAGES else 0.2) else b"",
            self._headers(path, body),
            [body[:cut], b"", body[cut:]],
            breaks_off=chance() < 0.03,
        )

    def _pick(self, name: str) -> bytes:
        if name in self._live and self._random.random() < 0.6:
            good = self._live[name]
            if self._random.random() < 0.8:
                return good
            at = self._random.randrange(len(good))
            return good[:at] + self._random.choice([b"", b"\0", b"0", b"%", b"\xff", b"&", good]) + good[at + 1 :]
        return self._random.choice([*NASTY, self._random.randbytes(self._random.randint(0, 60))])

    def _pairs(self, names: tuple[str, ...]) -> bytes:
        """Nearly right: one parameter is changed, missing, repeated or too many. Or most of it is wrong."""
        values = [(name, self._live[name]) for name in names]
        at = self._random.randrange(len(values))
        name = values[at][0]
        change = self._random.random()
        if change < 0.4:
            values[at] = (name, self._pick(name))
        elif change < 0.5:
            del values[at]
        elif change < 0.7:
            more = [
                "x",
                "request",
                "response_mode",
                "prompt",
                "error",
                "resource",
                "client_secret",
                "",
                name.upper(),
                name,
            ]
            values.append((self._random.choice(more), self._pick(name)))
        elif change < 0.95:
            values = [(name, self._pick(name)) for name in self._random.sample([*self._live], 8)]
        pairs = [(name.replace("refreshing", "grant_type"), value) for name, value in values]
        # As a form should be, or with bytes that should have been encoded.
        safe = "" if self._random.random() < 0.9 else "&=%+;,<>\"' \r\n\t\0"
        return b"&".join(name.encode() + b"=" + quote_from_bytes(value, safe=safe).encode() for name, value in pairs)

    def _query(self, path: str) -> bytes:
        if self._random.random() < 0.15:
            return self._random.choice([*NASTY, b"&" * 90, b"a=1&" * 200, b"access_token=x", b"a" * 9000])
        return self._pairs(QUERIES[path]) if path in QUERIES else b"x=" + self._random.choice(NASTY)

    def _body(self, path: str) -> bytes:
        draw = self._random.random()
        if draw < 0.15:
            return self._random.choice([*NASTY, *JSON, b"a" * 40_000, b"a=1&" * 5000, b"x" * 300_000])
        if path == "/mcp":
            return (
                self._random.choice(JSON)
                if draw < 0.4
                else json.dumps(self._message()).encode("utf-8", "surrogatepass")
            )
        if path == "/register":
            return self._random.choice(JSON) if draw < 0.4 else json.dumps(self._metadata()).encode()
        return self._pairs(
            self._random.choice(BODIES.get(path, _ONE_BUTTON if path in ACCOUNT else [("token", "client_id")]))
        )

    def _value(self, deep: int = 2) -> object:
        text = self._random.choice(NASTY).decode("utf-8", "replace")
        simple: list[object] = [text, text, None, True, -1, 2**70, 1.5, [], {}]
        if deep:
            simple += [[self._value(deep - 1)], {text: self._value(deep - 1)}]
        return self._random.choice(simple)

    def _metadata(self) -> dict[str, object]:
        good: dict[str, object] = {
            "redirect_uris": [REDIRECT_URI],
            "client_name": "App",
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
            "client_uri": "https://app.example/",
            "logo_uri#ja": "https://app.example/",
            "application_type": "web",
        }
        changed = {name: self._value() for name in good if self._random.random() < 0.2}
        uris = [self._value(0), f"https://app.example/{self._value(0)}"]
        return good | changed | ({"redirect_uris": uris} if self._random.random() < 0.2 else {})

    def _message(self) -> dict[str, object]:
        methods = [
            "tools/call",
            "tools/list",
            "initialize",
            "ping",
            "server/discover",
            "notifications/initialized",
            "x",
        ]
        good: dict[str, object] = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": self._random.choice(methods),
            "params": {
                "name": self._random.choice(["list_mailboxes", "get_session", "x", self._value()]),
                "arguments": self._random.choice([{}, {"role": self._value()}, {"name": self._value()}, self._value()]),
                "protocolVersion": self._random.choice(["2025-11-25", self._value()]),
                "_meta": self._random.choice(
                    [
                        {},
                        {"io.modelcontextprotocol/protocolVersion": self._random.choice(["2026-07-28", self._value()])},
                        self._value(),
                    ]
                ),
            },
        }
        return good | {name: self._value() for name in good if self._random.random() < 0.1}

    def _headers(self, path: str, body: bytes) -> list[tuple[bytes, bytes]]:
        chance, choice = self._random.random, self._random.choice
        hosts = [b"", b"evil.example", b"[", b"a/b?c#d", HOST + b"x", b"\xff"]
        headers = [(b"host", HOST if chance() < 0.93 else choice(hosts))]
        right = b"application/json" if path in {"/register", "/mcp"} else b"application/x-www-form-urlencoded"
        wrong = [
            b"",
            b"text/plain",
            b"multipart/form-data; boundary=x",
            b"application/json",
            b"\xff",
            b"a/b/c;;=",
            right + b"X",
        ]
        headers.append((b"content-type", right if chance() < 0.85 else choice(wrong)))
        if chance() < 0.3:
            lengths = [str(len(body)).encode(), b"", b"-1", b"1", b"9" * 30, b"\xb2", b"0x10", b"1.5", b" 5 "]
            headers.append((b"content-length", choice(lengths)))
        if path == "/mcp" or chance() < 0.2:
            credentials = base64.b64encode(self._random.randbytes(self._random.randint(0, 40)))
            bearer = b"Bearer " + self._live["access_token"]
            tries = [
                b"Basic " + credentials,
                b"Basic " + choice(NASTY),
                b"Bearer " + choice(NASTY),
                choice(NASTY),
                b"Bearer",
                bearer + b"x",
            ]
            headers.append((b"authorization", bearer if path == "/mcp" and chance() < 0.8 else choice(tries)))
        cookies = [b"", b"=", b";;;", b"a=" + b"b" * 9000, self._cookies + b"x", b"\xff=\xff", b'x="\\777\\"', *NASTY]
        headers.append((b"cookie", self._cookies if chance() < 0.7 else choice(cookies)))
        names = (
            b"origin",
            b"sec-fetch-site",
            b"x-forwarded-host",
            b"mcp-protocol-version",
            b"mcp-session-id",
            b"mcp-method",
        )
        values = [*NASTY, b"2026-07-28", b"null", b"cross-site"]
        headers += [(name, choice(values)) for name in names if chance() < 0.05]
        if chance() < 0.05:
            headers += [choice(headers)] * choice([1, 2, 50])
        if chance() < 0.03:
            headers += [(b"x-%d" % n, b"y" * 100) for n in range(choice([10, 500]))]
        return headers
