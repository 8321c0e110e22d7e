"""The tokens that the sandbox issued, in SQLite: in memory, or in a file where a kill -9 loses no token."""

import json
import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from mailconnect.sandbox.oauth.clients import Client

_SCHEMA = """
CREATE TABLE IF NOT EXISTS clients (
    client_id TEXT PRIMARY KEY, name TEXT NOT NULL, redirect_uris TEXT NOT NULL, scope TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS grants (
    grant_id TEXT PRIMARY KEY, username TEXT NOT NULL, client_id TEXT NOT NULL, scope TEXT NOT NULL,
    created_at INTEGER NOT NULL, ended_because TEXT, replays INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS codes (
    code TEXT PRIMARY KEY, grant_id TEXT NOT NULL, redirect_uri TEXT NOT NULL, code_challenge TEXT NOT NULL,
    expires_at INTEGER NOT NULL, redeemed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS refresh_tokens (
    token TEXT PRIMARY KEY, grant_id TEXT NOT NULL, generation INTEGER NOT NULL, issued_at INTEGER NOT NULL,
    presented INTEGER NOT NULL DEFAULT 0, rotated INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS access_tokens (
    token TEXT PRIMARY KEY, grant_id TEXT NOT NULL, scope TEXT NOT NULL, expires_at INTEGER NOT NULL
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Grant:
    grant_id: str
    username: str
    client_id: str
    scopes: frozenset[str]
    ended_because: str | None
    """None while it lives; "replay", "code replay", "revoked" or "disconnected"."""


@dataclass(frozen=True, slots=True)
class Code:
    grant_id: str
    redirect_uri: str
    code_challenge: str
    expires_at: int
    redeemed: bool


@dataclass(frozen=True, slots=True)
class RefreshToken:
    grant_id: str
    generation: int
    issued_at: int
    rotated: bool


@dataclass(frozen=True, slots=True)
class AccessToken:
    grant_id: str
    scopes: frozenset[str]
    expires_at: int


class State:
    def __init__(self, path: str = "") -> None:
        # the test client answers from another thread than the one that made the application; never from two at once
        connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(_SCHEMA)
        self._connection = connection
        self._finalizer = weakref.finalize(self, connection.close)

    def close(self) -> None:
        self._finalizer()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is written at once, and is on the disk when the block is left."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _one(self, sql: str, *values: object) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def add_client(self, client: Client) -> None:
        self._connection.execute(
            "INSERT INTO clients VALUES (?, ?, ?, ?)",
            (client.client_id, client.name, json.dumps(client.redirect_uris), " ".join(sorted(client.scopes))),
        )

    def client(self, client_id: str) -> Client | None:
        row = self._one("SELECT * FROM clients WHERE client_id = ?", client_id)
        if row is None:
            return None
        redirect_uris = tuple(json.loads(row["redirect_uris"]))
        return Client(client_id, row["name"], redirect_uris, frozenset(row["scope"].split()))

    def add_grant(self, grant: Grant, now: int) -> None:
        self._connection.execute(
            "INSERT INTO grants (grant_id, username, client_id, scope, created_at) VALUES (?, ?, ?, ?, ?)",
            (grant.grant_id, grant.username, grant.client_id, " ".join(sorted(grant.scopes)), now),
        )

    def grant(self, grant_id: str) -> Grant | None:
        row = self._one("SELECT * FROM grants WHERE grant_id = ?", grant_id)
        if row is None:
            return None
        scopes = frozenset(row["scope"].split())
        return Grant(grant_id, row["username"], row["client_id"], scopes, row["ended_because"])

    def end_grant(self, grant_id: str, because: str) -> None:
        """The first reason stays."""
        sql = "UPDATE grants SET ended_because = ? WHERE grant_id = ? AND ended_because IS NULL"
        self._connection.execute(sql, (because, grant_id))

    def end_grants_of(self, username: str, because: str) -> int:
        sql = "UPDATE grants SET ended_because = ? WHERE username = ? AND ended_because IS NULL"
        return self._connection.execute(sql, (because, username)).rowcount

    def count_replay(self, grant_id: str) -> None:
        self._connection.execute("UPDATE grants SET replays = replays + 1 WHERE grant_id = ?", (grant_id,))

    def add_code(self, code: str, issued: Code) -> None:
        self._connection.execute(
            "INSERT INTO codes (code, grant_id, redirect_uri, code_challenge, expires_at) VALUES (?, ?, ?, ?, ?)",
            (code, issued.grant_id, issued.redirect_uri, issued.code_challenge, issued.expires_at),
        )

    def code(self, code: str) -> Code | None:
        row = self._one("SELECT * FROM codes WHERE code = ?", code)
        if row is None:
            return None
        redeemed = bool(row["redeemed"])
        return Code(row["grant_id"], row["redirect_uri"], row["code_challenge"], row["expires_at"], redeemed)

    def redeem_code(self, code: str) -> None:
        self._connection.execute("UPDATE codes SET redeemed = 1 WHERE code = ?", (code,))

    def add_refresh_token(self, token: str, issued: RefreshToken) -> None:
        self._connection.execute(
            "INSERT INTO refresh_tokens (token, grant_id, generation, issued_at) VALUES (?, ?, ?, ?)",
            (token, issued.grant_id, issued.generation, issued.issued_at),
        )

    def refresh_token(self, token: str) -> RefreshToken | None:
        row = self._one("SELECT * FROM refresh_tokens WHERE token = ?", token)
        if row is None:
            return None
        return RefreshToken(row["grant_id"], row["generation"], row["issued_at"], bool(row["rotated"]))

    def count_presented(self, token: str) -> None:
        self._connection.execute("UPDATE refresh_tokens SET presented = presented + 1 WHERE token = ?", (token,))

    def rotate(self, token: str) -> None:
        self._connection.execute("UPDATE refresh_tokens SET rotated = 1 WHERE token = ?", (token,))

    def add_access_token(self, token: str, issued: AccessToken) -> None:
        self._connection.execute(
            "INSERT INTO access_tokens VALUES (?, ?, ?, ?)",
            (token, issued.grant_id, " ".join(sorted(issued.scopes)), issued.expires_at),
        )

    def access_token(self, token: str) -> AccessToken | None:
        row = self._one("SELECT * FROM access_tokens WHERE token = ?", token)
        if row is None:
            return None
        return AccessToken(row["grant_id"], frozenset(row["scope"].split()), row["expires_at"])

    def expire_access_tokens(self) -> int:
        return self._connection.execute("UPDATE access_tokens SET expires_at = 0 WHERE expires_at > 0").rowcount

    def counted(self) -> dict[str, Any]:
        """Authorizations, registrations, replays, revocations, and each grant with the times that each generation of
        its refresh token was presented."""
        grants = [dict(row) for row in self._connection.execute("SELECT * FROM grants ORDER BY created_at, rowid")]
        for grant in grants:
            sql = "SELECT presented FROM refresh_tokens WHERE grant_id = ? ORDER BY generation"
            grant["presented"] = [row["presented"] for row in self._connection.execute(sql, (grant["grant_id"],))]
        registrations = self._one("SELECT count(*) AS n FROM clients")
        return {
            "authorizations": len(grants),
            "registrations": 0 if registrations is None else registrations["n"],
            "replays": sum(grant["replays"] for grant in grants),
            "revocations": sum(grant["ended_because"] == "revoked" for grant in grants),
            "grants": [
                {name: grant[name] for name in ("grant_id", "username", "client_id", "ended_because", "presented")}
                for grant in grants
            ],
        }
