"""`mailconnect explain`: every error page that a person can see is explained to the operator by its reference."""

import ast
import re
from pathlib import Path

import pytest

import mailconnect
from mailconnect.cli.main import main
from mailconnect.endpoints.pages.references import EXPLANATIONS, explained, reference_of
from tests.bridge import Bridge
from tests.endpoints.wire import Wire

FAULTS = {"This did not work"}
"""Their reference is the log's own."""

BY_NAME = {"This connection cannot be made", "No new connections for now"}
"""Titles that the source passes by a name."""


def titles() -> set[str]:
    """Of all error pages, as far as they stand in the source as text."""
    calls = (
        node
        for path in Path(mailconnect.__file__).parent.joinpath("endpoints").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "error"
    )
    named = [_text(call.args[1]) for call in calls if len(call.args) > 2]
    return {title for title in named if isinstance(title, str)}


def _text(argument: ast.expr) -> object:
    """Of a literal, marked for translation or not."""
    if isinstance(argument, ast.Call) and ast.unparse(argument.func) == "marked":
        argument = argument.args[0]
    return argument.value if isinstance(argument, ast.Constant) else None


def test_every_error_page_is_explained_and_nothing_else() -> None:
    assert (titles() - FAULTS) | BY_NAME == {one.title for one in EXPLANATIONS}


def test_no_two_kinds_have_the_same_reference() -> None:
    for one in EXPLANATIONS:
        assert explained(reference_of(one.title, one.kind, bytes)) is one
        assert one.happened.endswith((".", ")."))


@pytest.mark.anyio
async def test_the_operator_is_told_what_a_person_saw(bridge: Bridge, capsys: pytest.CaptureFixture[str]) -> None:
    client = await Wire(bridge).register()
    for changes, meaning in (
        ({"client_id": "mcp_gone"}, "uses a registration that is not here"),
        ({"redirect_uri": "https://other.example/"}, "did not register"),
        ({"resource": "https://other.example/mcp"}, "MAILCONNECT_ISSUER"),
        ({"code_challenge": None}, "PKCE"),
    ):
        page = await client.wire("GET", f"/authorize?{client.query(**changes)}")
        found = re.search(r"Reference <code[^>]*>([0-9a-f]{8})</code>", page.text)
        assert found, page.text
        assert main(["explain", found[1].upper()], {}) == 0
        said = capsys.readouterr().out
        assert meaning in said
        assert found[1] in said


def test_another_reference_is_told_to_be_a_faults(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "00000000"], {}) == 1
    assert "`fault`" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "1234567", "123456789", "xyzxyzxy", "../../.."])
def test_a_text_that_is_no_reference_is_refused_in_a_sentence(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", text], {}) == 2
    assert "A reference has 8 characters" in capsys.readouterr().err
