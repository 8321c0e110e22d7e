import ast
import sqlite3
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from sandbox.app import create_app

LIB = Path(__file__).parents[2] / "lib"


def test_it_runs_with_nothing_given_and_closes_what_it_opened():
    app = create_app()
    with TestClient(app) as client:
        assert client.get("/jmap/session").status_code == 401
        assert client.get("/sandbox/counters").json()["requests"] == {"session": 1}
    with pytest.raises(sqlite3.ProgrammingError):
        app.state.provider.state.client("x")


def test_the_product_does_not_know_the_sandbox():
    for file in LIB.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            named = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            named += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not any(name.partition(".")[0] == "sandbox" for name in named), file
