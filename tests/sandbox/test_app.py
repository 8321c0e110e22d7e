import ast
import sqlite3
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from mailconnect.sandbox.app import create_app

PROGRAM = Path(__file__).parents[2] / "lib" / "mailconnect"
KNOWING = {"sandbox", "local", "cli", "composition"}
"""Rooms that run the sandbox or ship beside it."""


def test_it_runs_with_nothing_given_and_closes_what_it_opened():
    app = create_app()
    with TestClient(app) as client:
        assert client.get("/jmap/session").status_code == 401
        assert client.get("/sandbox/counters").json()["requests"] == {"session": 1}
    with pytest.raises(sqlite3.ProgrammingError):
        app.state.provider.state.client("x")


def test_the_product_does_not_know_the_sandbox():
    for file in PROGRAM.rglob("*.py"):
        if file.relative_to(PROGRAM).parts[0] in KNOWING:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            named = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            named += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not any(name.startswith("mailconnect.sandbox") for name in named), file
