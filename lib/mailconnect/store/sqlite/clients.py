"""Registered clients in SQLite; lists are JSON arrays."""

# ruff: noqa: S608 - the names put into the statements are the dataclass's own

import json
from typing import Any

from mailconnect.oauth.clients.client import AuthMethod, Client
from mailconnect.store.errors import AlreadyExists, StoreUnavailable
from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.schema import columns

_NAMES = tuple(columns(Client))
_UNCHANGED = ("id", "expires_at")
_LIST = ", ".join(_NAMES)
_GET = f"SELECT {_LIST} FROM clients WHERE id = ? AND expires_at > ?"
_PUT = (
    f"INSERT INTO clients ({_LIST}) VALUES ({', '.join('?' * len(_NAMES))}) ON CONFLICT (id) DO UPDATE"
    f" SET {', '.join(f'{name} = excluded.{name}' for name in _NAMES)} WHERE clients.expires_at <= excluded.created_at"
)
_NEWEST = ", ".join(
    f"{name} = iif(clients.created_at > excluded.created_at, clients.{name}, excluded.{name})"
    for name in _NAMES
    if name not in _UNCHANGED
)
_REMEMBER = (
    f"INSERT INTO clients ({_LIST}) VALUES ({', '.join('?' * len(_NAMES))}) ON CONFLICT (id) DO UPDATE"
    f" SET {_NEWEST}, expires_at = max(clients.expires_at, excluded.expires_at)"
)
_REPLACE = (
    f"UPDATE clients SET {', '.join(f'{name} = ?' for name in _NAMES if name not in _UNCHANGED)}"
    " WHERE id = ? AND registration_hash = ?"
)
_DELETE = "DELETE FROM clients WHERE id = ? AND registration_hash = ?"
_KEEP_UNTIL = "UPDATE clients SET expires_at = ? WHERE id = ? AND expires_at < ?"
_DELETE_EXPIRED = "DELETE FROM clients WHERE expires_at <= ?"


class SqliteClients:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, client_id: str, now: int) -> Client | None:
        rows = self._database.read(_GET, (client_id, now))
        return _client(dict(zip(_NAMES, rows[0], strict=True))) if rows else None

    async def put(self, client: Client) -> None:
        """A registration that had expired when this one was created is in nobody's way."""
        written = await self._database.write(_PUT, _row(client))
        if not written.changed:
            raise AlreadyExists("client")

    async def remember(self, client: Client) -> None:
        await self._database.write(_REMEMBER, _row(client))

    async def replace(self, client: Client, registration_hash: str) -> bool:
        values = [_stored(getattr(client, name)) for name in _NAMES if name not in _UNCHANGED]
        return (await self._database.write(_REPLACE, (*values, client.id, registration_hash))).changed == 1

    async def delete(self, client_id: str, registration_hash: str) -> bool:
        return (await self._database.write(_DELETE, (client_id, registration_hash))).changed == 1

    async def keep_until(self, client_id: str, expires_at: int) -> None:
        await self._database.write(_KEEP_UNTIL, (expires_at, client_id, expires_at))

    async def delete_expired(self, now: int) -> int:
        return (await self._database.write(_DELETE_EXPIRED, (now,))).changed


def _row(client: Client) -> list[Any]:
    return [_stored(getattr(client, name)) for name in _NAMES]


def _stored(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, tuple) else value


def _client(values: dict[str, Any]) -> Client:
    try:
        values["auth_method"] = AuthMethod(values["auth_method"])
        for name in ("redirect_uris", "grant_types", "other_auth_methods"):
            values[name] = None if values[name] is None else tuple(json.loads(values[name]))
    except ValueError:
        raise StoreUnavailable("a client in a form that this version does not know") from None
    return Client(**values)
