"""Tables made from the records' dataclasses, and what happens when the file is another version's.

A field that a record gains becomes a column that an older file gains, and columns unknown to this version stay as they
are: two versions may work on one file (a restart, a rollback). VERSION rises only with a change that an older version
must not touch; it refuses to start then.
"""

import sqlite3
from dataclasses import MISSING, Field, fields
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from mailconnect.grants.approval import Approval
from mailconnect.grants.grant import Grant
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.oauth.clients.client import Client
from mailconnect.store.audit import Event
from mailconnect.store.counters import Counter
from mailconnect.store.ledger import Entry
from mailconnect.store.switches import TurnedOn

VERSION = 2
APPLICATION_ID = 0x6D636F6E
"""Written into the file's header, to tell a database of ours from any other."""

MOVED_ID, BACKUP_ID = 0x6D636D76, 0x6D636F62
"""In its place: of a database whose copy is in use elsewhere, and of a backup. No version starts on these."""

_RECORDS: dict[str, type] = {
    "clients": Client,
    "grants": Grant,
    "ledger": Entry,
    "counters": Counter,
    "audit": Event,
    "switches": TurnedOn,
    "approvals": Approval,
    "browsers": TrustedBrowser,
}
_INDEXED = {
    "clients": ("expires_at",),
    "grants": ("due_at", "owner"),
    "ledger": ("expires_at",),
    "counters": ("expires_at",),
    "audit": ("expires_at", "owner"),
    "switches": (),
    "approvals": ("expires_at", "owner"),
    "browsers": ("expires_at", "owner"),
}
_SQL_TYPES = {int: "INTEGER", bytes: "BLOB", str: "TEXT", tuple: "TEXT"}


def columns(record: type) -> dict[str, str]:
    """Each column's name and SQL definition, the key first."""
    hints = get_type_hints(record)
    definitions = {column.name: _definition(column, hints[column.name]) for column in fields(record)}
    key = fields(record)[0].name
    return definitions | {key: f"{definitions[key]} PRIMARY KEY"}


def missing(connection: sqlite3.Connection) -> list[str]:
    """The statements that the file lacks to hold this version's records."""
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    statements = []
    for table, record in _RECORDS.items():
        wanted = columns(record)
        if table in there:
            present = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
            added = [name for name in wanted if name not in present]
            statements += [f"ALTER TABLE {table} ADD COLUMN {name} {wanted[name]}" for name in added]
        else:
            body = ", ".join(f"{name} {definition}" for name, definition in wanted.items())
            statements.append(f"CREATE TABLE {table} ({body}) STRICT")
        indexes = {f"{table}_{name}": f"CREATE INDEX {table}_{name} ON {table} ({name})" for name in _INDEXED[table]}
        statements += [statement for name, statement in indexes.items() if name not in there]
    return statements


def _definition(column: Field[Any], hint: Any) -> str:
    optional = isinstance(hint, UnionType)
    kind = get_args(hint)[0] if optional else hint
    kind = get_origin(kind) or kind
    sql_type = next(sql for python, sql in _SQL_TYPES.items() if issubclass(kind, python))
    default = f" DEFAULT {column.default:d}" if column.default is not MISSING and not optional else ""
    return sql_type + ("" if optional else " NOT NULL") + default
