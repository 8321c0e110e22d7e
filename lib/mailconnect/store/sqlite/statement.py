"""An `Update` as one UPDATE statement, made of the record's own column names and bound values."""

# ruff: noqa: S608 - no other names get into a statement, and no values do

from collections.abc import Iterator

from mailconnect.grants.update import Absent, After, Condition, Equals, NotAfter, OneOf, Update, Value


def update_statement(table: str, names: tuple[str, ...], record_id: str, update: Update) -> tuple[str, list[Value]]:
    """Names are sorted so that the same kind of update is the same text, which SQLite then need not parse again."""
    changes = [*_changes(names, update)] or [("id = id", ())]
    conditions = [("id = ?", (record_id,)), *(_condition(names, one) for one in update.conditions)]
    set_clause = ", ".join(clause for clause, _ in changes)
    where_clause = " AND ".join(clause for clause, _ in conditions)
    values = [value for _, bound in (*changes, *conditions) for value in bound]
    return f"UPDATE {table} SET {set_clause} WHERE {where_clause}", values


def _changes(names: tuple[str, ...], update: Update) -> Iterator[tuple[str, tuple[Value, ...]]]:
    for name, value in sorted(update.set.items()):
        yield f"{_column(names, name)} = ?", (value,)
    for name in sorted(update.remove):
        yield f"{_column(names, name)} = NULL", ()


def _condition(names: tuple[str, ...], condition: Condition) -> tuple[str, tuple[Value, ...]]:
    column = _column(names, condition.attribute)
    match condition:
        case Equals(_, value):
            return f"{column} = ?", (value,)
        case Absent():
            return f"{column} IS NULL", ()
        case OneOf(_, values):
            return f"{column} IN ({', '.join('?' * len(values))})", values
        case After(_, time):
            return f"{column} > ?", (time,)
        case NotAfter(_, time):
            return f"({column} IS NULL OR {column} <= ?)", (time,)


def _column(names: tuple[str, ...], name: str) -> str:
    if name not in names:
        raise ValueError(f"the record has no attribute {name}")
    return name
